import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ago, count, decimals, health, milliseconds, part, short, told } from '../../main/resources/console/words.js';

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
