/* Choosing a model, its version, and the shapes it shall answer with. */

import { el } from './dom.js';

/** @typedef {import('./api.js').Model} Model */

/** Up to so many models each get a button; more make a menu. */
const MOST_BUTTONS = 6;

const PLURALS = {
  box: 'boxes',
  'rotated-box': 'rotated boxes',
  polygon: 'polygons',
  mask: 'masks',
  polyline: 'lines',
  keypoints: 'joints',
  classification: 'classes',
};

/** @param {string} geometry */
export const plural = (geometry) => PLURALS[geometry] ?? geometry;

export class ModelPicker {
  #parts;
  #onPick;
  /** @type {Model[]} */
  #models = [];
  /** @type {Model | undefined} */
  #model;

  /**
   * @param {{names: HTMLElement, facts: HTMLElement, version: HTMLSelectElement, geometry: HTMLSelectElement}} parts
   * @param {(other: boolean) => void} onPick whether it is another model or the same in another way
   */
  constructor(parts, onPick) {
    this.#parts = parts;
    this.#onPick = onPick;
    parts.names.addEventListener('change', (event) => {
      this.#choose(event.target.value);
      onPick(true);
    });
    for (const menu of [parts.version, parts.geometry]) menu.addEventListener('change', () => onPick(false));
  }

  /**
   * @param {Model[]} models
   * @param {string} wanted name of the model to begin with, if it is there
   */
  show(models, wanted) {
    this.#models = models;
    const first = models.find((model) => model.name === wanted) ?? models[0];
    this.#parts.names.replaceChildren(...(models.length > MOST_BUTTONS ? [this.#menu(first)] : this.#buttons(first)));
    if (first) this.#choose(first.name);
  }

  /** The chosen model; undefined where the server has none. */
  get model() {
    return this.#model;
  }

  /** The reference to ask for: the bare name for what is in production. */
  get ref() {
    const version = this.#parts.version.value;
    return version ? `${this.#model.name}@${version}` : this.#model.name;
  }

  /** The shapes to ask for. */
  get geometry() {
    return this.#parts.geometry.value;
  }

  #choose(name) {
    const model = this.#models.find((candidate) => candidate.name === name);
    this.#model = model;
    this.#versions(model);
    this.#geometries(model);
    const classes = model.classes.filter((name) => name !== '').length; // some models skip numbers
    this.#parts.facts.textContent = [
      `version ${model.version}`,
      model.family,
      classes > 0 && `${classes} ${classes === 1 ? 'class' : 'classes'}`,
      model.state && !/^(serving|available)$/i.test(model.state) && model.state.toLowerCase(),
    ].filter(Boolean).join(' · ');
  }

  #versions({ versions, aliases }) {
    const option = (value, text) => el('option', { value }, text);
    this.#parts.version.replaceChildren(
      option('', 'in production'),
      ...aliases.filter(({ name }) => name !== 'production').map(({ name, version }) => option(name, `${name} (${version})`)),
      ...versions.toReversed().map((version) => option(version, `version ${version}`)));
    this.#parts.version.closest('label').hidden = versions.length < 2 && aliases.length < 2;
  }

  #geometries({ geometry, geometries }) {
    const others = geometries.filter((other) => other !== geometry);
    this.#parts.geometry.replaceChildren(
      el('option', { value: 'native' }, plural(geometry)),
      ...others.map((other) => el('option', { value: other }, plural(other))));
    this.#parts.geometry.closest('label').hidden = others.length === 0;
  }

  #buttons(chosen) {
    return this.#models.map((model) =>
      el('label', { class: 'pill' },
        el('input', { type: 'radio', name: 'model', value: model.name, checked: model === chosen }),
        el('span', {}, model.name, el('small', {}, plural(model.geometry)))));
  }

  #menu(chosen) {
    return el('select', { 'aria-label': 'Model' },
      ...this.#models.map((model) =>
        el('option', { value: model.name, selected: model === chosen }, `${model.name} (${plural(model.geometry)})`)));
  }
}
