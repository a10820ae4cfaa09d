"""Golden cases of the family `tf-detection`.

    python3 -m venv venv && venv/bin/pip install numpy
    venv/bin/python tf_detection_cases.py

Beside what the exporters themselves give (`tf_api_cases.py`, `tf_vision_cases.py`), outputs are drawn at random here, as
`exporter_lib_v2.py` and TFLite's `detection_postprocess.cc` shape them, and the answers are worked out by the numpy code below, from
`utils/ops.py` of the API: `reframe_box_masks_to_image_masks` with TensorFlow's `crop_and_resize` (bilinear, corners on centres, 0 beyond).
"""

import numpy as np

import golden

SEED = 20
NAMES = ["person", "bicycle", "", "dog", "it's", "sports ball"]  # the label map has no 3


def boxes_of(rng, count):
    """top, left, bottom, right as shares."""
    centre = rng.uniform(0.1, 0.9, (count, 2))
    half = rng.uniform(0.03, 0.25, (count, 2))
    return np.clip(np.concatenate([centre - half, centre + half], 1), 0, 1).astype(np.float32)


def crop_and_resize(mask, box, height, width):
    """TensorFlow's kernel: one image, one box in normalised coordinates that may reach out, bilinear, 0 beyond."""
    h, w = mask.shape
    y1, x1, y2, x2 = (np.float32(v) for v in box)
    ys = y1 * np.float32(h - 1) + np.arange(height, dtype=np.float32) * ((y2 - y1) * np.float32(h - 1) / np.float32(height - 1))
    xs = x1 * np.float32(w - 1) + np.arange(width, dtype=np.float32) * ((x2 - x1) * np.float32(w - 1) / np.float32(width - 1))
    out = np.zeros((height, width), np.float32)
    for i, y in enumerate(ys):
        if y < 0 or y > h - 1:
            continue
        top, bottom = int(np.floor(y)), int(np.ceil(y))
        for j, x in enumerate(xs):
            if x < 0 or x > w - 1:
                continue
            left, right = int(np.floor(x)), int(np.ceil(x))
            above = mask[top, left] + (mask[top, right] - mask[top, left]) * (x - left)
            below = mask[bottom, left] + (mask[bottom, right] - mask[bottom, left]) * (x - left)
            out[i, j] = above + (below - above) * (y - top)
    return out


def reframed(mask, box, height, width):
    """The unit square in the box's own coordinates is what is cropped of the mask."""
    top, left, bottom, right = (float(v) for v in box)
    unit = [-top / (bottom - top), -left / (right - left), (1 - top) / (bottom - top), (1 - left) / (right - left)]
    return crop_and_resize(mask, unit, height, width)


def blob(rng, side):
    """Probabilities with a shape of their own."""
    y, x = np.mgrid[0:side, 0:side] / (side - 1) - 0.5
    angle = rng.uniform(0, np.pi)
    a, b = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    r = (a / rng.uniform(0.3, 0.6)) ** 2 + (b / rng.uniform(0.15, 0.5)) ** 2
    return (1 / (1 + np.exp(-4 * (1 - r) + rng.normal(0, 0.3, r.shape)))).astype(np.float32)


def drawn(name, names, batch, room, count, first, asset, size, side=0, threshold=0.3, questions=()):
    """names: of the roles boxes, classes, scores, count and masks."""
    rng = np.random.default_rng(SEED)
    boxes = np.zeros((room, 4), np.float32)
    boxes[:count] = boxes_of(rng, count)
    scores = np.zeros(room, np.float32)
    scores[:count] = np.sort(rng.uniform(0.1, 0.99, count).astype(np.float32))[::-1]
    labels = np.full(room, first, np.float32)
    present = [i for i, label in enumerate(NAMES) if label]
    labels[:count] = first + rng.choice(present, count)
    arrays = {"boxes": boxes[None], "classes": labels[None], "scores": scores[None],
              "count": np.array([count], np.float32)}
    if side:
        arrays["masks"] = np.stack([blob(rng, side) for _ in range(room)])[None]
    shapes = {role: [batch, *array.shape[1:]] for role, array in arrays.items()}
    found = []
    for i in range(count):
        if scores[i] < threshold:
            continue
        top, left, bottom, right = (float(v) for v in boxes[i])
        one = {"class": int(labels[i]) - first, "score": golden.number(scores[i], 7),
               "box": [golden.number(v) for v in (left * asset[0], top * asset[1], right * asset[0], bottom * asset[1])]}
        if side:
            mask = reframed(arrays["masks"][0, i], boxes[i], asset[1], asset[0]) > 0.5
            assert mask.any()
            one["mask"] = {"size": [asset[1], asset[0]], "counts": golden.rle(mask)}
        found.append(one)
    outputs = {names[role]: arrays[role] for role in names}
    signature = {
        "inputs": [golden.info("input_tensor", [batch, size[1], size[0], 3] if size[0] else [batch, -1, -1, 3], "uint8")],
        "outputs": [golden.info(names[role], shapes[role]) for role in names],
        "metadata": {"names": str(NAMES)},
    }
    answer = {
        "asset": list(asset), "input": list(size if size[0] else asset),
        "transform": golden.stretch(asset, size if size[0] else asset), "threshold": threshold, "limit": 300,
        "questions": list(questions), "annotations": found,
    }
    if side:
        answer["maskIou"] = 0.999
    golden.write("tf-detection", name, signature, outputs, answer, [
        "Made by tf_detection_cases.py: outputs drawn at random in the API's shapes, answered by its rules in numpy.",
        f"seed {SEED}, numpy {np.__version__}",
    ])


API = {"boxes": "detection_boxes", "classes": "detection_classes", "scores": "detection_scores",
       "count": "num_detections"}


def main():
    drawn("api", API, -1, 100, 60, 1, (213, 160), (0, 0))
    drawn("api-masks", {**API, "masks": "detection_masks"}, 1, 28, 26, 1, (160, 120), (0, 0), side=33, threshold=0.15)
    drawn("renamed", {"boxes": "Identity", "classes": "Identity_1", "scores": "Identity_2", "count": "Identity_3"},
          1, 40, 36, 0, (213, 160), (300, 300), questions=["outputs"])


if __name__ == "__main__":
    main()
