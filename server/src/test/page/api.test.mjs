import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prelabelPath } from '../../main/resources/page/api.js';

const parametersOf = (query) => Object.fromEntries(new URL(prelabelPath(query), 'http://h/').searchParams);

test('prelabelPath_plainQuery_asksForNoMoreThanItMust', () => {
  assert.equal(prelabelPath({ ref: 'coco', assetId: 'dog.jpg' }), 'v1/models/coco/prelabels?format=firstpass&asset-id=dog.jpg');
});

test('prelabelPath_versionInTheReference_staysReadable', () => {
  assert.match(prelabelPath({ ref: 'coco@3', assetId: 'a' }), /^v1\/models\/coco@3\/prelabels\?/);
});

test('prelabelPath_space_isNoPlus', () => {
  assert.match(prelabelPath({ ref: 'x', assetId: 'a b+c' }), /asset-id=a%20b%2Bc$/);
});

test('prelabelPath_everyOption_survivesTheAddress', () => {
  assert.deepEqual(
    parametersOf({
      ref: 'coco',
      assetId: 'a & b?.jpg',
      format: 'label-studio',
      threshold: 0.35,
      classes: ['cell phone', 'dog'],
      geometry: 'polygon',
      formatOptions: { from_name: 'tag=1', to_name: 'image' },
    }),
    {
      format: 'label-studio',
      threshold: '0.35',
      classes: 'cell phone,dog',
      geometry: 'polygon',
      'asset-id': 'a & b?.jpg',
      'format-options': 'from_name:tag=1,to_name:image',
    });
});

test('prelabelPath_commas_travelAsJson', () => {
  const parameters = parametersOf({
    ref: 'x', assetId: 'a', classes: ['tench, Tinca tinca', 'dog'], formatOptions: { names: 'a,b' },
  });
  assert.equal(parameters.classes, '["tench, Tinca tinca","dog"]');
  assert.equal(parameters['format-options'], '{"names":"a,b"}');
});

test('prelabelPath_nativeGeometry_isNotSaid', () => {
  assert.equal(parametersOf({ ref: 'x', assetId: 'a', geometry: 'native' }).geometry, undefined);
});
