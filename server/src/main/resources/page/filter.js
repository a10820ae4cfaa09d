/* What is shown: a least score, set with a slider over the spread of scores, and the labels that are wanted. */

import { el } from './dom.js';

/** @typedef {import('./api.js').Annotation} Annotation */

const BINS = 38;

/** Scores lower than this are not asked for. */
export const LEAST_SCORE = 0.05;

export class Filter {
  #parts;
  #onChange;
  /** @type {Annotation[]} */
  #annotations = [];
  /** @type {Set<string>} */
  #unwanted = new Set();

  /**
   * @param {{slider: HTMLInputElement, output: HTMLElement, bars: HTMLElement, chips: HTMLElement,
   *   all: HTMLElement, none: HTMLElement}} parts
   * @param {() => void} onChange
   */
  constructor(parts, onChange) {
    this.#parts = parts;
    this.#onChange = onChange;
    parts.slider.addEventListener('input', () => this.#changed());
    parts.all.addEventListener('click', () => this.#wantAll(true));
    parts.none.addEventListener('click', () => this.#wantAll(false));
    parts.bars.append(...Array.from({ length: BINS }, () => el('i')));
  }

  /** The least score shown. */
  get threshold() {
    return Number(this.#parts.slider.value);
  }

  set threshold(value) {
    this.#parts.slider.value = String(value);
    this.#changed();
  }

  /** The wanted labels; none where every label is, so that a download asks for no more than it must. */
  get classes() {
    const labels = this.#labels();
    const wanted = labels.filter((label) => !this.#unwanted.has(label));
    return wanted.length === labels.length ? undefined : wanted;
  }

  /** @type {(annotation: Annotation) => boolean} */
  wanted = ({ label, score }) => score >= this.threshold && !this.#unwanted.has(label);

  /** Forgets which labels were unwanted, for another model. */
  reset() {
    this.#unwanted.clear();
  }

  /**
   * @param {Annotation[]} annotations
   * @param {(label: string) => string} colourOf
   */
  show(annotations, colourOf) {
    this.#annotations = annotations;
    this.#parts.chips.replaceChildren(...this.#labels().map((label) => this.#chip(label, colourOf(label))));
    const bins = new Array(BINS).fill(0);
    for (const { score } of annotations) bins[binOf(score)]++;
    const most = Math.max(1, ...bins);
    [...this.#parts.bars.children].forEach((bar, index) => {
      bar.style.height = bins[index] === 0 ? '0' : `${12 + 88 * Math.sqrt(bins[index] / most)}%`;
    });
    this.#paint();
  }

  #labels() {
    const best = new Map();
    for (const { label, score } of this.#annotations) best.set(label, Math.max(score, best.get(label) ?? 0));
    return [...best.keys()].sort((a, b) => best.get(b) - best.get(a));
  }

  #chip(label, colour) {
    const box = el('input', { type: 'checkbox', value: label, checked: !this.#unwanted.has(label) });
    box.addEventListener('change', () => {
      if (box.checked) this.#unwanted.delete(label);
      else this.#unwanted.add(label);
      this.#changed();
    });
    const swatch = el('span', { class: 'swatch', 'aria-hidden': 'true' });
    const chip = el('label', { class: 'chip', 'data-label': label }, box, swatch, label, el('b', { class: 'count' }));
    chip.style.setProperty('--label', colour);
    return chip;
  }

  #wantAll(all) {
    this.#unwanted = new Set(all ? [] : this.#labels());
    for (const box of this.#parts.chips.querySelectorAll('input')) box.checked = all;
    this.#changed();
  }

  #changed() {
    this.#paint();
    this.#onChange();
  }

  #paint() {
    const { threshold } = this;
    this.#parts.output.textContent = threshold.toFixed(2);
    [...this.#parts.bars.children].forEach((bar, index) => {
      bar.classList.toggle('out', LEAST_SCORE + ((index + 0.5) * (1 - LEAST_SCORE)) / BINS < threshold);
    });
    for (const chip of this.#parts.chips.children) {
      const count = this.#annotations.filter(
        ({ label, score }) => label === chip.dataset.label && score >= threshold).length;
      chip.querySelector('.count').textContent = String(count);
      chip.hidden = count === 0;
    }
  }
}

const binOf = (score) =>
  Math.max(0, Math.min(BINS - 1, Math.floor(((score - LEAST_SCORE) / (1 - LEAST_SCORE)) * BINS)));
