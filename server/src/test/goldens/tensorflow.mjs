// Published TensorFlow.js models, run with TensorFlow.js in plain JavaScript:
//   tensorflow/NAME.json  every output's shape and some of its values, evenly spread
// The input is a picture of coco-rows/, nearest pixel, as value * scale + offset; a model with one channel gets green.
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import * as tf from '@tensorflow/tfjs';
import { goldens, packages, writeJson } from './photos.mjs';

const MOST_VALUES = 250;
const folder = path.join(packages, '@vladmandic/human/models');

/// Where the pixel values go is each model's own; the others of the package are of the same kinds.
const MODELS = [
  { name: 'antispoof', photo: 'astronaut', scale: 1 / 255, offset: 0 },
  { name: 'blazeface', photo: 'astronaut', scale: 1 / 127.5, offset: -1 },
  { name: 'centernet', photo: 'dog', scale: 1, offset: 0 },
  { name: 'emotion', photo: 'astronaut', scale: 1 / 127.5, offset: -1 },
  { name: 'facemesh', photo: 'astronaut', scale: 1 / 255, offset: 0 },
  { name: 'faceres', photo: 'astronaut', scale: 1, offset: 0 },
  { name: 'handlandmark-lite', photo: 'astronaut', scale: 1 / 255, offset: 0 },
  { name: 'handtrack', photo: 'astronaut', scale: 1, offset: 0 },
  { name: 'movenet-lightning', photo: 'astronaut', scale: 1, offset: 0 },
];

async function load(name) {
  const json = JSON.parse(await readFile(path.join(folder, `${name}.json`), 'utf8'));
  const [{ paths, weights }] = json.weightsManifest;
  const bytes = Buffer.concat(await Promise.all(paths.map((shard) => readFile(path.join(folder, shard)))));
  const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const signature = json.signature ?? json.userDefinedMetadata.signature;
  const model = await tf.loadGraphModel({
    load: async () => ({ modelTopology: json.modelTopology, weightSpecs: weights, weightData, signature }),
  });
  return { model, signature };
}

async function picture(photo) {
  const { data, info } = await sharp(path.join(goldens, 'coco-rows', `${photo}.png`)).raw().toBuffer({ resolveWithObject: true });
  return { data, ...info };
}

function input({ data, width, height, channels }, [, h, w, c], { scale, offset }) {
  const values = new Float32Array(h * w * c);
  let at = 0;
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const pixel = (Math.floor((y * height) / h) * width + Math.floor((x * width) / w)) * channels;
      for (let channel = 0; channel < c; channel++) {
        values[at++] = data[pixel + (c === 1 ? 1 : channel)] * scale + offset;
      }
    }
  }
  return values;
}

await tf.setBackend('cpu');
await mkdir(path.join(goldens, 'tensorflow'), { recursive: true });
for (const model of MODELS) {
  const { model: graph, signature } = await load(model.name);
  const [[inputName, declared]] = Object.entries(signature.inputs);
  const shape = declared.tensorShape.dim.map((dim) => Math.max(1, Number(dim.size)));
  const values = input(await picture(model.photo), shape, model);
  const tensor = declared.dtype === 'DT_FLOAT' ? tf.tensor(values, shape) : tf.tensor(Int32Array.from(values), shape, 'int32');
  const names = Object.keys(signature.outputs).sort();
  const results = await graph.executeAsync(
    { [declared.name.replace(/:0$/, '')]: tensor },
    names.map((name) => signature.outputs[name].name.replace(/:0$/, '')),
  );
  const outputs = {};
  [results].flat().forEach((result, i) => {
    const all = result.dataSync();
    const step = Math.ceil(all.length / MOST_VALUES);
    outputs[names[i]] = { shape: result.shape, step, values: Array.from(all).filter((_, at) => at % step === 0) };
  });
  const { name, ...fed } = model;
  await writeJson(path.join(goldens, 'tensorflow', `${name}.json`), { input: { name: inputName, shape, ...fed }, outputs });
  console.log(name, Object.entries(outputs).map(([key, { shape }]) => `${key} [${shape}]`).join(', '));
}
