/* A finding as SVG, in asset pixels: the SVG's view box is the asset. */

import { svg } from './dom.js';
import { decodeCounts, eachSegment, outline, outlineOfRuns, toBitmap } from './rle.js';

/** @typedef {import('./api.js').Annotation} Annotation */

/** Beyond so many corners a mask's outline costs more than it shows; its fill remains. */
const OUTLINE_POINTS = 60_000;

/**
 * The shape of a finding: a group with what tells it apart in `data-` attributes. Empty for a classification, which
 * holds for the asset as a whole.
 *
 * @param {Annotation} annotation
 * @param {string} colour
 * @param {(string | number)[][]} [skeleton] joints to connect
 * @param {boolean} [isFilled] whether a mask's outline is its fill
 * @returns {SVGElement}
 */
export function drawShape(annotation, colour, skeleton = [], isFilled = false) {
  const group = svg('g', {
    class: 'shape',
    'data-id': annotation.id,
    'data-type': annotation.type,
    'data-label': annotation.label,
    'data-score': annotation.score,
  });
  group.style.setProperty('--label', colour);
  group.append(...parts(annotation, colour, skeleton, isFilled));
  return group;
}

/**
 * The shape of a finding that stands for itself: a mask is filled by its outline, which is there at once, where it has one.
 *
 * @param {Annotation} annotation
 * @param {string} colour
 * @returns {SVGElement}
 */
export function drawFilled(annotation, colour) {
  const shape = drawShape(annotation, colour, [], true);
  shape.classList.add('filled');
  return shape;
}

/**
 * How much of the picture a finding covers, for the order in which shapes lie on each other: small ones on
 * top, and of two that cover the same the surer one.
 *
 * @param {Annotation} annotation
 */
export const coverage = ({ box }) => (box ? box.width * box.height : 0);

/**
 * The point that a finding's tag hangs on: where its shape reaches highest, at the left where it is level there.
 *
 * @param {Annotation} annotation
 * @returns {{x: number, y: number}}
 */
export function anchor(annotation) {
  const box = annotation.box ?? { x: 0, y: 0, width: 0, height: 0 };
  switch (annotation.type) {
    case 'polygon':
      return highest(annotation.polygon.parts.flatMap((part) => part[0]));
    case 'polyline':
      return highest(annotation.polyline.points);
    case 'rotated-box':
      return highest(corners(annotation.rotatedBox));
    case 'mask':
      return highest(tops(annotation.mask));
    default:
      return { x: box.x, y: box.y };
  }
}

/**
 * The corners of a rotated box, from its top-left one clockwise as seen.
 *
 * @param {Annotation['rotatedBox']} box angle in degrees, clockwise as seen
 * @returns {number[][]}
 */
export function corners({ cx, cy, width, height, angle }) {
  const [cos, sin] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  return [[-1, -1], [1, -1], [1, 1], [-1, 1]].map(([right, down]) => {
    const [x, y] = [(right * width) / 2, (down * height) / 2];
    return [cx + x * cos - y * sin, cy + x * sin + y * cos];
  });
}

function parts(annotation, colour, skeleton, isFilled) {
  switch (annotation.type) {
    case 'box':
      return cased('rect', annotation.box);
    case 'rotated-box':
      return cased('polygon', { points: corners(annotation.rotatedBox).join(' ') });
    case 'polygon':
      return cased('path', { d: rings(annotation.polygon.parts.flat()) });
    case 'polyline':
      return cased('polyline', { points: annotation.polyline.points.join(' ') });
    case 'mask':
      return mask(annotation.mask, annotation.box, colour, isFilled);
    case 'keypoints':
      return [...bones(annotation.keypoints, skeleton), ...joints(annotation.keypoints)];
    case 'classification':
      return [];
    default:
      return annotation.box ? cased('rect', annotation.box) : [];
  }
}

/** The same shape twice: a dark casing that reads on any ground, and the line on it. */
function cased(tag, geometry) {
  const { x, y, width, height, ...rest } = geometry;
  const place = { x, y, width, height, ...rest };
  return [svg(tag, { class: 'casing', ...place }), svg(tag, { class: 'line', ...place })];
}

const rings = (all) => all.map((ring) => `M${ring.map((point) => point.join(' ')).join('L')}Z`).join('');

function mask({ size: [height, width], counts }, box, colour, isFilled) {
  const runs = decodeCounts(counts);
  if (isFilled) {
    const traced = outlineOfRuns(runs, height, width, OUTLINE_POINTS);
    if (traced.length > 0) return cased('path', { d: rings(traced) });
  }
  const bitmap = toBitmap(runs, height, width);
  const place = { x: bitmap.x, y: bitmap.y, width: bitmap.width, height: bitmap.height };
  const traced = outline(bitmap, OUTLINE_POINTS);
  const fill = svg('image', { class: 'fill', preserveAspectRatio: 'none', ...place });
  paint(bitmap, colour, (url) => fill.setAttribute('href', url));
  return [fill, ...(traced.length > 0 ? cased('path', { d: rings(traced) }) : cased('rect', box ?? place))];
}

/** Paints set pixels opaque; how much of the photo shows through is for the style sheet to say. */
function paint({ width, height, pixels }, colour, onUrl) {
  if (width === 0) return;
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  const words = new Uint32Array(image.data.buffer);
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const word = new Uint32Array(new Uint8Array([red, green, blue, 255]).buffer)[0];
  for (let i = 0; i < pixels.length; i++) if (pixels[i]) words[i] = word;
  context.putImageData(image, 0, 0);
  canvas.toBlob((blob) => blob && onUrl(URL.createObjectURL(blob)));
}

function bones(keypoints, skeleton) {
  const present = (end) =>
    keypoints.find((point, index) => (index === end || point.name === end) && point.visibility !== 'absent');
  const pairs = skeleton.map(([from, to]) => [present(from), present(to)]).filter(([from, to]) => from && to);
  if (pairs.length === 0) return [];
  return cased('path', { d: pairs.map(([from, to]) => `M${from.x} ${from.y}L${to.x} ${to.y}`).join('') });
}

/** A line of no length with round ends: a dot that keeps its size at any zoom. */
function joints(keypoints) {
  return keypoints
    .filter((point) => point.visibility !== 'absent')
    .flatMap((point) => {
      const d = `M${point.x} ${point.y}h0`;
      return [
        svg('path', { class: 'joint casing', d }),
        svg('path', {
          class: `joint line ${point.visibility}`,
          d,
          'data-keypoint': point.name,
          'data-x': point.x,
          'data-y': point.y,
        }),
      ];
    });
}

/** Where each stretch of a mask's columns begins. */
function tops({ size: [height], counts }) {
  const points = [];
  eachSegment(decodeCounts(counts), height, (x, from) => points.push([x, from]));
  return points;
}

function highest(points) {
  if (points.length === 0) return { x: 0, y: 0 };
  const [top, bottom] = points.reduce(([least, most], [, y]) => [Math.min(least, y), Math.max(most, y)], [Infinity, -Infinity]);
  const level = top + (bottom - top) / 8;
  const [x, y] = points.filter((point) => point[1] <= level).reduce((left, point) => (point[0] < left[0] ? point : left));
  return { x, y };
}
