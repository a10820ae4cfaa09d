/* What somebody points at: clicks and boxes as steps that can be taken back, and the prompt that they make. */

/**
 * @typedef {import('./api.js').Box} Box
 * @typedef {{x: number, y: number, label: 'foreground' | 'background'}} Click asset pixels
 * @typedef {{points?: Click[], box?: Box}} Prompt as the server takes it
 * @typedef {{click: Click} | {box: Box}} Step
 */

/** Screen pixels by which a click may miss the photo's edge. */
const SLACK = 6;

/** What was pointed at of one object. Immutable; every act gives another one. */
export class Pointed {
  /** @type {Step[]} */
  #steps;
  /** @type {Pointed | undefined} */
  #before;

  /**
   * @param {Step[]} [steps]
   * @param {Pointed} [before] what this was made of
   */
  constructor(steps = [], before) {
    this.#steps = steps;
    this.#before = before;
  }

  /** @param {Step} step */
  with(step) {
    return new Pointed([...this.#steps, step], this);
  }

  /** Nothing, which can be taken back as well. */
  cleared() {
    return this.isEmpty ? this : new Pointed([], this);
  }

  /** What it was before the last act; the same where there was none. */
  undone() {
    return this.#before ?? this;
  }

  get isEmpty() {
    return this.#steps.length === 0;
  }

  get canUndo() {
    return this.#before !== undefined;
  }

  /** @returns {Click[]} */
  get clicks() {
    return this.#steps.flatMap((step) => ('click' in step ? [step.click] : []));
  }

  /** The last box: a model takes one. @returns {Box | undefined} */
  get box() {
    return this.#steps.findLast((step) => 'box' in step)?.box;
  }

  /** @returns {Prompt | undefined} none where nothing is pointed at */
  get prompt() {
    const { clicks, box } = this;
    if (this.isEmpty) return undefined;
    return { ...(clicks.length > 0 && { points: clicks }), ...(box && { box }) };
  }

  /** In a few words. */
  get words() {
    const parts = [
      this.box && 'a box',
      counted(this.clicks.filter(({ label }) => label === 'foreground').length, 'point'),
      counted(this.clicks.filter(({ label }) => label === 'background').length, 'point left out', 'points left out'),
    ].filter(Boolean);
    return parts.join(', ') || 'nothing pointed at yet';
  }
}

/**
 * A point of the photo, or of just beside it, which is its edge.
 *
 * @param {{x: number, y: number}} point asset pixels
 * @param {{width: number, height: number}} size of the asset
 * @param {number} scale screen pixels per asset pixel
 * @returns {{x: number, y: number} | undefined} none where it is outside
 */
export function within({ x, y }, { width, height }, scale) {
  const slack = SLACK / scale;
  if (x < -slack || y < -slack || x > width + slack || y > height + slack) return undefined;
  return { x: hundredths(clamp(x, width)), y: hundredths(clamp(y, height)) };
}

/**
 * The part of the photo between two corners.
 *
 * @param {{x: number, y: number}} one asset pixels
 * @param {{x: number, y: number}} other
 * @param {{width: number, height: number}} size of the asset
 * @returns {Box | undefined} none where there is nothing between them
 */
export function boxBetween(one, other, { width, height }) {
  const [left, right] = [one.x, other.x].map((x) => hundredths(clamp(x, width))).sort((a, b) => a - b);
  const [top, bottom] = [one.y, other.y].map((y) => hundredths(clamp(y, height))).sort((a, b) => a - b);
  const box = { x: left, y: top, width: hundredths(right - left), height: hundredths(bottom - top) };
  return box.width > 0 && box.height > 0 ? box : undefined;
}

const clamp = (value, most) => Math.min(most, Math.max(0, value));
const hundredths = (value) => Math.round(value * 100) / 100;
const counted = (count, one, many = `${one}s`) => count > 0 && `${count} ${count === 1 ? one : many}`;
