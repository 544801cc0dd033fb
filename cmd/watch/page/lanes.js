// The lanes: a canvas with one lane for each unit, time to the right. It draws
// rows as /events tells them: order, time, kind, unit, callback, length, number,
// text.
export const ORDER = 0, TIME = 1, KIND = 2, UNIT = 3, CALLBACK = 4, LENGTH = 5, NUMBER = 6, TEXT = 7;

const KEPT = 12000; // rows
const SHARE = 5; // drawing takes no more than one part in so many of the time
const GUTTER = 62, AXIS = 24, MIN_LANE = 15, MAX_LANE = 36;
const MARKS = new Set(["fired", "poll", "polled", "accepted", "called", "wrote", "replied", "freed", "closed", "set", "empty", "dropped", "refused", "gap"]);

export class Lanes {
  constructor(canvas, onSelect, onHover) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.rows = [];     // complete, in order
    this.shapes = [];   // what is drawn, in order of time
    this.now = 0; this.seen = 0; this.slower = 1; this.standing = true;
    this.zoom = 1; this.edge = null; // the right end; null: now
    this.selected = null; this.hovered = null;
    this.hits = [];
    this.onSelect = onSelect; this.onHover = onHover;
    this.dirty = true;
    this.colours();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { this.colours(); this.dirty = true; });
    new ResizeObserver(() => { this.dirty = true; }).observe(canvas.parentElement);
    this.listen();
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    this.cost = 0; this.drawn = 0; // ms: of the last drawing, and when it was
    const frame = () => {
      const busy = performance.now() - this.drawn < SHARE * this.cost;
      if (!busy && (this.dirty || !this.standing && this.edge === null && !still.matches)) {
        const began = performance.now();
        this.draw();
        this.drawn = performance.now();
        this.cost = this.drawn - began;
      }
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  colours() {
    const style = getComputedStyle(document.documentElement);
    this.colour = {};
    for (const name of ["card", "ink", "muted", "line", "soft", "accent", "work", "poll", "empty", "arrow", "life", "tick"]) {
      this.colour[name] = style.getPropertyValue("--" + name).trim();
    }
  }

  // span is how many seconds of the queue's time are shown.
  span() { return 2 * this.zoom / this.slower; }

  // time is the queue's, a little later than the last answer said.
  time() {
    return this.standing ? this.now : this.now + Math.min(0.5, (performance.now() - this.seen) / 1000) / this.slower;
  }

  // right is the time at the right end: now, and some room for what is set.
  right() { return this.edge ?? this.time() + this.span() * 0.08; }

  // take takes an answer of /events.
  take(answer) {
    this.standing = answer.state.Paused;
    if (this.slower !== answer.state.Slower) {
      this.slower = answer.state.Slower;
      if (this.edge !== null && this.selected) this.edge = this.selected[TIME] + this.span() / 2; // it stays in view
    }
    this.now = answer.now;
    this.seen = performance.now();
    if (answer.events.length) {
      const last = this.rows.length ? this.rows[this.rows.length - 1][ORDER] : 0;
      const sorted = answer.events[0][ORDER] > last && answer.events.every((r, i, all) => !i || all[i - 1][ORDER] < r[ORDER]);
      this.rows.push(...answer.events);
      if (!sorted) this.rows.sort((a, b) => a[ORDER] - b[ORDER]);
      if (this.rows.length > KEPT) this.rows.splice(0, this.rows.length - KEPT);
    }
    this.all = this.rows.concat(answer.open);
    this.build();
    this.dirty = true;
  }

  // build makes shapes of the rows: what began is joined with what ended it.
  build() {
    const shapes = [], polls = new Map(), calls = new Map(), lives = new Map();
    this.accepted = new Map(); // by the port of the client
    let within = "", unit = 0;
    const end = (map, lane, t) => {
      const s = map.get(lane);
      if (s) { s.t1 = t; map.delete(lane); }
    };
    for (const row of this.all) {
      const [, t, kind, lane, callback, length, number] = row;
      if (kind === "fired" || kind === "empty") { within = callback; unit = lane; }
      row.within = within; row.of = unit;
      if (kind !== "wrote" && kind !== "called") end(calls, lane, t);
      const shape = { row, lane, kind, t0: t, t1: t };
      switch (kind) {
        case "poll": shape.t1 = Infinity; polls.set(lane, shape); break;
        case "polled": if (polls.has(lane)) polls.get(lane).found = !row[TEXT].endsWith("nothing"); end(polls, lane, t); break;
        case "called": shape.t1 = Infinity; calls.set(lane, shape); break;
        case "empty": case "gap": shape.t1 = t + length; break;
        case "set": shape.t1 = t + length; break;
        case "accepted": this.accepted.set(+row[TEXT].split(":").pop(), row); lives.set(lane, { row, lane, kind: "life", t0: t, t1: Infinity }); shapes.push(lives.get(lane)); break;
        case "freed": end(lives, lane, t); break;
      }
      if (MARKS.has(kind)) shapes.push(shape);
    }
    this.shapes = shapes;
  }

  draw() {
    this.dirty = false;
    const pen = this.pen, c = this.colour, right = this.right(), span = this.span(), left = right - span, now = this.time();
    const width = this.canvas.parentElement.clientWidth;
    const shown = [], units = new Set([100]);
    for (const s of this.shapes) {
      if (s.t0 > right || Math.min(s.t1, now) < left && s.t1 < left) continue;
      shown.push(s);
      if (s.lane) units.add(s.lane);
    }
    const lanes = [...units].sort((a, b) => a - b);
    const room = Math.max(160, innerHeight * 0.33) - AXIS, places = Math.max(lanes.length, 4); // of which some are kept free
    const h = Math.max(MIN_LANE, Math.min(MAX_LANE, Math.floor(room / places)));
    const height = h * places + AXIS;
    const scale = devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(width * scale) || this.canvas.height !== Math.round(height * scale)) {
      this.canvas.width = Math.round(width * scale);
      this.canvas.height = Math.round(height * scale);
      this.canvas.style.height = height + "px";
    }
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    const x = t => GUTTER + (t - left) / span * (width - GUTTER);
    const laneTop = new Map(lanes.map((l, i) => [l, i * h]));
    pen.font = "12px system-ui, sans-serif";
    pen.textBaseline = "middle";
    this.axis(left, span, x, width, height);
    for (const [lane, y] of laneTop) {
      pen.fillStyle = c.line;
      pen.fillRect(0, y + h - 0.5, width, 0.5);
      pen.fillStyle = lane === 100 ? c.ink : c.muted;
      if (h >= 13) pen.fillText(String(lane), 4, y + h / 2 - (lane === 100 && h > 30 ? 7 : 0));
      if (lane === 100 && h > 30) { pen.fillStyle = c.muted; pen.font = "10.5px system-ui, sans-serif"; pen.fillText("listener", 4, y + h / 2 + 7); pen.font = "12px system-ui, sans-serif"; }
    }
    pen.save();
    pen.beginPath(); pen.rect(GUTTER, 0, width - GUTTER, height); pen.clip();
    pen.strokeStyle = c.accent; pen.globalAlpha = 0.5; pen.beginPath(); pen.moveTo(x(now), 0); pen.lineTo(x(now), height - AXIS); pen.stroke(); pen.globalAlpha = 1;
    this.hits = [];
    for (const layer of [["life"], ["gap", "empty", "poll"], ["set"], ["fired", "called"], ["accepted", "freed", "closed", "wrote", "dropped", "refused"]]) {
      let lastX = NaN, lastLane = 0, lastKind = "";
      for (const s of shown) {
        if (!layer.includes(s.kind)) continue;
        const x0 = x(s.t0), x1 = x(Math.min(s.t1, s.kind === "set" ? s.t1 : now));
        if (x1 - x0 < 1 && Math.abs(x0 - lastX) < 0.7 && lastLane === s.lane && lastKind === s.kind) continue; // one is seen
        lastX = x0; lastLane = s.lane; lastKind = s.kind;
        this.shape(s, x0, x1, laneTop.get(s.lane) ?? 0, h, height);
      }
    }
    pen.restore();
    for (const s of [this.hovered, this.selected]) if (s) this.ring(s, x, laneTop, h);
    this.laneTop = laneTop; this.laneHeight = h;
  }

  axis(left, span, x, width, height) {
    const pen = this.pen, c = this.colour;
    let step = 10 ** Math.floor(Math.log10(span / 4));
    const most = width < 500 ? 4 : 9;
    for (const m of [1, 2, 5, 10]) if (span / (step * m) <= most) { step *= m; break; }
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    pen.fillStyle = c.muted;
    pen.textAlign = "center";
    for (let t = Math.ceil(left / step) * step; t < left + span; t += step) {
      if (x(t) < GUTTER) continue;
      pen.fillStyle = c.soft; pen.fillRect(x(t), 0, 1, height - AXIS);
      pen.fillStyle = c.muted; if (x(t) > GUTTER + 20 && x(t) < width - 24) pen.fillText(t.toFixed(digits) + " s", x(t), height - AXIS / 2 + 2);
    }
    pen.textAlign = "left";
  }

  shape(s, x0, x1, y, h, height) {
    const pen = this.pen, c = this.colour, mid = y + h / 2, hit = (a, b) => this.hits.push({ s, a, b, y, h });
    switch (s.kind) {
      case "life":
        pen.fillStyle = c.life; pen.fillRect(x0, mid - h * 0.3, Math.max(2, x1 - x0), h * 0.6);
        return;
      case "gap":
        pen.fillStyle = c.soft; pen.fillRect(x0, 0, Math.max(1, x1 - x0), height - AXIS);
        this.hits.push({ s, a: x0, b: x1, y: 0, h: height - AXIS });
        if (x1 - x0 > 130) { pen.fillStyle = c.muted; pen.fillText(s.row[TEXT].split(",")[0], x0 + 6, height - AXIS - 8); }
        return;
      case "empty": {
        const w = Math.max(2, x1 - x0), top = mid - h * 0.18;
        pen.fillStyle = c.empty; pen.fillRect(x0, top, w, h * 0.36);
        pen.fillStyle = c.poll;
        for (let i = 0; i < w; i += 4) pen.fillRect(x0 + i, top, 1, h * 0.36);
        const text = "× " + s.row[NUMBER];
        if (w > 40) {
          pen.fillStyle = c.card; pen.fillRect(x0 + 3, mid - 7, pen.measureText(text).width + 6, 14);
          pen.fillStyle = c.muted; pen.fillText(text, x0 + 6, mid);
        }
        return hit(x0, x0 + w);
      }
      case "poll": {
        const w = Math.max(1.5, x1 - x0), top = mid - h * 0.2;
        pen.fillStyle = c.poll; pen.fillRect(x0, top, w, h * 0.4);
        if (s.found) { pen.fillStyle = c.accent; pen.fillRect(x0 + w - Math.min(w, 4), top, Math.min(w, 4), h * 0.4); }
        return hit(x0, x0 + w);
      }
      case "called":
        pen.fillStyle = c.work; pen.fillRect(x0, mid - h * 0.2, Math.max(4, x1 - x0), h * 0.4);
        return hit(x0, Math.max(x0 + 4, x1));
      case "set": {
        if (x1 - x0 < 6) return hit(x0 - 1, x0 + 1);
        const low = mid - h * 0.24, peak = Math.max(y + 1, low - 5 - (x1 - x0) / 8);
        pen.strokeStyle = c.arrow; pen.lineWidth = 1.2;
        pen.beginPath(); pen.moveTo(x0, low); pen.bezierCurveTo(x0 + 2, peak, x1 - 3, peak, x1, low);
        pen.moveTo(x1 - 5, low - 2.5); pen.lineTo(x1, low); pen.lineTo(x1 + 1, low - 5.5); pen.stroke();
        return this.hits.push({ s, a: x0, b: x1, y, h: low - y });
      }
      case "fired":
        pen.fillStyle = c.tick; pen.fillRect(x0 - 1, mid - h * 0.34, 2, h * 0.68);
        return hit(x0 - 1, x0 + 1);
      case "wrote":
        pen.strokeStyle = c.work; pen.lineWidth = 2;
        pen.beginPath(); pen.moveTo(x0, mid); pen.lineTo(x0 + 8, mid); pen.moveTo(x0 + 4, mid - 4); pen.lineTo(x0 + 8, mid); pen.lineTo(x0 + 4, mid + 4); pen.stroke();
        return hit(x0, x0 + 8);
      case "accepted":
        pen.fillStyle = c.accent; pen.beginPath(); pen.arc(x0, mid, 4, 0, 7); pen.fill();
        return hit(x0 - 4, x0 + 4);
      case "freed":
        pen.fillStyle = c.card; pen.strokeStyle = c.muted; pen.lineWidth = 1.5;
        pen.beginPath(); pen.arc(x0, mid, 3.5, 0, 7); pen.fill(); pen.stroke();
        return hit(x0 - 4, x0 + 4);
      case "closed":
        pen.strokeStyle = c.ink; pen.lineWidth = 2;
        pen.beginPath(); pen.moveTo(x0 - 3.5, mid - 3.5); pen.lineTo(x0 + 3.5, mid + 3.5); pen.moveTo(x0 + 3.5, mid - 3.5); pen.lineTo(x0 - 3.5, mid + 3.5); pen.stroke();
        return hit(x0 - 4, x0 + 4);
      default: // a client is given up, or cannot be had
        pen.strokeStyle = c.ink; pen.lineWidth = 2;
        pen.beginPath(); pen.moveTo(x0, mid - 4.5); pen.lineTo(x0 + 4.5, mid + 3.5); pen.lineTo(x0 - 4.5, mid + 3.5); pen.closePath(); pen.stroke();
        return hit(x0 - 4, x0 + 4);
    }
  }

  ring(s, x, laneTop, h) {
    const y = laneTop.get(s[UNIT]);
    if (y === undefined) return;
    const at = x(s[TIME]);
    if (at < GUTTER) return;
    this.pen.strokeStyle = this.colour.accent; this.pen.lineWidth = 2;
    this.pen.strokeRect(at - 4, y + 2, 8, h - 4);
  }

  // at is the row that is drawn nearest to a point.
  at(px, py) {
    let best = null, least = 6;
    for (let i = this.hits.length - 1; i >= 0; i--) {
      const { s, a, b, y, h } = this.hits[i];
      if (py < y || py > y + h) continue;
      const far = px < a ? a - px : px > b ? px - b : 0.001 * (b - a);
      if (far < least) { least = far; best = s.row; }
    }
    return best;
  }

  hover(row) { if (row !== this.hovered) { this.hovered = row; this.dirty = true; this.onHover(row); } }

  select(row) {
    this.selected = row;
    if (row) {
      const t = row[TIME], right = this.right();
      if (t > right || t < right - this.span()) this.edge = t + this.span() / 2;
    }
    this.dirty = true;
    this.onSelect(row);
  }

  // selectLane selects what was at about the same time in the next lane, down or up.
  selectLane(rows, by) {
    const units = [...(this.laneTop?.keys() ?? [])], from = this.selected ?? rows[rows.length - 1];
    const unit = from && units[units.indexOf(from[UNIT]) + by];
    if (unit === undefined) return;
    let best = null;
    for (const row of rows) if (row[UNIT] === unit && (!best || Math.abs(row[TIME] - from[TIME]) < Math.abs(best[TIME] - from[TIME]))) best = row;
    if (best) this.select(best);
  }

  // goLive has the right end be now again.
  goLive() { this.edge = null; this.dirty = true; this.onSelect(this.selected); }

  setZoom(factor) {
    const middle = this.selected ? this.selected[TIME] : null, span = this.span();
    this.zoom = Math.max(1e-5, Math.min(32, this.zoom * factor));
    if (middle !== null && this.edge !== null || middle !== null && this.standing) {
      this.edge = middle + (this.right() - middle) * (this.edge !== null ? this.span() / span : 1);
      if (middle < this.edge - this.span() || middle > this.edge) this.edge = middle + this.span() / 2;
    }
    this.dirty = true;
  }

  listen() {
    const canvas = this.canvas, point = e => { const b = canvas.getBoundingClientRect(); return [e.clientX - b.left, e.clientY - b.top]; };
    let drag = null;
    canvas.addEventListener("pointermove", e => {
      if (drag && Math.abs(e.clientX - drag.x) > 4) {
        drag.moved = true;
        this.edge = drag.right - (e.clientX - drag.x) / (canvas.clientWidth - GUTTER) * this.span();
        this.dirty = true;
        return;
      }
      this.hover(this.at(...point(e)));
    });
    canvas.addEventListener("pointerdown", e => { drag = { x: e.clientX, right: this.right(), moved: false }; canvas.setPointerCapture(e.pointerId); });
    canvas.addEventListener("pointerup", e => {
      if (drag && !drag.moved) this.select(this.at(...point(e)));
      else this.onSelect(this.selected);
      drag = null;
    });
    canvas.addEventListener("pointerleave", () => this.hover(null));
    canvas.addEventListener("wheel", e => {
      if (!e.deltaX && !e.ctrlKey) return;
      e.preventDefault();
      if (e.ctrlKey) this.setZoom(e.deltaY > 0 ? 1.25 : 0.8);
      else { this.edge = this.right() + e.deltaX / (canvas.clientWidth - GUTTER) * this.span(); this.onSelect(this.selected); }
      this.dirty = true;
    }, { passive: false });
    canvas.addEventListener("keydown", e => {
      const rows = this.all ?? [], at = this.selected ? rows.findIndex(r => r[ORDER] === this.selected[ORDER]) : rows.length;
      const move = (by, fits) => {
        for (let i = at + by; i >= 0 && i < rows.length; i += by) if (fits(rows[i])) return this.select(rows[i]);
      };
      switch (e.key) {
        case "ArrowLeft": move(-1, () => true); break;
        case "ArrowRight": move(1, () => true); break;
        case "ArrowUp": this.selectLane(rows, -1); break;
        case "ArrowDown": this.selectLane(rows, 1); break;
        case "+": case "=": this.setZoom(0.5); break;
        case "-": this.setZoom(2); break;
        case "End": case "Escape": this.select(null); this.goLive(); break;
        default: return;
      }
      e.preventDefault();
    });
  }
}
