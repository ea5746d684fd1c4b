// The verdict dialog: reasons and standard grounds on number keys, words to change, one request.
// window.vigilVerdict({alert, action, rule, state, title}) opens it. What was done is told by the event
// "vigil:moved" on document with {alert, action, state}; unless a listener prevents it, the page loads anew.
(() => {
  "use strict";
  const dialog = document.getElementById("verdict");
  if (!dialog) return;
  const form = dialog.querySelector("form");
  const grounds = JSON.parse(dialog.dataset.grounds);
  const words = JSON.parse(dialog.dataset.words);
  const ground = document.getElementById("verdict-ground");
  const problem = document.getElementById("verdict-problem");
  const said = document.getElementById("verdict-said");
  const reasons = document.getElementById("verdict-reasons");
  const offers = document.getElementById("verdict-grounds");
  let asked = null, from = null, sending = false, filled = "";

  const fits = (pattern, rule) => new RegExp("^" + pattern.split("*").map((p) => p.replace(/[^\w-]/g, "\\$&")).join(".*") + "$").test(rule);
  const reason = () => form.elements.reason_code.value;
  const fill = (text) => { ground.value = text; filled = text; };
  const offered = () => grounds.filter((g) => g.action === asked.action && g.rules.some((p) => fits(p, asked.rule))
    && (asked.action !== "dismiss" || g.reason === reason()));
  const complain = (text) => { problem.textContent = text; problem.hidden = !text; };

  function offer() {
    const list = offers.querySelector(".offers");
    const found = offered();
    list.replaceChildren(...found.map((g, index) => {
      const button = document.createElement("button");
      button.type = "button";
      if (asked.action !== "dismiss") { const key = document.createElement("kbd"); key.textContent = index + 1; button.append(key, " "); }
      button.append(g.words);
      button.addEventListener("click", () => { fill(g.words); form.querySelector("button.main").focus(); });
      return button;
    }));
    offers.hidden = !found.length;
    if (asked.action === "dismiss" && found.length && (!ground.value.trim() || ground.value === filled)) fill(found[0].words);
  }

  function open(request) {
    asked = request;
    from = document.activeElement;
    dialog.querySelectorAll("[data-for]").forEach((span) => { span.hidden = span.dataset.for !== request.action; });
    document.getElementById("verdict-of").textContent = request.title || "";
    reasons.hidden = request.action !== "dismiss";
    reasons.querySelectorAll("input").forEach((input) => { input.checked = false; });
    fill("");
    complain("");
    offer();
    dialog.showModal();
    (request.action === "dismiss" ? reasons.querySelector("input") : offers.querySelector("button") || ground).focus();
  }

  function numbered(index) {
    if (asked.action !== "dismiss") { offers.querySelectorAll("button")[index]?.click(); return; }
    const chosen = reasons.querySelectorAll("input")[index];
    if (!chosen) return;
    chosen.checked = true;
    offer();
    if (chosen.value === "other") { ground.focus(); ground.setSelectionRange(ground.value.length, ground.value.length); }
    else form.querySelector("button.main").focus();
  }

  async function send() {
    if (sending) return;
    if (asked.action === "dismiss" && !reason()) { complain(words.reason_missing); reasons.querySelector("input").focus(); return; }
    if (!ground.value.trim()) { complain(words.ground_missing); ground.focus(); return; }
    sending = true;
    try {
      const body = { action: asked.action, ground: ground.value, seen: asked.state || "", reason_code: asked.action === "dismiss" ? reason() : "" };
      const done = await window.vigilMove(asked.alert, body);
      if (done.ok) { close(); tell(asked, done.state); } else complain(done.problem);
    } finally { sending = false; }
  }

  function tell(what, state) {
    said.textContent = `${words["said_" + what.action] || words.said} ${what.title || ""}`;
    const event = new CustomEvent("vigil:moved", { cancelable: true, detail: { ...what, state } });
    if (document.dispatchEvent(event)) window.location.reload();
  }

  const close = () => { dialog.close(); if (from instanceof HTMLElement && from.isConnected) from.focus(); };

  // One move over the API. Resolves to {ok, state} or {ok: false, problem} with words that say why.
  window.vigilMove = async (alert, body) => {
    try {
      const answer = await fetch(`/api/alerts/${encodeURIComponent(alert)}/moves`, {
        method: "POST", headers: { "Content-Type": "application/json", "X-CSRF-Token": dialog.dataset.csrf }, body: JSON.stringify(body),
      });
      const found = await answer.json().catch(() => ({}));
      if (answer.ok) return { ok: true, state: found.state };
      const detail = found.detail;
      if (answer.status === 409 && detail?.state) return { ok: false, stale: detail.state, problem: words.stale.replace("{state}", words["state_" + detail.state] || detail.state) };
      if (answer.status === 401) return { ok: false, problem: words.signed_out };
      return { ok: false, problem: words[detail] || words.failed };
    } catch { return { ok: false, problem: words.failed }; }
  };
  window.vigilVerdict = open;
  window.vigilSaid = (what, state) => tell(what, state);

  form.addEventListener("submit", (event) => { event.preventDefault(); send(); });
  reasons.addEventListener("change", offer);
  dialog.querySelector("[data-close]").addEventListener("click", close);
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); close(); });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); send(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target === ground) return;
    if (event.key >= "1" && event.key <= "9") { event.preventDefault(); numbered(Number(event.key) - 1); }
    else if (event.key === "Enter" && event.target.matches("input[type=radio]")) { event.preventDefault(); send(); }
  });
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("button[data-verdict]");
    if (button) open({ alert: button.dataset.alert, action: button.dataset.verdict, rule: button.dataset.rule || "", state: button.dataset.state || "", title: button.dataset.title || "" });
  });
})();
