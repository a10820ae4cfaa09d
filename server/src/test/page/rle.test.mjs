import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeCounts, outline, outlineOfRuns, toBitmap } from '../../main/resources/page/rle.js';

/** COCO's own compression, written from its description: the other direction of what is tested. */
function encodeCounts(runs) {
  let text = '';
  runs.forEach((run, index) => {
    let rest = index > 2 ? run - runs[index - 2] : run;
    let more = true;
    while (more) {
      let bits = rest & 31;
      rest >>= 5;
      more = bits & 16 ? rest !== -1 : rest !== 0;
      if (more) bits |= 32;
      text += String.fromCharCode(bits + 48);
    }
  });
  return text;
}

/** Same numbers on every run. */
function dice(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function randomMask(random) {
  const [width, height] = [1 + Math.floor(random() * 12), 1 + Math.floor(random() * 12)];
  const density = random();
  const pixels = Array.from({ length: width * height }, () => (random() < density ? 1 : 0)); // row by row
  const runs = [];
  let [current, length] = [0, 0];
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      const pixel = pixels[y * width + x];
      if (pixel === current) length++;
      else {
        runs.push(length);
        [current, length] = [pixel, 1];
      }
    }
  }
  runs.push(length);
  return { width, height, pixels, runs };
}

/** Twice the signed area; positive where the ring runs clockwise as seen. */
const doubleArea = (ring) =>
  ring.reduce((sum, [x, y], at) => {
    const [nextX, nextY] = ring[(at + 1) % ring.length];
    return sum + x * nextY - nextX * y;
  }, 0);

/** Even-odd rule at a pixel's centre. */
function covered(rings, x, y) {
  let inside = false;
  for (const ring of rings) {
    ring.forEach(([x1, y1], at) => {
      const [x2, y2] = ring[(at + 1) % ring.length];
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
    });
  }
  return inside;
}

test('decodeCounts_textOfPycocotools_givesItsRuns', () => {
  // pycocotools 2 `mask.encode` of a 4 x 4 mask whose middle 2 x 2 is set.
  assert.deepEqual(decodeCounts('52203'), [5, 2, 2, 2, 5]);
});

test('decodeCounts_whatWasEncoded_comesBack', () => {
  const random = dice(7);
  for (let i = 0; i < 300; i++) {
    const runs = Array.from({ length: 1 + Math.floor(random() * 20) }, () => Math.floor(random() ** 4 * 1e7));
    assert.deepEqual(decodeCounts(encodeCounts(runs)), runs);
  }
});

test('decodeCounts_badCharacter_isRefused', () => {
  assert.throws(() => decodeCounts('5 2'), RangeError);
  assert.throws(() => decodeCounts('P'), RangeError); // more is announced than there is
});

test('toBitmap_sumOtherThanTheSize_isRefused', () => {
  assert.throws(() => toBitmap([5, 2], 4, 4), RangeError);
});

test('toBitmap_nothingSet_isEmpty', () => {
  assert.deepEqual(toBitmap([16], 4, 4), { x: 0, y: 0, width: 0, height: 0, pixels: new Uint8Array(0) });
});

test('toBitmap_randomMasks_setTheSamePixelsAndNoMoreThanTheBounds', () => {
  const random = dice(11);
  for (let i = 0; i < 300; i++) {
    const { width, height, pixels, runs } = randomMask(random);
    const bitmap = toBitmap(runs, height, width);
    const back = new Array(width * height).fill(0);
    bitmap.pixels.forEach((pixel, at) => {
      const [x, y] = [bitmap.x + (at % bitmap.width), bitmap.y + Math.floor(at / bitmap.width)];
      back[y * width + x] = pixel;
    });
    assert.deepEqual(back, pixels);
    if (bitmap.width > 0) {
      const rows = Array.from({ length: bitmap.height }, (_, y) =>
        [...bitmap.pixels.subarray(y * bitmap.width, (y + 1) * bitmap.width)]);
      assert.ok(rows[0].includes(1) && rows.at(-1).includes(1));
      assert.ok(rows.some((row) => row[0] === 1) && rows.some((row) => row.at(-1) === 1));
    }
  }
});

test('outline_ring_isOuterClockwiseAndHoleTheOtherWay', () => {
  const bitmap = { x: 10, y: 20, width: 3, height: 3, pixels: Uint8Array.of(1, 1, 1, 1, 0, 1, 1, 1, 1) };
  const rings = outline(bitmap);
  assert.deepEqual(rings.map(doubleArea), [18, -2]);
  assert.deepEqual(new Set(rings[0].map(String)), new Set(['10,20', '13,20', '13,23', '10,23']));
});

test('outline_pixelsThatTouchAtACorner_areApart', () => {
  const rings = outline({ x: 0, y: 0, width: 2, height: 2, pixels: Uint8Array.of(1, 0, 0, 1) });
  assert.deepEqual(rings.map(doubleArea), [2, 2]);
});

test('outline_randomMasks_encloseExactlyTheSetPixels', () => {
  const random = dice(13);
  for (let i = 0; i < 300; i++) {
    const { width, height, pixels, runs } = randomMask(random);
    const rings = outline(toBitmap(runs, height, width));
    pixels.forEach((pixel, at) => {
      assert.equal(covered(rings, (at % width) + 0.5, Math.floor(at / width) + 0.5), pixel === 1);
    });
    const set = pixels.filter((pixel) => pixel === 1).length;
    assert.equal(rings.reduce((sum, ring) => sum + doubleArea(ring), 0), 2 * set);
    for (const ring of rings) {
      ring.forEach(([x, y], at) => {
        const [nextX, nextY] = ring[(at + 1) % ring.length];
        assert.ok((x === nextX) !== (y === nextY), 'each side is straight and has a length');
      });
    }
  }
});

/** Whatever a ring begins with, and whichever comes first. */
const inOrder = (rings) => rings.map((ring) => {
  const least = ring.reduce((best, [x, y], at) => (y < ring[best][1] || (y === ring[best][1] && x < ring[best][0]) ? at : best), 0);
  return String([...ring.slice(least), ...ring.slice(0, least)]);
}).sort();

test('outlineOfRuns_randomMasks_areTheSameRings', () => {
  const random = dice(17);
  for (let i = 0; i < 300; i++) {
    const { width, height, runs } = randomMask(random);
    const expected = outline(toBitmap(runs, height, width));
    assert.deepEqual(inOrder(outlineOfRuns(runs, height, width)), inOrder(expected));
  }
});

test('outlineOfRuns_overTheLimitOrOfNothing_isEmpty', () => {
  assert.deepEqual(outlineOfRuns([0, 1], 1, 1, 3), []);
  assert.deepEqual(outlineOfRuns([12], 3, 4), []);
});

test('outline_overTheLimit_isEmpty', () => {
  assert.deepEqual(outline({ x: 0, y: 0, width: 1, height: 1, pixels: Uint8Array.of(1) }, 3), []);
});
