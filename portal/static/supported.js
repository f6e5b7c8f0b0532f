// Runs before the page is drawn, so that nothing moves when the components start.
if ("noModule" in HTMLScriptElement.prototype) {
  document.body.classList.add("govuk-frontend-supported");
}
