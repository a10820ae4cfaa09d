/*
 * The picture and how it is looked at: zoom, pan, fit. The scene (photo and shapes) is laid out at its zoomed size, so
 * that lines and text stay crisp; panning only moves it.
 */

/** @typedef {{scale: number, x: number, y: number}} View stage pixels per asset pixel; the scene's corner on the stage */

const MOST_PIXELS_PER_PIXEL = 40;
const MARGIN = 16;
const DRAG_STARTS_AT = 4;
const PAN_STEP = 60;
const ZOOM_STEP = 1.25;

export class Picture {
  #stage;
  #scene;
  #onView;
  #width = 1;
  #height = 1;
  /** @type {View} */
  #view = { scale: 1, x: 0, y: 0 };
  #fitted = true;
  #animation = 0;
  /** @type {Map<number, {x: number, y: number}>} */
  #pointers = new Map();
  #dragged = 0;
  /** @type {{x: number, y: number} | undefined} where a stroke of the brush began, in asset pixels */
  #stroke;

  /**
   * What clicks and drags of one pointer do instead of moving the picture. Two fingers and the middle button still move it.
   *
   * @type {{click: (at: {x: number, y: number}, isOther: boolean) => void,
   *   drag: (from: {x: number, y: number}, to: {x: number, y: number}) => void,
   *   drop: (from: {x: number, y: number}, to: {x: number, y: number}) => void, cancel: () => void} | undefined}
   *   isOther: with the right button, Shift or Ctrl
   */
  brush;

