import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flow } from '../../main/resources/console/flow.js';
import { ago, count, decimals, duration, health, milliseconds, part, perSecond, short, size, told } from '../../main/resources/console/words.js';

const AT = '2026-01-02T03:04:05Z';
const after = (seconds) => Date.parse(AT) + seconds * 1000;

test('a moment is told by its greatest whole unit', () => {
  assert.equal(ago(AT, after(59)), 'just now');
  assert.equal(ago(AT, after(60)), '1 minute ago');
  assert.equal(ago(AT, after(3600 * 5 + 59)), '5 hours ago');
  assert.equal(ago(AT, after(86_400 * 2)), '2 days ago');
});

test('a clock that goes before the server\'s does not tell the future', () => {
  assert.equal(ago(AT, after(-100)), 'just now');
});

test('digests are told apart by twelve digits', () => {
  assert.equal(short(`sha256:${'0123456789ab'.padEnd(64, 'f')}`), '0123456789ab');
});

test('an audit line tells what changed, and why it did not', () => {
  const line = { action: 'alias', subject: 'production', from: '1', to: '2', result: 'done' };
  assert.equal(told(line), 'alias production 1 to 2');
  assert.equal(told({ ...line, from: '' }), 'alias production 2');
  assert.equal(told({ ...line, result: 'refused: it is 3' }), 'alias production 1 to 2 (refused: it is 3)');
});

test('a model is as well as what is in production, and not ill where that is too old to be shown', () => {
  const versions = [{ version: 3, state: 'AVAILABLE' }, { version: 4, state: 'CORRUPT' }];
  assert.equal(health({ aliases: { production: 3 }, versions }), 'AVAILABLE');
  assert.equal(health({ aliases: { production: 4 }, versions }), 'CORRUPT');
  assert.equal(health({ aliases: { production: 1 }, versions }), undefined);
  assert.equal(health({ aliases: { staging: 3 }, versions }), 'FAILED');
});

test('figures are written for people, and what is not known is a dash', () => {
  assert.equal(part(1), '100 %');
  assert.equal(part(0.9876), '98.8 %');
  assert.equal(count(12345), '12,345');
  assert.equal(decimals(-0.01), '-0.010');
  assert.equal(milliseconds(12.34), '12.3 ms');
  assert.equal(milliseconds(1234.6), '1235 ms');
  for (const written of [part, count, decimals, milliseconds]) assert.equal(written(undefined), '–');
});

test('sizes and times are told in units that people read', () => {
  assert.equal(size(0), '0 B');
  assert.equal(size(1023), '1023 B');
  assert.equal(size(1536 * 1024), '1.5 MiB');
  assert.equal(size(200 * 1024 ** 3), '200 GiB');
  assert.equal(duration(0), '0 seconds');
  assert.equal(duration(61), '1 minute 1 second');
  assert.equal(duration(7200), '2 hours');
  assert.equal(duration(90_061), '1 day 1 hour');
  assert.equal(perSecond(undefined), '–');
  assert.equal(perSecond(3.14), '3.1 /s');
});

const queue = { runs: 10, ranRows: 40, capacityRows: 80 };
const status = (uptimeSeconds, requests, changed = {}) =>
  ({ uptimeSeconds, requests, versions: [{ ref: 'coco@3', queue: { ...queue, ...changed } }, { ref: 'cold@1' }] });

test('what moves is told for each second between two looks', () => {
  const before = status(60, { OK: 100 });
  const now = status(64, { OK: 108, OVERLOADED: 2 }, { runs: 12, ranRows: 56, capacityRows: 96 });
  const moving = flow(now, before, 4);
  assert.deepEqual(moving.reasons, { OK: 2, OVERLOADED: 0.5 });
  assert.equal(moving.requests, 2.5);
  assert.deepEqual(moving.versions, { 'coco@3': { rows: 4, batch: 8, fill: 1 } });
});

test('without an earlier look, or where counts began anew, there is no speed, and never a negative one', () => {
  const first = flow(status(60, { OK: 100 }));
  assert.equal(first.requests, undefined);
  assert.deepEqual(first.versions['coco@3'], { rows: undefined, batch: 4, fill: 0.5 });
  const restarted = flow(status(1, { OK: 3 }), status(60, { OK: 100 }), 3);
  assert.equal(restarted.requests, undefined);
  const reloaded = flow(status(63, { OK: 103 }, { runs: 1, ranRows: 1, capacityRows: 8 }), status(60, { OK: 100 }), 3);
  assert.deepEqual(reloaded.versions['coco@3'], { rows: undefined, batch: 1, fill: 0.125 });
  assert.equal(reloaded.requests, 1);
});
