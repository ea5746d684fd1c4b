// The alert's page by keyboard: one key a move, the next alert after it, help on "?". Draws nothing.
(() => {
  "use strict";
  const moves = document.querySelector(".verdicts");
  if (!moves) return;
  const keys = document.getElementById("page-keys");
  const problem = document.getElementById("decide-problem");
  const decided = new Set(["confirm", "dismiss", "remind"]);
  const typing = (target) => target instanceof Element && target.closest("input, textarea, select, [contenteditable], dialog[open]");
  let leaving = false;
  const go = (url) => { if (!leaving) { leaving = true; window.location.assign(url); } };

  async function move(button) {
    if (button.disabled) return;
    button.disabled = true;
    const { alert, state } = moves.dataset;
    const done = await window.vigilMove(alert, { action: button.dataset.move, seen: state, ground: "", reason_code: "" });
    if (done.ok) { window.location.reload(); return; }
    problem.textContent = done.problem;
    problem.hidden = false;
    button.disabled = false;
  }

  const other = {
    n: () => go(moves.dataset.next),
    q: () => go("/"),
    "?": () => keys.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || leaving || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const button = moves.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (button) { event.preventDefault(); button.click(); }
    else if (Object.hasOwn(other, event.key)) { event.preventDefault(); other[event.key](); }
  });
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const button = event.target.closest("[data-move]");
    if (button) move(button);
    else if (event.target.closest("[data-keys]")) keys.showModal();
  });
  // A decided alert leads on to the next one; a doubt or a hand-back leaves the officer where they are.
  document.addEventListener("vigil:moved", (event) => {
    if (!decided.has(event.detail.action)) return;
    event.preventDefault();
    go(moves.dataset.next);
  });
})();
