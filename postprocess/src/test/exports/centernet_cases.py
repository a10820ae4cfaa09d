"""Golden cases of the family `centernet`.

    python3 -m venv venv && venv/bin/pip install numpy torch
    venv/bin/python centernet_cases.py

No package brings CenterNet's own code (the heads of another implementation are in `tf_vision_cases.py`), so the heads are drawn at random in the shapes of its own export, and the answers are worked out by
the code below, which is `_nms`, `_topk` and `ctdet_decode` of the project's `decode.py` written out.
"""

import numpy as np
import torch

import golden

SEED = 20
NAMES = ["person", "bicycle", "car", "dog", "it's", "sports ball"]


def decoded(heat, wh, reg, most=100):
    """Probabilities [C,h,w] to (class, score, box in cells)."""
    peak = torch.nn.functional.max_pool2d(heat[None], 3, stride=1, padding=1)[0]
    heat = heat * (peak == heat).float()
    _, h, w = heat.shape
    scores, index = torch.topk(heat.flatten(), most)
    for score, i in zip(scores.tolist(), index.tolist()):
        label, cell = divmod(i, h * w)
        y, x = divmod(cell, w)
        cx, cy = x + float(reg[0, y, x]), y + float(reg[1, y, x])
        half = float(wh[0, y, x]) / 2, float(wh[1, y, x]) / 2
        yield label, score, (cx - half[0], cy - half[1], cx + half[0], cy + half[1])


def drawn(name, names, is_done):
    rng = np.random.default_rng(SEED)
    asset, size, cells = (240, 180), (128, 128), 32
    heat = rng.normal(-3.2, 1.0, (len(NAMES), cells, cells)).astype(np.float32)
    wh = rng.uniform(1, 12, (2, cells, cells)).astype(np.float32)
    reg = rng.uniform(0, 1, (2, cells, cells)).astype(np.float32)
    probability = torch.from_numpy(heat).sigmoid()
    transform = golden.letterbox(asset, size)
    found = []
    for label, score, box in decoded(probability, wh, reg):
        if score < 0.3:
            continue
        box = [(v * size[i % 2] / cells - transform["offsetX" if i % 2 == 0 else "offsetY"])
               / transform["scaleX" if i % 2 == 0 else "scaleY"] for i, v in enumerate(box)]
        box = [min(max(v, 0), asset[i % 2]) for i, v in enumerate(box)]
        if box[2] > box[0] and box[3] > box[1]:
            found.append({"class": label, "score": golden.number(score, 7), "box": [golden.number(v) for v in box]})
    arrays = dict(zip(names, ((probability.numpy() if is_done else heat)[None], wh[None], reg[None])))
    signature = {
        "inputs": [golden.info("input", [1, 3, size[1], size[0]])],
        "outputs": [golden.info(key, array) for key, array in arrays.items()],
        "metadata": {"names": str(NAMES)},
    }
    answer = {"asset": list(asset), "input": list(size), "transform": transform, "threshold": 0.3, "limit": 100,
              "annotations": found}
    golden.write("centernet", name, signature, arrays, answer, [
        "Made by centernet_cases.py: heads drawn at random, answered by CenterNet's rules.",
        f"seed {SEED}, numpy {np.__version__}, torch {torch.__version__}",
    ])


if __name__ == "__main__":
    drawn("logits", ("hm", "wh", "reg"), False)
    drawn("probabilities", ("heat_sigmoid", "size", "offset"), True)
