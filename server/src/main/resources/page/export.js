/* Taking the labels away: a file, the clipboard, or the command that fetches them. */

import { contentType, labels, prelabelPath } from './api.js';
import { curlCommand } from './curl.js';
import { el } from './dom.js';

/** @typedef {import('./api.js').Format} Format */

/**
 * What is to be taken.
 *
 * @typedef {object} Subject
 * @property {import('./sources.js').Source} source
 * @property {Blob} photo
 * @property {() => import('./api.js').Query | undefined} query with the threshold and labels as they are chosen now; none where
 *   there is nothing to ask for
 * @property {() => string} [part] of the photo that the labels are of, for the file's name
 */

export class Export {
  #parts;
  #acts;
  /** @type {Format[]} */
  #formats = [];
  /** @type {Subject | undefined} */
  #subject;

  /**
   * @param {{format: HTMLSelectElement, about: HTMLElement, options: HTMLElement, copy: HTMLButtonElement,
   *   download: HTMLButtonElement, command: HTMLElement, copyCommand: HTMLButtonElement}} parts
   * @param {{say: (what: string) => void, fail: (problem: unknown) => void}} acts
   */
  constructor(parts, acts) {
    this.#parts = parts;
    this.#acts = acts;
    parts.format.addEventListener('change', () => this.#formatChosen());
    parts.options.addEventListener('input', () => this.refresh());
    parts.copy.addEventListener('click', () => this.#busy(parts.copy, () => this.#copy()));
    parts.download.addEventListener('click', () => this.download());
    parts.copyCommand.addEventListener('click', () => this.#busy(parts.copyCommand, () => this.#copyCommand()));
  }

  /** @param {Format[]} formats */
  show(formats) {
    this.#formats = formats;
    this.#parts.format.replaceChildren(...formats.map(({ id }) => el('option', { value: id }, id)));
    this.#formatChosen();
  }

  /** @param {Subject} subject */
  about(subject) {
    this.#subject = subject;
    this.refresh();
  }

  /** Saves the labels as a file. */
  download() {
    return this.#busy(this.#parts.download, () => this.#download());
  }

  /** Says anew what would be taken, after a change of the filter. */
  refresh() {
    const { copy, download, command } = this.#parts;
    const query = this.#format && this.#subject?.query();
    const nothing = !query || query.classes?.length === 0;
    download.disabled = nothing;
    copy.disabled = nothing || !isText(this.#format.mediaType);
    copy.title = this.#format && !isText(this.#format.mediaType) ? `${this.#format.id} is no text; download it` : '';
    command.textContent = nothing ? '' : this.#command();
  }

  get #format() {
    return this.#formats.find(({ id }) => id === this.#parts.format.value);
  }

  #formatChosen() {
    const format = this.#format;
    this.#parts.about.textContent = format?.description ?? '';
    this.#parts.options.replaceChildren(...(format?.options ?? []).map(({ name, description, default: byDefault }) =>
      el('label', { class: 'option' },
        el('span', {}, name),
        el('input', { type: 'text', name, placeholder: byDefault ?? '', title: description ?? '', autocomplete: 'off',
          spellcheck: 'false', 'aria-description': description ?? '' }))));
    this.refresh();
  }

  #query() {
    const filled = [...this.#parts.options.querySelectorAll('input')].filter((input) => input.value !== '');
    return {
      ...this.#subject.query(),
      format: this.#format.id,
      formatOptions: Object.fromEntries(filled.map((input) => [input.name, input.value])),
    };
  }

  #fileName() {
    const stem = this.#subject.source.name.replace(/\.[^.]+$/, '') || 'labels';
    const part = this.#subject.part?.();
    return [stem, ...(part ? [part] : []), `${this.#format.id}${this.#format.fileExtension}`].join('.');
  }

  #command() {
    const { source, photo } = this.#subject;
    const absolute = (path) => new URL(path, document.baseURI).href;
    return curlCommand({
      url: absolute(prelabelPath(this.#query())),
      contentType: contentType(photo),
      fileName: source.name,
      sampleUrl: source.sampleUrl && absolute(source.sampleUrl),
      prompt: this.#query().prompt,
      output: this.#fileName(),
    });
  }

  async #download() {
    const name = this.#fileName();
    const taken = await labels(this.#subject.photo, this.#query());
    const url = URL.createObjectURL(taken.bytes);
    el('a', { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    this.#acts.say(`Saved ${name}${losses(taken)}`);
  }

  async #copy() {
    const { id } = this.#format;
    const taken = labels(this.#subject.photo, this.#query());
    await toClipboard(taken.then(({ bytes }) => bytes.text()));
    this.#acts.say(`Copied the labels as ${id}${losses(await taken)}`);
  }

  async #copyCommand() {
    await toClipboard(Promise.resolve(this.#command()));
    this.#acts.say('Copied the command');
  }

  async #busy(button, act) {
    button.setAttribute('aria-busy', 'true');
    try {
      await act();
    } catch (problem) {
      this.#acts.fail(problem);
    } finally {
      button.removeAttribute('aria-busy');
    }
  }
}

/** What the format could not say, so that nothing is lost without a word. */
const losses = ({ converted, leftOut }) =>
  [converted && `. Converted: ${converted}`, leftOut && `. Left out: ${leftOut}`].filter(Boolean).join('');

const isText = (mediaType) => /^text\/|[/+](nd)?json|xml|yaml|x-ndjson/.test(mediaType);

/** Handed over as a promise at once, since some browsers allow the clipboard only right after the click. */
async function toClipboard(text) {
  if (navigator.clipboard && globalThis.ClipboardItem) {
    const blob = text.then((words) => new Blob([words], { type: 'text/plain' }));
    await text; // a failed request is reported as itself
    await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]);
    return;
  }
  // Plain HTTP from another machine: there is no clipboard interface, but the old command works.
  const area = el('textarea', { class: 'visually-hidden', 'aria-hidden': 'true' });
  area.value = await text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  if (!copied) throw new Error('The browser does not allow copying here; download instead.');
}
