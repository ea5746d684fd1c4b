// One click once; a part that cannot be refreshed says so. No inline scripts anywhere.
(() => {
  "use strict";
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden) event.preventDefault();
  });
  const stale = (yes) => { const said = document.getElementById("stale"); if (said) said.hidden = !yes; };
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) document.addEventListener(name, () => stale(true));
  document.addEventListener("htmx:afterSwap", () => stale(false));
  document.addEventListener("submit", (event) => {
    const button = event.target.querySelector("button[data-once]");
    if (button) button.disabled = true;
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("button[data-once]").forEach((button) => { button.disabled = false; });
  });
})();
