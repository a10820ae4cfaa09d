/* The labels on the picture. They keep their size at any zoom, stay in sight with their shape, and make room. */

import { el } from './dom.js';
import { anchor } from './shapes.js';

/** @typedef {import('./api.js').Annotation} Annotation */

const EDGE = 6;
const GAP = 2;

/** With more findings than this, a tag shows only where its shape is as wide: the photo is to be seen. Zoom shows more. */
const CROWD = 60;

export class Tags {
  #layer;
  /** @type {{annotation: Annotation, element: HTMLElement, at: {x: number, y: number}, width: number, height: number}[]} */
  #tags = [];
  #on = '';

  /** @param {HTMLElement} layer over the whole stage */
  constructor(layer) {
    this.#layer = layer;
  }

  /**
   * @param {Annotation[]} annotations best first: the better one keeps its tag where two would lie on each other
   * @param {(label: string) => string} colourOf
   */
  show(annotations, colourOf) {
    this.#tags = annotations.map((annotation) => {
      const text = annotation.attributes?.text;
      const element = el('span', { class: 'tag', 'data-id': annotation.id },
        text ? `${text}` : annotation.label,
        el('b', {}, annotation.score.toFixed(2)));
      element.style.setProperty('--label', colourOf(annotation.label));
      return { annotation, element, at: anchor(annotation), width: 0, height: 0 };
    });
    this.#layer.replaceChildren(...this.#tags.map((tag) => tag.element));
  }

  /** @param {(annotation: Annotation) => boolean} wanted */
  filter(wanted) {
    for (const tag of this.#tags) tag.element.hidden = !wanted(tag.annotation);
  }

  /** @param {string} id of the finding whose tag goes before all others; empty for none */
  raise(id) {
    this.#on = id;
    for (const tag of this.#tags) tag.element.classList.toggle('on', tag.annotation.id === id);
  }

  /**
   * Puts every tag where it belongs.
   *
   * @param {import('./picture.js').View} view
   */
  place(view) {
    const room = { width: this.#layer.clientWidth, height: this.#layer.clientHeight };
    const shown = this.#tags.filter((tag) => !tag.element.hidden);
    for (const tag of shown) {
      tag.width ||= tag.element.offsetWidth;
      tag.height ||= tag.element.offsetHeight;
    }
    shown.sort((a, b) => Number(b.annotation.id === this.#on) - Number(a.annotation.id === this.#on));
    const taken = [];
    let classified = 0;
    for (const tag of shown) {
      const { box, id } = tag.annotation;
      const inTheWay = box && shown.length > CROWD && tag.width > box.width * view.scale && id !== this.#on;
      const spots = inTheWay ? []
        : box ? places(tag, view, room)
        : [{ x: 2 * EDGE, y: 2 * EDGE + classified++ * (tag.height + 2 * GAP) }];
      const spot = spots.find((candidate) => !taken.some((other) => overlap(candidate, tag, other)));
      tag.element.classList.toggle('crowded', !spot);
      if (!spot) continue;
      tag.element.style.transform = `translate(${Math.round(spot.x)}px, ${Math.round(spot.y)}px)`;
      taken.push({ ...spot, width: tag.width, height: tag.height });
    }
  }
}

/**
 * Where a tag may be, best first: above its anchor, under it, above the right end of the shape, below the shape. All
 * on the stage as long as the shape is; none where it is not.
 */
function places({ annotation, at, width, height }, { scale, x, y }, room) {
  const { box } = annotation;
  const [left, right] = [box.x * scale + x, (box.x + box.width) * scale + x];
  const [top, bottom] = [box.y * scale + y, (box.y + box.height) * scale + y];
  if (right < 0 || bottom < 0 || left > room.width || top > room.height) return [];
  const kept = (wanted, length, most) => Math.max(EDGE, Math.min(wanted, most - length - EDGE));
  const across = kept(at.x * scale + x, width, room.width);
  const above = at.y * scale + y - height - GAP;
  const under = { x: across, y: kept(at.y * scale + y + GAP, height, room.height) };
  return [
    ...(above >= EDGE ? [{ x: across, y: Math.min(above, room.height - height - EDGE) }] : []),
    under,
    { x: kept(right - width, width, room.width), y: kept(top - height - GAP, height, room.height) },
    { x: across, y: kept(bottom + GAP, height, room.height) },
  ];
}

const overlap = (spot, size, other) =>
  spot.x < other.x + other.width + GAP &&
  other.x < spot.x + size.width + GAP &&
  spot.y < other.y + other.height + GAP &&
  other.y < spot.y + size.height + GAP;
