/*
 * Objects that are pointed at, one after the other: what was pointed at of each, and what the model made of it. An answer to an older
 * prompt than the last is never shown: its request is given up when there is a newer one.
 */

import { el, icon, svg } from './dom.js';
import { COLOURS } from './palette.js';
import { Pointed, boxBetween, within } from './prompts.js';
import { drawFilled } from './shapes.js';

/**
 * @typedef {import('./api.js').Annotation} Annotation
 * @typedef {import('./prompts.js').Prompt} Prompt
 *
 * @typedef {object} Thing an object in the photo
 * @property {number} number counts from 1 and is never given twice for a photo
 * @property {string} colour
 * @property {Pointed} pointed
 * @property {Annotation} [annotation] of the last prompt that was answered
 * @property {'none' | 'waiting' | 'answered' | 'empty' | 'failed'} state
 * @property {AbortController} run of the last request
 */

/** Room between a mark and its point is the half of this. */
const MARK = 20;

export class Pointing {
  #parts;
  #acts;
  /** @type {Thing[]} */
  #things = [];
  /** @type {Thing | undefined} */
  #current;
  #numbers = 0;
  #size = { width: 1, height: 1 };
  #view = { scale: 1, x: 0, y: 0 };
  /** @type {{x: number, y: number} | undefined} the first corner of a box that is made with keys */
  #corner;

  /**
   * @param {{shapes: SVGElement, boxes: SVGElement, marks: HTMLElement, list: HTMLElement, none: HTMLElement,
   *   undo: HTMLButtonElement, clear: HTMLButtonElement, another: HTMLButtonElement}} parts
   * @param {{ask: (prompt: Prompt, signal: AbortSignal) => Promise<import('./api.js').Answered>,
   *   answered: (result: import('./api.js').Answered) => void, changed: () => void,
   *   tell: (what: string) => void, fail: (problem: unknown) => void}} acts tell: for those who do not see the picture
   */
  constructor(parts, acts) {
    this.#parts = parts;
    this.#acts = acts;
    parts.undo.addEventListener('click', () => this.undo());
    parts.clear.addEventListener('click', () => this.clear());
    parts.another.addEventListener('click', () => this.another());
  }

  /** Another photo, in which nothing is pointed at yet. */
  begin() {
    this.stop();
    this.#things = [];
    this.#current = undefined;
    this.#numbers = 0;
    this.#corner = undefined;
    this.#changed();
  }

  /** @param {{width: number, height: number}} size of the asset, which points and boxes lie in */
  set size(size) {
    this.#size = size;
    this.#parts.boxes.setAttribute('viewBox', `0 0 ${size.width} ${size.height}`);
    this.#draw();
  }

  /** The object that is pointed at. */
  get current() {
    return this.#current;
  }

  /** Those that the model found. */
  get found() {
    return this.#things.filter(({ annotation }) => annotation);
  }

  get isWaiting() {
    return this.#things.some(({ state }) => state === 'waiting');
  }

