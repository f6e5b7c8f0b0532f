import { initAll } from "./govuk-frontend.js";

initAll();

// GOV.UK Frontend says aria-expanded of a radio that reveals a question; ARIA does not allow it there.
// The question follows its radio at once, so nothing is lost by taking it away.
function dropExpanded() {
  for (const radio of document.querySelectorAll("input[type=radio][aria-expanded]")) {
    radio.removeAttribute("aria-expanded");
  }
}
window.addEventListener("pageshow", dropExpanded);
document.addEventListener("click", dropExpanded);

// A page that answers a form goes to the other language with what was typed since.
document.addEventListener("submit", ({ target }) => {
  const typed = document.querySelector("main form[method=post]");
  if (!typed || !target.matches("[data-posted-again]")) return;
  for (const box of target.querySelectorAll("input:not([name=csrf_token], [name=switch_language])")) box.remove();
  for (const [name, value] of new FormData(typed)) {
    const secret = typed.elements[name]?.autocomplete?.endsWith("-password");
    if (typeof value !== "string" || secret || name === "csrf_token") continue;
    target.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
});
