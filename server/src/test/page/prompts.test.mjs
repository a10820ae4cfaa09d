import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pointed, boxBetween, within } from '../../main/resources/page/prompts.js';

const click = (x, y, label = 'foreground') => ({ click: { x, y, label } });
const box = (x, y, width, height) => ({ box: { x, y, width, height } });
const SIZE = { width: 400, height: 300 };

test('prompt_ofNothing_isNone', () => {
  assert.equal(new Pointed().prompt, undefined);
  assert.equal(new Pointed().with(click(1, 2)).cleared().prompt, undefined);
});

test('prompt_ofClicksAndBoxes_hasAllClicksAndTheLastBox', () => {
  const pointed = new Pointed().with(click(1, 2)).with(box(1, 1, 9, 9)).with(click(3, 4, 'background')).with(box(2, 2, 5, 5));
  assert.deepEqual(pointed.prompt, {
    points: [{ x: 1, y: 2, label: 'foreground' }, { x: 3, y: 4, label: 'background' }],
    box: { x: 2, y: 2, width: 5, height: 5 },
  });
  assert.equal(pointed.words, 'a box, 1 point, 1 point left out');
});

test('prompt_ofABoxAlone_hasNoPoints', () => {
  assert.deepEqual(new Pointed().with(box(1, 1, 9, 9)).prompt, { box: { x: 1, y: 1, width: 9, height: 9 } });
});

test('undone_stepByStep_goesBackOverBoxesAndClearing', () => {
  const one = new Pointed().with(box(1, 1, 9, 9));
  const two = one.with(box(2, 2, 5, 5));
  assert.deepEqual(two.undone().prompt, one.prompt);
  assert.deepEqual(two.cleared().undone().prompt, two.prompt);
  assert.equal(one.undone().prompt, undefined);
  assert.equal(one.undone().canUndo, false);
  assert.equal(new Pointed().undone().isEmpty, true);
});

test('within_besideThePhoto_isItsEdge_andFartherIsNothing', () => {
  assert.deepEqual(within({ x: -2, y: 150.126 }, SIZE, 1), { x: 0, y: 150.13 });
  assert.deepEqual(within({ x: 402, y: 301 }, SIZE, 1), { x: 400, y: 300 });
  assert.equal(within({ x: -2, y: 10 }, SIZE, 10), undefined);
  assert.equal(within({ x: 10, y: 320 }, SIZE, 1), undefined);
});

test('boxBetween_anyCorners_isTheirPartOfThePhoto', () => {
  assert.deepEqual(boxBetween({ x: 50, y: 80 }, { x: 10, y: -20 }, SIZE), { x: 10, y: 0, width: 40, height: 80 });
  assert.equal(boxBetween({ x: -50, y: -80 }, { x: -10, y: -20 }, SIZE), undefined);
  assert.equal(boxBetween({ x: 5, y: 5 }, { x: 5, y: 50 }, SIZE), undefined);
});
