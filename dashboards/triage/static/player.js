"use strict";
// Plays what /api/views opens: short pieces, one after the other, each at a signed address. Nothing
// here keeps a camera from filming the screen; the marks burnt in on the server say who looked.
(() => {
  const AHEAD_S = 8;
  const WAIT_MS = 2000;
  const SPEEDS = [0.25, 0.5, 1, 2, 4];
  const KEYS = { p: "play", ",": "back", ".": "on", "[": "slower", "]": "faster" };
  const Source = window.ManagedMediaSource || window.MediaSource;

  const post = (url, csrf, body) => fetch(url, {
    method: "POST", headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: JSON.stringify(body || {}),
  });
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));

  class Player {
    constructor(box) {
      this.box = box;
      this.say = box.querySelector(".said");
      this.start = box.querySelector(".start");
      this.screen = box.querySelector("video, canvas");
      this.cover = box.querySelector(".cover");
      this.start.addEventListener("click", () => this.begin());
      box.querySelectorAll("[data-do]").forEach((button) => button.addEventListener("click", () => this.command(button.dataset.do)));
      box.addEventListener("contextmenu", (event) => event.preventDefault());
      box.addEventListener("dragstart", (event) => event.preventDefault());
    }

    tell(word) {
      this.say.textContent = word ? this.box.dataset[`word${word}`] : "";
      this.say.hidden = !word;
    }

    fail(word) {
      this.tell(word);
      this.start.hidden = false;
      this.start.disabled = false;
    }

    // What buttons and keys ask for; nothing before a film plays but to begin it.
    command(what) {
      if (!this.buffer) { if (what === "play" && !this.start.disabled) this.begin(); return; }
      const film = this.screen;
      if (what === "play") { if (film.paused) film.play().catch(() => undefined); else film.pause(); }
      else if (what === "back" || what === "on") this.step(what === "on" ? 1 : -1);
      else if (what === "slower" || what === "faster") this.speed(what === "faster" ? 1 : -1);
    }

    // One picture on: to the middle of it, so that rounding shows no other. What was told of a picture
    // before somebody moved elsewhere counts no more, though the new one has not been shown yet.
    step(by) {
      const { screen: film, look } = this;
      film.pause();
      const told = this.pictureAt, near = told != null && Math.abs(film.currentTime - told) < 4 * look.frame_s;
      const now = near ? told : Math.floor(film.currentTime / look.frame_s + 1e-6) * look.frame_s;
      this.pictureAt = Math.min(Math.max(now + by * look.frame_s, 0), look.duration_s - look.frame_s);
      film.currentTime = this.pictureAt + look.frame_s / 2;
    }

    // When the picture began that is on the screen: rates vary, counting from the start would drift.
    follow() {
      const { screen: film } = this;
      if (!film.requestVideoFrameCallback) return;
      const seen = (_now, shown) => {
        if (!film.seeking) this.pictureAt = shown.mediaTime;
        film.requestVideoFrameCallback(seen);
      };
      film.requestVideoFrameCallback(seen);
    }

    speed(by) {
      const at = SPEEDS.indexOf(this.screen.playbackRate);
      this.screen.playbackRate = SPEEDS[Math.min(Math.max(at + by, 0), SPEEDS.length - 1)];
      const said = this.box.querySelector("[data-speed]");
      if (said) said.textContent = `${this.screen.playbackRate} ×`;
    }

    async begin() {
      const field = document.getElementById("look-reason");
      if (field && !field.value.trim()) {
        field.focus();
        this.fail("Reason");
        return;
      }
      this.start.disabled = true;
      this.tell("");
      try {
        const opened = await this.open(field ? field.value : "");
        if (!opened) return;
        this.look = opened;
        this.start.hidden = true;
        this.box.querySelector(".poster")?.remove();
        this.screen.hidden = false;
        await (opened.media === "film" ? this.film() : this.picture());
      } catch (error) {
        this.fail("Failed");
      }
    }

    async open(reason) {
      const { kind, id, form, name, csrf } = this.box.dataset;
      for (;;) {
        const answer = await post("/api/views", csrf, { kind, id, form, name, reason });
        if (answer.status === 201) return answer.json();
        if (answer.status !== 202) {
          this.fail(answer.status === 403 || answer.status === 401 ? "Refused" : "Failed");
          return null;
        }
        this.tell("Preparing");
        await wait(WAIT_MS);
      }
    }

    async piece(number) {
      if (number > 0 && Date.now() > this.renewAt) await this.renew();
      const url = (number === 0 && !this.begun ? this.look.first : this.look.rest).replace("{n}", number);
      this.begun = true;
      const answer = await fetch(url, { cache: "no-store" });
      if (!answer.ok) throw answer;
      return answer.arrayBuffer();
    }

    async renew() {
      const answer = await post(`/api/views/${this.look.view_id}/renew`, this.box.dataset.csrf);
      if (!answer.ok) throw answer;
      this.look.rest = (await answer.json()).rest;
      this.renewAt = Date.now() + 120000;
    }

    async picture() {
      const data = await this.piece(0);
      const bitmap = await createImageBitmap(new Blob([data], { type: this.look.mime }));
      this.screen.width = bitmap.width;
      this.screen.height = bitmap.height;
      this.screen.getContext("2d").drawImage(bitmap, 0, 0);
    }

    async film() {
      if (!Source || !Source.isTypeSupported(this.look.mime)) {
        this.fail("Unsupported");
        return;
      }
      this.renewAt = Date.now() + 120000;
      this.has = new Set();
      this.last = Math.ceil(this.look.duration_s / this.look.piece_s - 0.001) - 1;
      const media = new Source();
      this.screen.src = URL.createObjectURL(media);
      await new Promise((done) => media.addEventListener("sourceopen", done, { once: true }));
      URL.revokeObjectURL(this.screen.src);
      media.duration = this.look.duration_s;
      this.media = media;
      this.buffer = media.addSourceBuffer(this.look.mime);
      this.guard();
      for (const event of ["timeupdate", "seeking", "waiting"]) {
        this.screen.addEventListener(event, () => this.fill());
      }
      this.screen.controls = true;
      this.follow();
      const tools = this.box.querySelector(".tools");
      if (tools) tools.hidden = false;
      this.box.dispatchEvent(new CustomEvent("vigil:film", { bubbles: true }));
      await this.fill();
      this.screen.play().catch(() => undefined);
    }

    next() {
      const at = Math.min(this.screen.currentTime, this.look.duration_s - 0.01);
      const first = Math.floor(at / this.look.piece_s);
      for (let n = first; n <= this.last && n * this.look.piece_s <= at + AHEAD_S; n += 1) {
        if (!this.has.has(n)) return n;
      }
      return -1;
    }

    async fill() {
      if (this.filling) return;
      this.filling = true;
      try {
        for (let n = this.next(); n >= 0; n = this.next()) {
          const data = await this.piece(n);
          await this.append(n, data);
          this.has.add(n);
        }
        if (this.has.size === this.last + 1 && this.media.readyState === "open") this.media.endOfStream();
      } catch (error) {
        this.screen.pause();
        this.tell(error.status === 403 || error.status === 401 ? "Ended" : "Failed");
      } finally {
        this.filling = false;
      }
    }

    append(number, data) {
      return new Promise((done, failed) => {
        const { buffer } = this;
        buffer.timestampOffset = number * this.look.piece_s;
        buffer.addEventListener("updateend", done, { once: true });
        buffer.addEventListener("error", failed, { once: true });
        buffer.appendBuffer(data);
      });
    }

    // A tool that cuts out the screen takes the focus first: what is shown is covered then.
    guard() {
      const covered = (on) => {
        this.cover.hidden = !on;
        if (on) this.screen.pause();
      };
      window.addEventListener("blur", () => covered(true));
      window.addEventListener("focus", () => covered(false));
      document.addEventListener("visibilitychange", () => covered(document.hidden));
    }
  }

  const all = (root) => root.querySelectorAll("[data-player]").forEach((box) => {
    if (!box.dataset.ready) {
      box.dataset.ready = "yes";
      box.player = new Player(box);
    }
  });
  // Keys go to the film that was last begun, else to the first on the page.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
    if (event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable], dialog[open]")) return;
    const boxes = Array.from(document.querySelectorAll("[data-player]"));
    const box = boxes.find((one) => one.player?.buffer) || boxes[0];
    if (box?.player) { event.preventDefault(); box.player.command(KEYS[event.key]); }
  });
  document.addEventListener("DOMContentLoaded", () => all(document));
  document.addEventListener("htmx:afterSettle", () => all(document));
})();
