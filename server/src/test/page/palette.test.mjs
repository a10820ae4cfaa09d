import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COLOURS, Palette } from '../../main/resources/page/palette.js';

/** Machado, Oliveira and Fernandes 2009, full severity, for linear sRGB. */
const SIGHT = {
  usual: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

const linear = (hex) =>
  [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));

const seen = (matrix, colour) =>
  matrix.map((row) => Math.min(1, Math.max(0, row.reduce((sum, factor, at) => sum + factor * colour[at], 0))));

/** Ottosson 2020. */
function oklab([r, g, b]) {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

const luminance = (hex) => linear(hex).reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);

/** The ink of a tag, as page.css has it. */
const INK = '#101214';

for (const [name, matrix] of Object.entries(SIGHT)) {
  test(`colours_${name}_stayApart`, () => {
    for (const [at, colour] of COLOURS.entries()) {
      for (const other of COLOURS.slice(at + 1)) {
        const [a, b] = [colour, other].map((hex) => oklab(seen(matrix, linear(hex))));
        const distance = Math.hypot(...a.map((value, axis) => value - b[axis]));
        assert.ok(distance >= 0.1, `${colour} and ${other}: ${distance.toFixed(3)}`);
      }
    }
  });
}

test('colours_underATagsInk_haveContrast', () => {
  for (const colour of COLOURS) {
    const contrast = (luminance(colour) + 0.05) / (luminance(INK) + 0.05);
    assert.ok(contrast >= 4.5, `${colour}: ${contrast.toFixed(2)}`);
  }
});

test('palette_label_keepsItsColour', () => {
  const palette = new Palette();
  const first = palette.of('dog');
  palette.of('cat');
  assert.equal(palette.of('dog'), first);
  assert.equal(new Palette().of('dog'), first);
});

test('palette_asManyLabelsAsColours_areAllDifferent', () => {
  const palette = new Palette();
  const given = COLOURS.map((_, at) => palette.of(`label ${at}`));
  assert.equal(new Set(given).size, COLOURS.length);
  assert.ok(COLOURS.includes(palette.of('one more')));
});
