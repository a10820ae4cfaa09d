// The bundled photos as raw RGB, and where goldens are written.
import { readdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import sharp from 'sharp';

const here = path.dirname(fileURLToPath(import.meta.url));
const samples = path.join(here, '../../main/resources/samples');
export const goldens = path.join(here, '../resources/goldens');
export const packages = path.join(here, 'node_modules');

export async function photos() {
  const names = (await readdir(samples)).filter((name) => /\.(jpg|png)$/.test(name)).sort();
  return Promise.all(names.map(async (name) => ({ name, ...(await rgb(path.join(samples, name))) })));
}

/// 8-bit RGB, row-major, no orientation applied (the samples are stored upright).
async function rgb(file) {
  const { data, info } = await sharp(file).toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`${file}: ${info.channels} channels (expected: 3)`);
  return { data, width: info.width, height: info.height };
}

/// Bilinear without antialiasing, pixel centres at .5 on both sides. `channels` interleaved; returns floats.
export function resizeHalfPixel({ data, width, height }, channels, toWidth, toHeight) {
  const axis = (from, to) =>
    Array.from({ length: to }, (_, i) => {
      const at = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
      const low = Math.floor(at);
      return { low, high: Math.min(low + 1, from - 1), part: at - low };
    });
  const columns = axis(width, toWidth);
  const rows = axis(height, toHeight);
  const out = new Float32Array(toWidth * toHeight * channels);
  let o = 0;
  for (const row of rows) {
    for (const column of columns) {
      for (let c = 0; c < channels; c++) {
        const value = (y, x) => data[(y * width + x) * channels + c];
        const top = value(row.low, column.low) * (1 - column.part) + value(row.low, column.high) * column.part;
        const bottom = value(row.high, column.low) * (1 - column.part) + value(row.high, column.high) * column.part;
        out[o++] = top * (1 - row.part) + bottom * row.part;
      }
    }
  }
  return out;
}

export async function writeJson(file, value) {
  await writeFile(file, JSON.stringify(value, null, 1) + '\n');
}
