/* Where photos come from: bundled samples, the file picker, a drop, the clipboard. */

import { contentType, samplePhoto } from './api.js';
import { el, icon } from './dom.js';

/**
 * A photo to try.
 *
 * @typedef {object} Source
 * @property {string} name file name, sent as the asset's id
 * @property {string} thumb URL of a picture of it
 * @property {() => Promise<Blob>} photo
 * @property {string} [sampleUrl] where a bundled sample is served
 * @property {string} [sample] name of the sample
 */

/** The user's own photos that stay on the strip. */
const MOST_KEPT = 24;

export class Sources {
  #parts;
  #acts;
  /** @type {Source[]} */
  #own = [];
  /** @type {Source[]} */
  #samples = [];
  #current;

  /**
   * @param {{strip: HTMLElement, gallery: HTMLElement, input: HTMLInputElement, veil: HTMLElement}} parts
   * @param {{open: (source: Source) => void, refuse: (why: string) => void}} acts
   */
  constructor(parts, acts) {
    this.#parts = parts;
    this.#acts = acts;
    parts.input.addEventListener('change', () => {
      this.#take([...parts.input.files]);
      parts.input.value = '';
    });
    document.addEventListener('paste', (event) => this.#paste(event));
    this.#watchDrops();
  }

  /** @param {import('./api.js').Sample[]} samples */
  show(samples) {
    this.#samples = samples.map((sample) => ({
      name: sample.url.split('/').at(-1),
      title: sample.title ?? sample.name,
      thumb: sample.url,
      photo: () => samplePhoto(sample),
      sampleUrl: sample.url,
      sample: sample.name,
    }));
    this.#parts.gallery.replaceChildren(...this.#samples.map((source) => this.#card(source, 'card')));
    this.#drawStrip();
  }

  /** Opens the sample of that name; whether there is one. */
  openSample(name) {
    const found = this.#samples.find((source) => source.sample === name);
    if (found) this.#open(found);
    return found !== undefined;
  }

  #open(source) {
    this.#current = source;
    this.#drawStrip();
    this.#acts.open(source);
  }

  #take(files) {
    if (files.length === 0) return;
    const taken = files.map((file) => ({
      name: file.name || `photo.${file.type.split('/')[1] ?? 'bin'}`,
      thumb: URL.createObjectURL(file),
      photo: async () => file,
    }));
    this.#own.unshift(...taken);
    for (const old of this.#own.splice(MOST_KEPT)) URL.revokeObjectURL(old.thumb);
    this.#open(taken[0]);
  }

  #paste(event) {
    const files = [...(event.clipboardData?.files ?? [])].filter((file) => contentType(file).startsWith('image/'));
    if (files.length === 0) return;
    event.preventDefault();
    this.#take(files);
  }

  #watchDrops() {
    let depth = 0;
    const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
    const veil = (shown) => {
      this.#parts.veil.hidden = !shown;
    };
    addEventListener('dragenter', (event) => {
      if (!carriesFiles(event)) return;
      depth++;
      veil(true);
    });
    addEventListener('dragleave', (event) => {
      if (carriesFiles(event) && --depth <= 0) veil(false);
    });
    addEventListener('dragover', (event) => event.preventDefault());
    addEventListener('drop', (event) => {
      event.preventDefault();
      depth = 0;
      veil(false);
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length > 0) this.#take(files);
      else this.#acts.refuse('That was no file. Save the picture first, then drop the file.');
    });
  }

  #drawStrip() {
    const cards = [...this.#own, ...this.#samples].map((source) => this.#card(source, 'thumb'));
    const focused = document.activeElement?.closest('.strip') && document.activeElement.dataset.name;
    this.#parts.strip.replaceChildren(...cards);
    if (focused) cards.find((card) => card.dataset.name === focused)?.focus();
    cards.find((card) => card.ariaPressed === 'true')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  #card(source, kind) {
    const picture = el('img', { src: source.thumb, alt: '', loading: 'lazy', decoding: 'async', draggable: 'false' });
    picture.addEventListener('error', () => picture.replaceWith(icon('photo')));
    return el('button', {
      type: 'button',
      class: kind,
      title: source.name,
      'data-name': source.name,
      'aria-pressed': String(source === this.#current),
      onclick: () => this.#open(source),
    }, picture, el('span', {}, source.title ?? source.name));
  }
}
