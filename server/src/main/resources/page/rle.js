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
  const { left, top, right, bottom } = bounds(runs, height, width);
  if (right === 0) return { x: 0, y: 0, width: 0, height: 0, pixels: new Uint8Array(0) };
  const columns = right - left;
  const pixels = new Uint8Array(columns * (bottom - top));
  eachSegment(runs, height, (x, from, to) => {
    for (let y = from; y < to; y++) pixels[(y - top) * columns + x - left] = 1;
  });
  return { x: left, y: top, width: columns, height: bottom - top, pixels };
}

/** The least rectangle around the set pixels; of width 0 where there are none. */
function bounds(runs, height, width) {
  const total = runs.reduce((sum, run) => sum + run, 0);
  if (total !== height * width) throw new RangeError(`mask counts: sum ${total}, expected ${height * width}`);
  let [left, top, right, bottom] = [width, height, 0, 0];
  eachSegment(runs, height, (x, from, to) => {
    left = Math.min(left, x);
    right = Math.max(right, x + 1);
    top = Math.min(top, from);
    bottom = Math.max(bottom, to);
  });
  return { left, top, right, bottom };
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

/**
 * Closed rings along the edges of a bitmap's set pixels, in asset pixels, set pixels to the right of the way: outer
 * rings run clockwise as seen, holes the other way. Pixels that touch at a corner only are apart. A ring has a point
 * at each turn.
 *
 * @param {Bitmap} bitmap
 * @param {number} [limit] most points; beyond it the outline is not worth its cost and is empty
 * @returns {number[][][]} rings of points [x, y]
 */
export function outline({ x, y, width, height, pixels }, limit = Infinity) {
  const across = width + 2; // an unset edge all around spares asking where the bitmap ends
  const padded = new Uint8Array(across * (height + 2));
  for (let row = 0; row < height; row++) {
    padded.set(pixels.subarray(row * width, (row + 1) * width), (row + 1) * across + 1);
  }
  return trace(padded, 1, across, (at) => [x + (at % across) - 1, y + Math.floor(at / across) - 1], limit);
}

/**
 * The same of a mask's runs, several times as fast, since no pixel is set one by one. The rings are the same; they may begin elsewhere
 * and come in another order.
 *
 * @param {number[]} runs
 * @param {number} height of the asset
 * @param {number} width of the asset
 * @param {number} [limit] most points
 * @returns {number[][][]} rings of points [x, y]
 */
export function outlineOfRuns(runs, height, width, limit = Infinity) {
  const { left, top, right, bottom } = bounds(runs, height, width);
  if (right <= left) return [];
  const down = bottom - top + 2;
  const padded = new Uint8Array(down * (right - left + 2));
  eachSegment(runs, height, (x, from, to) => {
    const column = (x - left + 1) * down + 1 - top;
    padded.fill(1, column + from, column + to);
  });
  return trace(padded, down, 1, (at) => [left + Math.floor(at / down) - 1, top + (at % down) - 1], limit);
}

/**
 * @param {Uint8Array} pixels with an unset edge all around
 * @param {number} stepX from a pixel to the one on its right
 * @param {number} stepY from a pixel to the one below
 * @param {(at: number) => number[]} corner the point at the top left of a pixel
 * @param {number} limit
 */
function trace(pixels, stepX, stepY, corner, limit) {
  const steps = [stepX, stepY, -stepX, -stepY]; // right, down, left, up
  // Around a corner, seen on the way: the pixel ahead on the right, and the one on the left. A corner has the number of the pixel on its
  // lower right.
  const onRight = [0, -stepX, -stepX - stepY, -stepY];
  const onLeft = [-stepY, 0, -stepX, -stepX - stepY];
  const seen = new Uint8Array(pixels.length); // top edges already walked, by the pixel below them
  const rings = [];
  let points = 0;
  for (let start = 0; start < pixels.length; start++) {
    if (pixels[start] === 0 || pixels[start - stepY] === 1 || seen[start] === 1) continue;
    const ring = [];
    let at = start;
    let way = 0;
    do {
      if (way === 0) seen[at] = 1;
      at += steps[way];
      let turned = way;
      if (pixels[at + onRight[way]] === 0) turned = (way + 1) & 3;
      else if (pixels[at + onLeft[way]] === 1) turned = (way + 3) & 3;
      if (turned !== way) ring.push(corner(at));
      way = turned;
    } while (at !== start || way !== 0);
    rings.push(ring);
    points += ring.length;
    if (points > limit) return [];
  }
  return rings;
}
