// Keyboard in the queue, a selection that outlives a refresh, one click once. No inline scripts anywhere.
(() => {
  "use strict";
  let chosen = null;
  const links = () => Array.from(document.querySelectorAll("a.open"));
  const choose = (link) => { if (link) { chosen = link.dataset.id; link.focus(); link.scrollIntoView({ block: "nearest" }); } };
  const typing = (target) => target instanceof Element && target.closest("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const all = links();
    if (!all.length || (event.key !== "j" && event.key !== "k")) return;
    const at = all.findIndex((link) => link.dataset.id === chosen);
    const next = event.key === "j" ? Math.min(at + 1, all.length - 1) : Math.max(at - 1, 0);
    choose(all[next]);
    event.preventDefault();
  });
  document.addEventListener("focusin", (event) => {
    if (event.target instanceof Element && event.target.matches("a.open")) chosen = event.target.dataset.id;
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden) event.preventDefault();
  });
  const stale = (yes) => { const said = document.getElementById("stale"); if (said) said.hidden = !yes; };
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) document.addEventListener(name, () => stale(true));
  let hadFocus = false;
  document.addEventListener("htmx:beforeSwap", () => {
    hadFocus = document.activeElement instanceof Element && document.activeElement.matches("a.open");
  });
  document.addEventListener("htmx:afterSwap", () => {
    stale(false);
    if (hadFocus) choose(links().find((link) => link.dataset.id === chosen));
  });
  const menus = () => document.querySelectorAll("details.more[open]");
  document.addEventListener("click", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus()) { menu.open = false; menu.querySelector("summary").focus(); }
  });
  document.addEventListener("submit", (event) => {
    const button = event.target.querySelector("button[data-once]");
    if (button) button.disabled = true;
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("button[data-once]").forEach((button) => { button.disabled = false; });
  });
  document.addEventListener("click", (event) => {
    const row = event.target instanceof Element && event.target.closest("table.queue tbody tr");
    if (!row || event.target.closest("a") || String(window.getSelection())) return;
    row.querySelector("a.open").click();
  });
})();
