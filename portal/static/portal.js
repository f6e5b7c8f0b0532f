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
