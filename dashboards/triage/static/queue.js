// The queue: keys, selection, and news that never moves a row from under the officer's hand. Needs verdict.js.
(() => {
  "use strict";
  const queue = document.getElementById("queue");
  if (!queue) return;
  const words = JSON.parse(queue.dataset.words);
  const bulk = document.getElementById("bulk"), help = document.getElementById("keys");
  const news = document.querySelector("#news button"), stale = document.getElementById("stale");
  const IDLE_MS = 15_000, POLL_MS = 10_000, ANYWAY_MS = 60_000;
  let current = null, pending = null, touched = 0, leading = "", asking = false, again = false, moves = 0;
  const mine = new Set();  // moved here: their leaving or changing place is no news

  const rows = (within = queue) => Array.from(within.querySelectorAll("tbody tr[data-id]"));
  const row = (id) => rows().find((each) => each.dataset.id === id);
  const link = (each) => each.querySelector("a.open");
  const chosen = () => Array.from(queue.querySelectorAll("input[name=alert_id]:checked"));
  const typing = (target) => target instanceof Element && target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  const keysOn = () => { try { return localStorage.getItem("vigil-keys") !== "off"; } catch { return true; } };

  function go(to) {
    if (!to) return;
    current = to.dataset.id;
    link(to).focus();
    to.scrollIntoView({ block: "nearest" });
  }
  function step(by) {
    const all = rows(), at = all.findIndex((each) => each.dataset.id === current);
    go(all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)]);
  }

  // -- selection
  function shown() {
    if (!bulk) return;
    const n = chosen().length;
    bulk.hidden = !n;
    document.getElementById("chosen").textContent = words.chosen.replace("{n}", n);
  }
  function fields() {
    bulk.querySelectorAll("[data-for]").forEach((each) => { each.hidden = each.dataset.for !== bulk.elements.action.value; each.querySelector("select").disabled = each.hidden; });
  }
  queue.addEventListener("change", shown);
  bulk?.addEventListener("change", fields);
  bulk?.querySelector("[data-none]").addEventListener("click", () => { chosen().forEach((each) => { each.checked = false; }); shown(); go(row(current) || rows()[0]); });
  if (bulk) fields();

  // -- news: fetched aside, shown when it moves nothing, or when asked for, or when nobody is at it
  const order = (within) => rows(within).map((each) => each.dataset.id).filter((id) => !mine.has(id));
  function compare(fresh) {
    const before = order(queue), after = order(fresh);
    const same = before.every((id, at) => after[at] === id);
    const last = Math.max(...after.map((id, at) => (before.includes(id) ? at : -1)), -1);
    const come = after.filter((id, at) => !before.includes(id) && (at < last || !before.length)).length;
    return { same, come };
  }
  function swap(fresh) {
    const had = document.activeElement instanceof Element && queue.contains(document.activeElement) ? document.activeElement.closest("tr[data-id]")?.dataset.id : null;
    const picked = new Set(chosen().map((each) => each.value)), at = rows().findIndex((each) => each.dataset.id === current);
    queue.replaceChildren(...fresh.childNodes);
    rows().forEach((each) => { const box = each.querySelector("input[name=alert_id]"); if (box && picked.has(each.dataset.id)) box.checked = true; });
    pending = null; news.hidden = true; mine.clear(); shown();
    if (had) go(row(had) || rows()[Math.min(Math.max(at, 0), rows().length - 1)]);
  }
  const busy = () => document.querySelector("dialog[open]") || queue.querySelector("details[open]") || chosen().length;
  async function look() {
    if (asking) { again = true; return; }
    asking = true;
    const moved = moves;
    try {
      const answer = await fetch(queue.dataset.rows, { headers: { "HX-Request": "true" } });
      if (answer.status === 401) { window.location.assign("/sign-in"); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = document.createElement("div");
      const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
      fresh.append(...parsed.body.childNodes);
      stale.hidden = true;
      if (moved !== moves) { again = true; return; }  // asked before a move of ours: it may show what was
      const { same, come } = compare(fresh);
      if (same && !busy()) { swap(fresh); return; }
      if (same) return;
      pending = fresh;
      news.querySelector("span").textContent = (come ? words.news : words.changed).replace("{n}", come);
      news.hidden = false;
    } catch { stale.hidden = false; }
    finally { asking = false; if (again) { again = false; look(); } }
  }
  const apply = () => { if (pending) swap(pending); };
  news.addEventListener("click", () => { apply(); go(rows()[0]); });
  setInterval(() => { if (pending && !busy() && Date.now() - touched > IDLE_MS) apply(); }, 1000);
  for (const name of ["keydown", "pointerdown", "wheel", "touchstart"]) document.addEventListener(name, () => { touched = Date.now(); }, { passive: true });

  // -- live: told by the server; asked for now and then when it is not
  let polling = null, source = null, said = 0;
  function poll(on) {
    if (on && !polling) polling = setInterval(() => { if (!document.hidden) look(); }, POLL_MS);
    if (!on && polling) { clearInterval(polling); polling = null; }
  }
  function listen() {
    source = new EventSource("/queue/live");
    source.addEventListener("open", () => { poll(false); if (said++) look(); });
    source.addEventListener("changed", () => { queue.dataset.told = String(Number(queue.dataset.told || 0) + 1); look(); });
    source.addEventListener("ended", () => { source.close(); window.location.assign("/sign-in"); });
    source.addEventListener("error", () => { poll(true); if (source.readyState === EventSource.CLOSED) setTimeout(listen, POLL_MS); });
  }
  listen();
  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", (event) => { if (event.persisted) { listen(); look(); } });
  setInterval(() => { if (!document.hidden) look(); }, ANYWAY_MS);  // clocks run on even where nothing changes

  // -- what was done here: the row leaves or shows its new state, and the next one is at hand
  document.addEventListener("vigil:moved", (event) => {
    event.preventDefault();
    const { alert, state, action } = event.detail, at = row(alert);
    mine.add(alert);
    moves += 1;
    if (pending) { pending = null; news.hidden = true; look(); }
    if (!at) return;
    const all = rows(), next = all[all.indexOf(at) + 1] || all[all.indexOf(at) - 1];
    if (["confirm", "dismiss", "remind"].includes(action)) { at.remove(); shown(); if (next) go(next); else { current = null; look(); } return; }
    at.dataset.state = state;
    const tag = at.querySelector(".state");
    const known = JSON.parse(document.getElementById("verdict").dataset.words)["state_" + state];
    if (tag) { tag.className = "state " + state; tag.textContent = known || state; }
    go(at);
  });
  async function acknowledge(each) {
    const done = await window.vigilMove(each.dataset.id, { action: "acknowledge", seen: each.dataset.state });
    if (done.ok) window.vigilSaid({ alert: each.dataset.id, action: "acknowledge", title: each.dataset.title }, done.state);
    else document.getElementById("verdict-said").textContent = done.problem;
  }
  const ask = (each, action) => window.vigilVerdict({ alert: each.dataset.id, action, rule: each.dataset.rule, state: each.dataset.state, title: each.dataset.title });

  // -- keys
  const verdicts = { c: "confirm", d: "dismiss", u: "unsure", r: "remind" };
  const places = { q: "/", p: "/parties", h: "/health", c: "/cases", i: "/incidents" };
  const page = (rel) => { const to = queue.querySelector(`a[rel=${rel}]`); if (to) to.click(); };
  const plain = {
    j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1), n: () => page("next"), p: () => page("prev"),
    ".": () => news.click(), "/": () => document.querySelector("#filters [name=q]").focus(), f: () => document.querySelector("#filters select").focus(),
    "?": () => help.showModal(), b: () => { if (bulk && !bulk.hidden) bulk.elements.action.focus(); },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]") || !keysOn()) return;
    if (leading === "g") { leading = ""; if (places[event.key]) { event.preventDefault(); window.location.assign(places[event.key]); } return; }
    if (event.key === "g") { leading = "g"; setTimeout(() => { leading = ""; }, 1500); return; }
    const arrow = event.key.startsWith("Arrow");
    if (arrow && !(event.target instanceof Element && event.target.closest("#queue tbody"))) return;
    if (plain[event.key]) { event.preventDefault(); plain[event.key](); return; }
    const at = row(current);
    if (!at || !at.querySelector("input[name=alert_id]")) return;
    if (event.key === "x") { event.preventDefault(); const box = at.querySelector("input[name=alert_id]"); box.checked = !box.checked; shown(); }
    else if (event.key === "a" && at.dataset.state === "open") { event.preventDefault(); acknowledge(at); }
    else if (verdicts[event.key]) { event.preventDefault(); ask(at, verdicts[event.key]); }
  });
  queue.addEventListener("focusin", (event) => { const at = event.target.closest("tr[data-id]"); if (at) current = at.dataset.id; });
  queue.addEventListener("click", (event) => {
    const at = event.target instanceof Element && event.target.closest("tbody tr[data-id]");
    if (!at || event.target.closest("a, input, td.pick, button") || String(window.getSelection())) return;
    link(at).click();
  });
  queue.addEventListener("toggle", async (event) => {
    const group = event.target;
    if (!(group instanceof HTMLDetailsElement) || !group.open || group.dataset.got) return;
    group.dataset.got = "1";
    const answer = await fetch(group.dataset.rows, { headers: { "HX-Request": "true" } });
    if (!answer.ok) { delete group.dataset.got; stale.hidden = false; return; }
    const table = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("table");
    if (table) group.append(table);
  }, true);

  // -- help
  const on = document.getElementById("keys-on");
  on.checked = keysOn();
  on.addEventListener("change", () => { try { localStorage.setItem("vigil-keys", on.checked ? "on" : "off"); } catch { /* kept for this page only */ } });
  document.querySelectorAll("[data-help]").forEach((button) => button.addEventListener("click", () => help.showModal()));
  help.querySelector("[data-close]").addEventListener("click", () => help.close());
})();