  /**
   * @param {{x: number, y: number}} at asset pixels
   * @param {'foreground' | 'background'} label
   */
  point(at, label) {
    const point = within(at, this.#size, this.#view.scale);
    if (point) this.#step({ click: { ...point, label } });
  }

  /**
   * @param {{x: number, y: number}} one asset pixels
   * @param {{x: number, y: number}} other
   */
  box(one, other) {
    this.preview();
    const box = boxBetween(one, other, this.#size);
    if (box) this.#step({ box });
  }

  /** Shows a box that is being drawn; none without corners. */
  preview(one, other) {
    const box = one && other && boxBetween(one, other, this.#size);
    this.#drawBoxes(box);
  }

  /** A corner of a box, or the other one: for those who point with keys. */
  corner(at) {
    const point = within(at, this.#size, this.#view.scale);
    if (!point) return;
    if (!this.#corner) {
      this.#corner = point;
      this.#acts.tell('First corner of the box. Go to the other one and press B again.');
      this.#draw();
      return;
    }
    const first = this.#corner;
    this.#corner = undefined;
    this.box(first, point);
    this.#draw();
  }

  undo() {
    if (this.#corner) {
      this.#corner = undefined;
      this.#draw();
    } else if (this.#current?.pointed.canUndo) {
      this.#now(this.#current.pointed.undone());
    }
  }

  clear() {
    this.#corner = undefined;
    if (this.#current && !this.#current.pointed.isEmpty) this.#now(this.#current.pointed.cleared());
  }

  /** What is pointed at next belongs to that object. @param {Thing} thing */
  choose(thing) {
    this.#current = thing;
    this.#changed();
  }

  /** What is pointed at next is another object. */
  another() {
    this.#corner = undefined;
    if (this.#current && !this.#current.pointed.isEmpty) this.#add();
    this.#changed();
  }

  /** Waits for no answer any more. */
  stop() {
    for (const thing of this.#things) {
      thing.run.abort();
      if (thing.state === 'waiting') thing.state = 'failed';
    }
  }

  /** Asks for all objects anew, of another model or in other shapes. */
  askAll() {
    for (const thing of this.#things) this.#ask(thing);
  }

  /** Puts the marks where they belong. @param {import('./picture.js').View} view */
  place(view) {
    this.#view = view;
    for (const mark of this.#parts.marks.children) {
      const { x, y } = mark.dataset;
      mark.style.transform = `translate(${Number(x) * view.scale + view.x - MARK / 2}px, ${Number(y) * view.scale + view.y - MARK / 2}px)`;
    }
  }

  #add() {
    const number = ++this.#numbers;
    this.#current = {
      number,
      colour: COLOURS[(number - 1) % COLOURS.length],
      pointed: new Pointed(),
      state: 'none',
      run: new AbortController(),
    };
    this.#things.push(this.#current);
  }

  #step(step) {
    if (!this.#current) this.#add();
    this.#now(this.#current.pointed.with(step));
  }

  #now(pointed) {
    this.#current.pointed = pointed;
    this.#ask(this.#current);
  }

  #remove(thing) {
    thing.run.abort();
    const at = this.#things.indexOf(thing);
    this.#things.splice(at, 1);
    if (this.#current === thing) this.#current = this.#things[Math.min(at, this.#things.length - 1)];
    this.#changed();
    (this.#parts.list.querySelector('[aria-pressed=true]') ?? this.#parts.another).focus();
  }

  async #ask(thing) {
    thing.run.abort();
    thing.run = new AbortController();
    const { signal } = thing.run;
    const { prompt } = thing.pointed;
    thing.state = prompt ? 'waiting' : 'none';
    if (!prompt) thing.annotation = undefined;
    const asked = prompt && this.#acts.ask(prompt, signal); // it is on its way while this is drawn
    this.#changed();
    if (!asked) return;
    try {
      const result = await asked;
      if (signal.aborted) return;
      const [annotation] = result.answer.annotations;
      thing.annotation = annotation && { ...annotation, id: `object-${thing.number}` };
      thing.state = annotation ? 'answered' : 'empty';
      this.#acts.answered(result);
      this.#acts.tell(`Object ${thing.number}: ${this.#about(thing)}`);
    } catch (problem) {
      if (signal.aborted) return;
      thing.state = 'failed';
      this.#acts.fail(problem);
    }
    this.#changed();
  }

  #changed() {
    this.#draw();
    this.#drawList();
    const { undo, clear, another } = this.#parts;
    undo.disabled = !this.#corner && !this.#current?.pointed.canUndo;
    clear.disabled = !this.#current || this.#current.pointed.isEmpty;
    another.disabled = clear.disabled;
    this.#acts.changed();
  }

  #draw() {
    const kept = new Map([...this.#parts.shapes.children].map((shape) => [shape.dataset.id, shape]));
    this.#parts.shapes.replaceChildren(...this.found.map(({ annotation, colour, number }) => {
      const known = kept.get(annotation.id);
      const shape = known?.annotation === annotation ? known : drawFilled(annotation, colour);
      shape.annotation = annotation;
      shape.classList.toggle('chosen', number === this.#current?.number);
      return shape;
    }));
    this.#drawBoxes();
    const clicks = this.#current?.pointed.clicks ?? [];
    const corners = this.#corner ? [{ ...this.#corner, label: 'corner' }] : [];
    this.#parts.marks.replaceChildren(...[...clicks, ...corners].map(({ x, y, label }) =>
      el('span', { class: `mark-point ${label}`, 'data-x': x, 'data-y': y },
        icon(label === 'background' ? 'minus' : label === 'corner' ? 'corner' : 'plus'))));
    this.place(this.#view);
  }

  #drawBoxes(preview) {
    const box = preview ?? this.#current?.pointed.box;
    this.#parts.boxes.replaceChildren(...(box
      ? ['casing', 'line'].map((kind) => svg('rect', { class: `prompt-box ${kind}`, ...box }))
      : []));
  }

  #drawList() {
    const focused = document.activeElement?.closest('.object')?.dataset.number;
    this.#parts.list.replaceChildren(...this.#things.map((thing) => this.#row(thing)));
    this.#parts.none.hidden = this.#things.length > 0;
    if (focused) this.#parts.list.querySelector(`.object[data-number="${focused}"]`)?.focus();
  }

  #row(thing) {
    const { number, colour, annotation, state } = thing;
    const swatch = el('span', { class: 'swatch', 'aria-hidden': 'true' });
    swatch.style.setProperty('--label', colour);
    return el('li', { class: 'object-row', 'data-state': state },
      el('button', {
        type: 'button',
        class: 'object',
        'data-number': number,
        'aria-pressed': String(thing === this.#current),
        onclick: () => this.choose(thing),
      }, swatch,
        el('span', { class: 'what' }, `Object ${number}`, el('small', {}, this.#about(thing))),
        ...(annotation ? [el('span', { class: 'score' }, annotation.score.toFixed(2))] : [])),
      el('button', {
        type: 'button',
        class: 'quiet',
        'aria-label': `Remove object ${number}`,
        title: `Remove object ${number}`,
        onclick: () => this.#remove(thing),
      }, icon('cross')));
  }

  #about({ annotation, pointed, state }) {
    if (state === 'failed') return `${pointed.words}: no answer`;
    if (state === 'empty') return `${pointed.words}: nothing found there`;
    if (!annotation) return pointed.words;
    const { width, height } = annotation.box;
    return `${annotation.type.replace('-', ' ')}, ${Math.round(width)} × ${Math.round(height)}, by ${pointed.words}`;
  }
}
