/* The findings as a list: the same as the picture shows, for reading, for keys and for screen readers. */

import { el } from './dom.js';

/** @typedef {import('./api.js').Annotation} Annotation */

const ORDERS = {
  score: (a, b) => b.score - a.score,
  label: (a, b) => a.label.localeCompare(b.label) || b.score - a.score,
  size: (a, b) => area(b) - area(a),
};

export class Findings {
  #list;
  #acts;
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();
  /** @type {Annotation[]} */
  #annotations = [];
  #order = 'score';
  #active = '';

  /**
   * @param {HTMLElement} list
   * @param {{hover: (id: string) => void, select: (id: string) => void, look: (id: string) => void}} acts
   *   an empty id stands for none
   */
  constructor(list, acts) {
    this.#list = list;
    this.#acts = acts;
    list.addEventListener('keydown', (event) => this.#key(event));
    list.addEventListener('pointerleave', () => acts.hover(''));
  }

  /**
   * @param {Annotation[]} annotations
   * @param {(label: string) => string} colourOf
   */
  show(annotations, colourOf) {
    this.#annotations = annotations;
    this.#active = '';
    this.#rows = new Map(annotations.map((annotation) => [annotation.id, this.#row(annotation, colourOf)]));
    this.sort(this.#order);
  }

  /** @param {string} order a key of ORDERS */
  sort(order) {
    this.#order = order;
    this.#annotations = this.#annotations.toSorted(ORDERS[order]);
    this.#list.replaceChildren(...this.#annotations.map(({ id }) => this.#rows.get(id)));
    this.#settle();
  }

  /** @param {(annotation: Annotation) => boolean} wanted */
  filter(wanted) {
    for (const annotation of this.#annotations) this.#rows.get(annotation.id).hidden = !wanted(annotation);
    this.#settle();
  }

  /**
   * Shows which finding is pointed at and which is chosen.
   *
   * @param {string} pointed
   * @param {string} chosen
   */
  mark(pointed, chosen) {
    for (const [id, row] of this.#rows) {
      row.classList.toggle('on', id === pointed);
      row.setAttribute('aria-selected', String(id === chosen));
    }
    if (chosen) {
      this.#active = chosen;
      this.#settle();
    }
  }

  /** Scrolls the list, and only the list, until that row is seen. */
  reveal(id) {
    const row = this.#rows.get(id);
    if (!row) return;
    const top = row.offsetTop - this.#list.offsetTop;
    if (top < this.#list.scrollTop) this.#list.scrollTop = top;
    const bottom = top + row.offsetHeight - this.#list.clientHeight;
    if (bottom > this.#list.scrollTop) this.#list.scrollTop = bottom;
  }

  #shown() {
    return this.#annotations.map(({ id }) => this.#rows.get(id)).filter((row) => !row.hidden);
  }

  /** One row takes the focus: the active one, or the first. */
  #settle() {
    const shown = this.#shown();
    const active = shown.find((row) => row.dataset.id === this.#active) ?? shown[0];
    for (const row of this.#rows.values()) row.tabIndex = row === active ? 0 : -1;
  }

  #row(annotation, colourOf) {
    const { id, label, score, type, attributes } = annotation;
    const swatch = el('span', { class: 'swatch', 'aria-hidden': 'true' });
    swatch.style.setProperty('--label', colourOf(label));
    const meter = el('span', { class: 'meter', 'aria-hidden': 'true' }, el('i'));
    meter.firstElementChild.style.width = `${Math.round(100 * Math.min(1, Math.max(0, score)))}%`;
    return el('li', {
      role: 'option',
      class: 'finding',
      'aria-selected': 'false',
      'data-id': id,
      'data-label': label,
      'data-score': score,
      onpointerenter: () => this.#acts.hover(id),
      onfocus: () => this.#acts.select(id),
      onclick: () => this.#acts.select(id),
      ondblclick: () => this.#acts.look(id),
    },
      swatch,
      el('span', { class: 'what' }, attributes?.text ? `${attributes.text}` : label, el('small', {}, about(type, annotation))),
      meter,
      el('span', { class: 'score' }, score.toFixed(2)));
  }

  #key(event) {
    const shown = this.#shown();
    const at = shown.indexOf(document.activeElement);
    if (at < 0) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      shown[Math.max(0, Math.min(shown.length - 1, to))].focus();
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.#acts.look(shown[at].dataset.id);
    }
  }
}

/** Kind and size in a few words. */
function about(type, { box, keypoints }) {
  const kind = type.replace('-', ' ');
  if (keypoints) return `${kind}, ${keypoints.filter((point) => point.visibility !== 'absent').length} joints`;
  return box ? `${kind}, ${Math.round(box.width)} × ${Math.round(box.height)}` : 'the whole picture';
}

const area = ({ box }) => (box ? box.width * box.height : Infinity);
