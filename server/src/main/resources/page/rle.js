/*
 * Masks: COCO's compressed run lengths to pixels, and pixels to the outline along their edges.
 * Runs go down each column, columns left to right, unset and set in turn, beginning with unset.
 */

/**
 * A piece of a mask, cut to its set pixels.
 *
 * @typedef {{x: number, y: number, width: number, height: number, pixels: Uint8Array}} Bitmap
 *   x, y: top-left corner in asset pixels; pixels: row by row, 1 where set
 */

/**
 * Run lengths from COCO's text: five bits a character, low bits first, sign in the fifth; from the fourth run on the
 * difference to the run two before.
 *
 * @param {string} text
 * @returns {number[]}
 */
export function decodeCounts(text) {
  const runs = [];
  let at = 0;
  while (at < text.length) {
    let value = 0;
    let shift = 0;
    let more = true;
    while (more) {
      const bits = text.charCodeAt(at++) - 48;
      if (!(bits >= 0 && bits < 64)) throw new RangeError(`mask counts: bad character at ${at - 1}`);
      value += (bits & 31) * 2 ** shift;
      shift += 5;
      more = (bits & 32) !== 0;
      if (!more && bits & 16) value -= 2 ** shift;
    }
    runs.push(runs.length > 2 ? value + runs[runs.length - 2] : value);
  }
  return runs;
}

/**
 * The set pixels of a mask. Memory is that of the mask's bounds, not of the whole asset.
 *
 * @param {number[]} runs
 * @param {number} height of the asset
 * @param {number} width of the asset
 * @returns {Bitmap} of width and height 0 where no pixel is set
 */
export function toBitmap(runs, height, width) {
  const total = runs.reduce((sum, run) => sum + run, 0);
  if (total !== height * width) throw new RangeError(`mask counts: sum ${total}, expected ${height * width}`);
  let [left, top, right, bottom] = [width, height, 0, 0];
  eachSegment(runs, height, (x, from, to) => {
    left = Math.min(left, x);
    right = Math.max(right, x + 1);
    top = Math.min(top, from);
    bottom = Math.max(bottom, to);
  });
  if (right === 0) return { x: 0, y: 0, width: 0, height: 0, pixels: new Uint8Array(0) };
  const columns = right - left;
  const pixels = new Uint8Array(columns * (bottom - top));
  eachSegment(runs, height, (x, from, to) => {
    for (let y = from; y < to; y++) pixels[(y - top) * columns + x - left] = 1;
  });
  return { x: left, y: top, width: columns, height: bottom - top, pixels };
}

/** Calls back with every set stretch of every column: x, first row, row after the last. */
export function eachSegment(runs, height, visit) {
  let position = 0;
  runs.forEach((run, index) => {
    if (index % 2 === 1) {
      for (let at = position; at < position + run; ) {
        const x = Math.floor(at / height);
        const from = at - x * height;
        const length = Math.min(height - from, position + run - at);
        visit(x, from, from + length);
        at += length;
      }
    }
    position += run;
  });
}

const RIGHT = 0;
const STEP_X = [1, 0, -1, 0];
const STEP_Y = [0, 1, 0, -1];

/**
 * Closed rings along the edges of a bitmap's set pixels, in asset pixels, set pixels to the right of the way: outer
 * rings run clockwise as seen, holes the other way. Pixels that touch at a corner only are apart. A ring has a point
 * at each turn.
 *
 * @param {Bitmap} bitmap
 * @param {number} [limit] most points; beyond it the outline is not worth its cost and is empty
 * @returns {number[][][]} rings of points [x, y]
 */
export function outline(bitmap, limit = Infinity) {
  const { width, height, pixels } = bitmap;
  const set = (x, y) => x >= 0 && y >= 0 && x < width && y < height && pixels[y * width + x] === 1;
  const seen = new Uint8Array(pixels.length); // top edges already walked, by the pixel below them
  const rings = [];
  let points = 0;
  for (let startY = 0; startY < height; startY++) {
    for (let startX = 0; startX < width; startX++) {
      if (seen[startY * width + startX] || !set(startX, startY) || set(startX, startY - 1)) continue;
      const ring = [];
      let [x, y, way] = [startX, startY, RIGHT];
      do {
        if (way === RIGHT) seen[y * width + x] = 1;
        x += STEP_X[way];
        y += STEP_Y[way];
        const turned = turn(set, x, y, way);
        if (turned !== way) ring.push([bitmap.x + x, bitmap.y + y]);
        way = turned;
      } while (x !== startX || y !== startY || way !== RIGHT);
      rings.push(ring);
      points += ring.length;
      if (points > limit) return [];
    }
  }
  return rings;
}

/** The way on from a corner: right where the pixel ahead on the right is unset, left where both ahead are set. */
function turn(set, x, y, way) {
  const ahead = (side) => {
    const dx = STEP_X[way] + STEP_X[(way + side) & 3];
    const dy = STEP_Y[way] + STEP_Y[(way + side) & 3];
    return set(x + (dx - 1) / 2, y + (dy - 1) / 2);
  };
  if (!ahead(1)) return (way + 1) & 3;
  return ahead(3) ? (way + 3) & 3 : way;
}
