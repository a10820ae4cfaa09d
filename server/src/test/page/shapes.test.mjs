import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anchor, corners } from '../../main/resources/page/shapes.js';

const near = (actual, expected) =>
  actual.forEach((point, at) =>
    point.forEach((value, axis) => assert.ok(Math.abs(value - expected[at][axis]) < 1e-9, `${actual} / ${expected}`)));

test('corners_noAngle_areThoseOfTheBox', () => {
  near(corners({ cx: 10, cy: 20, width: 4, height: 2, angle: 0 }), [[8, 19], [12, 19], [12, 21], [8, 21]]);
});

test('corners_quarterTurn_goesClockwiseAsSeen', () => {
  // The top-left corner comes to the top right, since y points down.
  near(corners({ cx: 0, cy: 0, width: 4, height: 2, angle: 90 }), [[1, -2], [1, 2], [-1, 2], [-1, -2]]);
});

test('anchor_levelTop_isItsLeftEnd', () => {
  const box = { x: 0, y: 0, width: 10, height: 10 };
  const polygon = { parts: [[[[9, 0], [9, 10], [0, 10], [0, 0.5]]]] };
  assert.deepEqual(anchor({ type: 'polygon', box, polygon }), { x: 0, y: 0.5 });
});

test('anchor_mask_isOnTheMask', () => {
  // 4 rows, 3 columns: the last two rows of the first column, all of the second.
  const box = { x: 0, y: 0, width: 2, height: 4 };
  assert.deepEqual(anchor({ type: 'mask', box, mask: { size: [4, 3], counts: '264' } }), { x: 1, y: 0 });
});
