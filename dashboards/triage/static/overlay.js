// Zones and boxes over a clip, on demand, and the time of the picture that is shown. All that is drawn
// comes from /alerts/ID/overlay/NAME: zones and counts as sealed, boxes as found when the copy was made.
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const NEAR_S = 0.3;
  const make = (name, attributes) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const nearest = (list, at, within) => list.reduce((best, one) => {
    const apart = Math.abs(one.at_s - at);
    return apart <= within && (!best || apart < Math.abs(best.at_s - at)) ? one : best;
  }, null);

  class Overlay {
    constructor(box) {
      this.box = box;
      this.film = box.querySelector("video");
      this.shown = { zones: false, boxes: false };
      this.said = box.querySelector("[data-moment]");
      this.count = box.querySelector("[data-count]");
      box.querySelectorAll("[data-draw]").forEach((button) => button.addEventListener("click", () => this.toggle(button.dataset.draw)));
      for (const event of ["timeupdate", "seeked", "loadeddata"]) this.film.addEventListener(event, () => this.draw());
      this.follow();
      this.load();
    }

    async load() {
      const answer = await fetch(this.box.dataset.overlay, { cache: "no-store" });
      this.over = answer.ok ? await answer.json() : null;
      this.draw();
    }

    follow() {
      if (!this.film.requestVideoFrameCallback) return;
      const next = (_now, shown) => { this.draw(shown.mediaTime); this.film.requestVideoFrameCallback(next); };
      this.film.requestVideoFrameCallback(next);
    }

    toggle(what) {
      this.shown[what] = !this.shown[what];
      this.box.querySelector(`[data-draw="${what}"]`).setAttribute("aria-pressed", String(this.shown[what]));
      this.draw();
    }

    layer() {
      const { videoWidth: wide, videoHeight: tall } = this.film;
      if (!wide) return null;
      if (!this.svg) {
        this.svg = make("svg", { class: "overlay", "aria-hidden": "true", preserveAspectRatio: "xMidYMid meet" });
        this.film.after(this.svg);
      }
      this.svg.setAttribute("viewBox", `0 0 ${wide} ${tall}`);
      return { wide, tall };
    }

    draw(at = this.film.currentTime) {
      this.tell(at);
      const size = this.layer();
      if (!size || !this.over) return;
      this.svg.replaceChildren();
      if (this.shown.zones) this.zones(size);
      if (this.shown.boxes) this.boxes(size, at);
    }

    zones({ wide, tall }) {
      for (const zone of this.over.zones) {
        const points = zone.polygon.map(([x, y]) => `${(x * wide).toFixed(1)},${(y * tall).toFixed(1)}`).join(" ");
        this.svg.append(make("polygon", { points, class: `zone ${zone.kind}` }));
        const [x, y] = zone.polygon[0];
        const words = make("text", { x: x * wide + 6, y: Math.max(y * tall + 20, 20), "font-size": Math.max(tall / 26, 12) });
        words.textContent = zone.zone_id;
        this.svg.append(words);
      }
    }

    boxes({ wide, tall }, at) {
      const find = nearest(this.over.boxes?.finds || [], at, NEAR_S);
      for (const [left, top, right, bottom, score] of find?.persons || []) {
        this.svg.append(make("rect", { x: left * wide, y: top * tall, width: (right - left) * wide, height: (bottom - top) * tall, class: "person" }));
        const words = make("text", { x: left * wide + 3, y: Math.max(top * tall - 4, 12), "font-size": Math.max(tall / 30, 11) });
        words.textContent = score.toFixed(2);
        this.svg.append(words);
      }
    }

    tell(at) {
      const { dataset } = this.box;
      const start = this.over?.start_ms;
      const into = `+${at.toFixed(2)} s`;
      if (this.said) {
        const moment = start ? new Date(start + at * 1000 + 8 * 3600000).toISOString() : "";
        this.said.textContent = moment ? `${moment.slice(0, 10)} ${moment.slice(11, 23)} (${into})` : into;
      }
      if (!this.count || !this.over) return;
      const parts = [];
      const look = nearest(this.over.looks, at, 1);
      if (look) parts.push(dataset.wordLook.replace("{n}", look.people));
      if (this.shown.zones && !this.over.zones.length) parts.push(dataset.wordNozones);
      if (this.shown.boxes) parts.push(this.over.boxes ? dataset.wordBoxes.replace("{model}", this.over.boxes.model) : dataset.wordNoboxes);
      this.count.textContent = parts.join(" · ");
    }
  }

  document.addEventListener("vigil:film", (event) => {
    const box = event.target;
    if (box.dataset.overlay && !box.overlay) box.overlay = new Overlay(box);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof Element && event.target.closest("input, textarea, select, dialog[open]")) return;
    const what = { z: "zones", b: "boxes" }[event.key];
    const box = Array.from(document.querySelectorAll("[data-overlay]")).find((one) => one.overlay);
    if (what && box) { event.preventDefault(); box.overlay.toggle(what); }
  });
})();