  /**
   * @param {HTMLElement} stage takes the keys, the wheel and the pointers
   * @param {HTMLElement} scene inside the stage
   * @param {(view: View, fitted: boolean) => void} onView told of every change
   */
  constructor(stage, scene, onView) {
    this.#stage = stage;
    this.#scene = scene;
    this.#onView = onView;
    new ResizeObserver(() => this.#resized()).observe(stage);
    stage.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    stage.addEventListener('keydown', (event) => this.#key(event));
    stage.addEventListener('dblclick', (event) => this.#doubleClick(event));
    stage.addEventListener('pointerdown', (event) => this.#down(event));
    stage.addEventListener('pointermove', (event) => this.#move(event));
    for (const end of ['pointerup', 'pointercancel']) stage.addEventListener(end, (event) => this.#up(event));
    stage.addEventListener('contextmenu', (event) => this.brush && !isControl(event) && event.preventDefault());
    stage.addEventListener('mousedown', (event) => this.brush && event.button === 1 && event.preventDefault());
    // The click that ends a drag chooses nothing.
    stage.addEventListener('click', (event) => this.#dragged > DRAG_STARTS_AT && event.stopPropagation(), true);
  }

  /**
   * A new picture of that size in asset pixels, shown whole.
   *
   * @param {number} width
   * @param {number} height
   */
  show(width, height) {
    this.#width = width;
    this.#height = height;
    this.#stage.style.setProperty('--aspect', String(width / height));
    this.fit(false);
  }

  fit(animated = true) {
    this.#fitted = true;
    this.#go(this.#fitView(), animated);
  }

  /** @param {number} factor */
  zoomBy(factor) {
    this.#zoomAt(factor, this.#stage.clientWidth / 2, this.#stage.clientHeight / 2);
  }

  /**
   * Brings a part of the picture close, with some of what is around it.
   *
   * @param {import('./api.js').Box} box
   */
  look(box) {
    const { clientWidth, clientHeight } = this.#stage;
    const scale = this.#bounded(0.6 * Math.min(clientWidth / (box.width || 1), clientHeight / (box.height || 1)));
    this.#fitted = false;
    this.#go({
      scale,
      x: clientWidth / 2 - (box.x + box.width / 2) * scale,
      y: clientHeight / 2 - (box.y + box.height / 2) * scale,
    }, true);
  }

  /** Where a pointer is, in asset pixels; outside the picture too. */
  at(event) {
    const corner = this.#stage.getBoundingClientRect();
    return {
      x: (event.clientX - corner.left - this.#view.x) / this.#view.scale,
      y: (event.clientY - corner.top - this.#view.y) / this.#view.scale,
    };
  }

  /** What is in the middle of the stage, in asset pixels. */
  get middle() {
    const { clientWidth, clientHeight } = this.#stage;
    const { scale, x, y } = this.#view;
    return { x: (clientWidth / 2 - x) / scale, y: (clientHeight / 2 - y) / scale };
  }

  #fitView() {
    const { clientWidth, clientHeight } = this.#stage;
    const scale = this.#fitScale();
    return { scale, x: (clientWidth - this.#width * scale) / 2, y: (clientHeight - this.#height * scale) / 2 };
  }

  #fitScale() {
    const { clientWidth, clientHeight } = this.#stage;
    const across = (clientWidth - 2 * MARGIN) / this.#width;
    const down = (clientHeight - 2 * MARGIN) / this.#height;
    return Math.max(0.001, Math.min(across, down));
  }

  #bounded(scale) {
    const fit = this.#fitScale();
    return Math.min(Math.max(scale, Math.min(fit, 1)), Math.max(fit, MOST_PIXELS_PER_PIXEL));
  }

  #zoomAt(factor, x, y) {
    const { scale } = this.#view;
    const next = this.#bounded(scale * factor);
    const ratio = next / scale;
    this.#fitted = Math.abs(next / this.#fitScale() - 1) < 0.001;
    this.#go(
      this.#fitted
        ? this.#fitView()
        : { scale: next, x: x - (x - this.#view.x) * ratio, y: y - (y - this.#view.y) * ratio },
      false,
    );
  }

  #panBy(dx, dy) {
    this.#fitted = false;
    this.#go({ ...this.#view, x: this.#view.x + dx, y: this.#view.y + dy }, false);
  }

  /** Keeps the picture on the stage: its every point can come to the middle, and no other. */
  #kept({ scale, x, y }) {
    const keep = (at, length, room) => Math.min(room / 2, Math.max(room / 2 - length, at));
    return {
      scale,
      x: keep(x, this.#width * scale, this.#stage.clientWidth),
      y: keep(y, this.#height * scale, this.#stage.clientHeight),
    };
  }

  #go(view, animated) {
    cancelAnimationFrame(this.#animation);
    const to = this.#kept(view);
    if (!animated || matchMedia('(prefers-reduced-motion: reduce)').matches) {
      this.#set(to);
      return;
    }
    const from = this.#view;
    const began = performance.now();
    const frame = (now) => {
      const part = Math.min(1, (now - began) / 220);
      const eased = 1 - (1 - part) ** 3;
      const between = (a, b) => a + (b - a) * eased;
      this.#set(part === 1 ? to : {
        scale: from.scale * (to.scale / from.scale) ** eased,
        x: between(from.x, to.x),
        y: between(from.y, to.y),
      });
      if (part < 1) this.#animation = requestAnimationFrame(frame);
    };
    this.#animation = requestAnimationFrame(frame);
  }

  #set(view) {
    this.#view = view;
    const { style } = this.#scene;
    style.width = `${this.#width * view.scale}px`;
    style.height = `${this.#height * view.scale}px`;
    style.transform = `translate(${view.x}px, ${view.y}px)`;
    this.#stage.classList.toggle('fitted', this.#fitted);
    this.#stage.classList.toggle('magnified', view.scale >= 8);
    this.#onView(view, this.#fitted);
  }

  #resized() {
    if (this.#fitted) this.fit(false);
    else this.#go(this.#view, false);
  }

  #wheel(event) {
    if (event.deltaY > 0 && this.#fitted) return; // nothing further out: the page may scroll
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 24 : 1);
    const corner = this.#stage.getBoundingClientRect();
    const factor = Math.exp(-Math.max(-120, Math.min(120, pixels)) * (event.ctrlKey ? 0.01 : 0.0025));
    this.#zoomAt(factor, event.clientX - corner.left, event.clientY - corner.top);
  }

  #key(event) {
    if (event.target !== this.#stage || event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = {
      '+': () => this.zoomBy(ZOOM_STEP),
      '=': () => this.zoomBy(ZOOM_STEP),
      '-': () => this.zoomBy(1 / ZOOM_STEP),
      0: () => this.fit(),
      ArrowLeft: () => this.#panBy(PAN_STEP, 0),
      ArrowRight: () => this.#panBy(-PAN_STEP, 0),
      ArrowUp: () => this.#panBy(0, PAN_STEP),
      ArrowDown: () => this.#panBy(0, -PAN_STEP),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  }

  #doubleClick(event) {
    if (this.brush || isControl(event)) return;
    const corner = this.#stage.getBoundingClientRect();
    if (this.#fitted) this.#zoomAt(3, event.clientX - corner.left, event.clientY - corner.top);
    else this.fit();
  }

  #down(event) {
    if (this.#pointers.size === 0) this.#dragged = 0;
    const buttons = this.brush ? [0, 1, 2] : [0];
    if (!buttons.includes(event.button) || isControl(event)) return;
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.brush && event.button !== 1 && this.#pointers.size === 1) this.#stroke = this.at(event);
    else this.#endStroke();
  }

  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...this.#pointers.entries()].find(([id]) => id !== event.pointerId)?.[1];
    this.#pointers.set(event.pointerId, now);
    this.#dragged += Math.hypot(now.x - before.x, now.y - before.y);
    if (this.#dragged <= DRAG_STARTS_AT) return;
    // Captured only now: a captured pointer would take the click from the shape under it.
    this.#stage.setPointerCapture(event.pointerId);
    if (this.#stroke) {
      this.brush?.drag(this.#stroke, this.at(event));
      return;
    }
    this.#stage.classList.add('dragging');
    if (other) {
      const corner = this.#stage.getBoundingClientRect();
      const spread = (point) => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y));
      this.#zoomAt(
        spread(now) / spread(before),
        (now.x + other.x) / 2 - corner.left,
        (now.y + other.y) / 2 - corner.top,
      );
    }
    const share = other ? 0.5 : 1;
    this.#panBy((now.x - before.x) * share, (now.y - before.y) * share);
  }

  #up(event) {
    const isKnown = this.#pointers.delete(event.pointerId);
    if (isKnown && this.#stroke && event.type === 'pointerup') this.#apply(event);
    this.#endStroke();
    if (this.#pointers.size === 0) this.#stage.classList.remove('dragging');
  }

  #apply(event) {
    if (this.#dragged > DRAG_STARTS_AT) this.brush?.drop(this.#stroke, this.at(event));
    else this.brush?.click(this.#stroke, event.button === 2 || event.shiftKey || event.ctrlKey);
    this.#stroke = undefined;
  }

  #endStroke() {
    if (this.#stroke) this.brush?.cancel();
    this.#stroke = undefined;
  }
}

const isControl = (event) => event.target.closest('button, a, input, select, label') !== null;
