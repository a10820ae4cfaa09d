import assert from 'node:assert/strict';
import { test } from 'node:test';
import { account, inWords, parseServerTiming } from '../../main/resources/page/timing.js';

test('parseServerTiming_headerOfTheServer_givesItsSpans', () => {
  assert.deepEqual(parseServerTiming('fetch;dur=0.000, infer;dur=23.700, total;dur=24.100'), [
    { name: 'fetch', millis: 0 },
    { name: 'infer', millis: 23.7 },
    { name: 'total', millis: 24.1 },
  ]);
});

test('parseServerTiming_otherForms_areReadOrLeftOut', () => {
  assert.deepEqual(parseServerTiming('a;desc="x";dur="1.5",b,c;dur=x, ;dur=2'), [{ name: 'a', millis: 1.5 }]);
  assert.deepEqual(parseServerTiming(''), []);
});

test('account_spansWithTotal_leavesTheRestOutside', () => {
  const spans = [{ name: 'fetch', millis: 0 }, { name: 'infer', millis: 20 }, { name: 'total', millis: 21 }];
  assert.deepEqual(account(spans, 30), { stages: [{ name: 'infer', millis: 20 }], server: 21, outside: 9 });
});

test('account_noTotal_isTheSumOfTheSpans', () => {
  assert.deepEqual(account([{ name: 'infer', millis: 20 }], 10), {
    stages: [{ name: 'infer', millis: 20 }], server: 20, outside: 0,
  });
});

test('inWords_anyLength_isShort', () => {
  assert.deepEqual([0.01, 0.25, 9.96, 23.7, 12_345].map(inWords), ['< 0.1 ms', '0.3 ms', '10.0 ms', '24 ms', '12.3 s']);
});
