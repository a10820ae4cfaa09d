"""Golden cases of the families `keypoints`, `faces` and `polylines`.

    python3 -m venv venv && venv/bin/pip install numpy torch transformers onnx onnxruntime
    venv/bin/python points_cases.py [case...]

ViTPose of the package `transformers` is exported with seeded random weights. No package on hand exports SimCC, MoveNet, BlazeFace or
M-LSD, so those outputs are drawn with a seed. What is made of the outputs is written down in numpy after the sources that each
function names; origin.txt says so.
"""

import os
import pathlib
import sys
import tempfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np

import golden

SEED = 20
ASSET = (213, 160)
WORK = pathlib.Path(tempfile.mkdtemp(prefix="cases-"))
CASES = golden.Cases()


def to_asset(points, transform):
    """From pixels of the row, on edges, moved into the asset."""
    x = np.clip((points[..., 0] - transform["offsetX"]) / transform["scaleX"], 0, ASSET[0])
    y = np.clip((points[..., 1] - transform["offsetY"]) / transform["scaleY"], 0, ASSET[1])
    return np.stack([x, y], -1)


def figure(name, signature, outputs, size, points, scores, origin, questions=()):
    transform = golden.letterbox(ASSET, size)
    places = to_asset(points, transform)
    joints = [[golden.number(x), golden.number(y), golden.number(s, 7)] for (x, y), s in zip(places, scores)]
    golden.write("keypoints", name, signature, outputs, {
        "asset": list(ASSET), "input": list(size), "transform": transform, "threshold": 0.0, "limit": 300, "least": 1,
        "questions": list(questions),
        "annotations": [{"class": 0, "score": golden.number(np.mean(scores), 7), "keypoints": joints}],
    }, ["Made by points_cases.py, one figure.", *origin], least=1)


def quarter(maps):
    """`get_max_preds` and `get_final_preds` of HRNet's lib/core/inference.py, without the way back to the picture."""
    count, height, width = maps.shape
    places, scores = np.zeros((count, 2)), np.zeros(count)
    for joint, heat in enumerate(maps):
        best = int(np.argmax(heat))
        column, row = best % width, best // width
        x, y = float(column), float(row)
        if 1 < column < width - 1 and 1 < row < height - 1:
            x += 0.25 * np.sign(heat[row, column + 1] - heat[row, column - 1])
            y += 0.25 * np.sign(heat[row + 1, column] - heat[row - 1, column])
        places[joint] = x, y
        scores[joint] = np.clip(heat.flat[best], 0, 1)
    return places, scores


@CASES.case
def vitpose():
    import onnxruntime
    import torch
    import transformers
    from transformers import VitPoseBackboneConfig, VitPoseConfig, VitPoseForPoseEstimation

    size = (96, 128)
    torch.manual_seed(SEED)
    backbone = VitPoseBackboneConfig(image_size=[size[1], size[0]], patch_size=[16, 16], hidden_size=32, num_hidden_layers=2,
                                     num_attention_heads=2, out_indices=[2])
    config = VitPoseConfig(backbone_config=backbone, num_labels=17, use_simple_decoder=True, scale_factor=4)
    model = VitPoseForPoseEstimation(config).eval()

    class Heatmaps(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, pixel_values):
            # Shifted to where a trained one's maps are: below 1, their greatest values well above 0.
            heat = self.model(pixel_values=pixel_values).heatmaps
            return 0.5 + 0.4 * torch.tanh(3 * heat)

    rng = np.random.default_rng(SEED)
    image = torch.from_numpy(rng.normal(0, 1, (1, 3, size[1], size[0])).astype(np.float32))
    file = WORK / "vitpose.onnx"
    torch.onnx.export(Heatmaps(), (image,), str(file), input_names=["pixel_values"], output_names=["heatmaps"],
                      dynamo=False, opset_version=17)
    (maps,) = onnxruntime.InferenceSession(str(file)).run(None, {"pixel_values": image.numpy()})
    places, scores = quarter(maps[0])
    stride = np.array([size[0] / maps.shape[3], size[1] / maps.shape[2]])
    figure("vitpose", golden.onnx_signature(file), {"heatmaps": maps}, size, places * stride + 0.5, scores, [
        f"VitPoseForPoseEstimation of transformers {transformers.__version__}, random weights, seed {SEED}; read as HRNet's",
        "maps, by numpy. A cell stands for the pixel i x stride, so half a pixel is added to come to edges.",
        f"torch {torch.__version__}, onnxruntime {onnxruntime.__version__}",
    ])


@CASES.case
def simcc():
    size, joints = (96, 128), 17
    rng = np.random.default_rng(SEED)
    across = rng.normal(0, 0.1, (1, joints, 2 * size[0])).astype(np.float32)
    down = rng.normal(0, 0.1, (1, joints, 2 * size[1])).astype(np.float32)
    for joint in range(joints):
        across[0, joint, rng.integers(0, 2 * size[0])] += rng.uniform(0.3, 0.9)
        down[0, joint, rng.integers(0, 2 * size[1])] += rng.uniform(0.3, 0.9)
    places = np.stack([across[0].argmax(-1) / 2.0, down[0].argmax(-1) / 2.0], -1)
    scores = np.clip(np.minimum(across[0].max(-1), down[0].max(-1)), 0, 1)
    signature = {
        "inputs": [golden.info("input", (-1, 3, size[1], size[0]))],
        "outputs": [golden.info("simcc_x", (-1, joints, 2 * size[0])), golden.info("simcc_y", (-1, joints, 2 * size[1]))],
        "metadata": {},
    }
    figure("simcc", signature, {"simcc_x": across, "simcc_y": down}, size, places + 0.5, scores, [
        f"Drawn with seed {SEED} in the shapes of RTMPose's exports; read as `get_simcc_maximum` in DWPose's dwpose_onnx.py, by",
        "numpy. Half a pixel is added to come from pixels' centres to edges.",
    ])


@CASES.case
def movenet():
    size = (192, 192)
    rng = np.random.default_rng(SEED)
    values = rng.uniform(0.05, 0.95, (1, 1, 17, 3)).astype(np.float32)
    places = values[0, 0, :, 1::-1].astype(np.float64) * np.array(size)
    signature = {
        "inputs": [golden.info("input", (1, 192, 192, 3), "int32")],
        "outputs": [golden.info("output_0", (1, 1, 17, 3))],
        "metadata": {},
    }
    figure("movenet", signature, {"output_0": values}, size, places, values[0, 0, :, 2], [
        f"Drawn with seed {SEED} in the shape of MoveNet's output, y and x in 0..1; read by numpy.",
    ])


def anchors(size):
    """SsdAnchorsCalculator of MediaPipe for face_detection_short_range: strides 8, 16, 16, 16, fixed size."""
    centres = []
    for cells, each in ((16, 2), (8, 6)):
        for row in range(cells):
            for column in range(cells):
                centres += [((column + 0.5) / cells * size, (row + 0.5) / cells * size)] * each
    return np.array(centres)


def iou(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


@CASES.case
def blazeface():
    """NonMaxSuppressionCalculator of MediaPipe, WEIGHTED, min_suppression_threshold 0.3, min_score 0.5."""
    side = 128
    rng = np.random.default_rng(SEED)
    logits = rng.normal(-6, 1, (1, 896, 1)).astype(np.float32)
    boxes = rng.normal(0, 3, (1, 896, 16)).astype(np.float32)
    boxes[0, :, 2:4] = rng.uniform(8, 20, (896, 2))
    chosen = rng.choice(896, 110, replace=False)
    logits[0, chosen, 0] = rng.uniform(0.1, 5, 110)
    centres = anchors(side)
    raw = boxes[0].astype(np.float64)
    places = raw.copy()
    places[:, 0:2], places[:, 2:4] = (centres + raw[:, :2] - raw[:, 2:4] / 2), (centres + raw[:, :2] + raw[:, 2:4] / 2)
    places[:, 4::2] += centres[:, :1]
    places[:, 5::2] += centres[:, 1:]
    scores = 1 / (1 + np.exp(-logits[0, :, 0].astype(np.float64)))
    left = sorted(np.flatnonzero(scores >= 0.5), key=lambda i: (-scores[i], i))
    transform = golden.letterbox(ASSET, (side, side))
    found = []
    while left:
        best = left[0]
        same = [i for i in left if i == best or iou(places[best], places[i]) > 0.3]
        left = [i for i in left if i not in same]
        mean = (places[same] * scores[same][:, None]).sum(0) / scores[same].sum()
        points = to_asset(mean.reshape(-1, 2), transform)
        if points[1][0] > points[0][0] and points[1][1] > points[0][1]:
            found.append({
                "class": 0, "score": golden.number(scores[best], 7),
                "box": [golden.number(v) for v in (*points[0], *points[1])],
                "keypoints": [[golden.number(x), golden.number(y)] for x, y in points[2:]],
            })
    signature = {
        "inputs": [golden.info("input", (1, side, side, 3))],
        "outputs": [golden.info("scores1", (1, 512, 1)), golden.info("scores2", (1, 384, 1)),
                    golden.info("boxes1", (1, 512, 16)), golden.info("boxes2", (1, 384, 16))],
        "metadata": {},
    }
    golden.write("faces", "blazeface", signature, {
        "scores1": logits[:, :512], "scores2": logits[:, 512:], "boxes1": boxes[:, :512], "boxes2": boxes[:, 512:],
    }, {
        "asset": list(ASSET), "input": [side, side], "transform": transform, "threshold": 0.5, "iou": 0.3, "limit": 300,
        "parameters": {"task": "pose"}, "annotations": found,
    }, [
        "Made by points_cases.py.",
        f"Drawn with seed {SEED} in the shapes of MediaPipe's short-range model in four outputs; read by numpy after MediaPipe's",
        "SsdAnchorsCalculator, TensorsToDetectionsCalculator and NonMaxSuppressionCalculator (WEIGHTED).",
    ])


@CASES.case
def mlsd():
    """`deccode_output_score_and_ptss` and `pred_lines` of M-LSD's utils.py."""
    side, cells = 128, 64
    rng = np.random.default_rng(SEED)
    heat = rng.uniform(0, 0.09, (cells, cells)).astype(np.float32)
    offsets = rng.uniform(-20, 20, (cells, cells, 4)).astype(np.float32)
    for _ in range(90):
        heat[rng.integers(0, cells), rng.integers(0, cells)] = rng.uniform(0.1, 1)
    padded = np.pad(heat, 2, constant_values=-np.inf)
    greatest = np.max([padded[i:i + cells, j:j + cells] for i in range(5) for j in range(5)], axis=0)
    peaks = np.argwhere(heat == greatest)
    peaks = sorted(peaks.tolist(), key=lambda at: (-heat[at[0], at[1]], at[0] * cells + at[1]))[:200]
    transform = golden.stretch(ASSET, (side, side))
    found = []
    for row, column in peaks:
        score = heat[row, column]
        ends = np.array([[column, row], [column, row]], np.float64) + offsets[row, column].reshape(2, 2)
        if score < 0.1 or np.hypot(*(ends[1] - ends[0])) <= 20:
            continue
        ends = (ends * side / cells) / np.array([transform["scaleX"], transform["scaleY"]])
        first, last = 0.0, 1.0
        step = ends[1] - ends[0]
        for axis in (0, 1):
            for towards, room in ((-step[axis], ends[0][axis]), (step[axis], ASSET[axis] - ends[0][axis])):
                if towards < 0:
                    first = max(first, room / towards)
                elif towards > 0:
                    last = min(last, room / towards)
        if first < last:
            cut = [ends[0] + first * step, ends[0] + last * step]
            found.append({"class": 0, "score": golden.number(score, 7),
                          "polyline": [[golden.number(v) for v in point] for point in cut]})
    signature = {
        "inputs": [golden.info("image", (1, side, side, 3))],
        "outputs": [golden.info("offsets", (1, cells, cells, 4)), golden.info("scores", (1, cells, cells, 1))],
        "metadata": {},
    }
    golden.write("polylines", "mlsd", signature, {"offsets": offsets[None], "scores": heat[None, :, :, None]}, {
        "asset": list(ASSET), "input": [side, side], "transform": transform, "threshold": 0.1, "limit": 300,
        "annotations": found,
    }, [
        "Made by points_cases.py.",
        f"Drawn with seed {SEED} in the shapes of M-LSD's maps; read by numpy after M-LSD's utils.py (score_thr 0.1, dist_thr 20,",
        "topk_n 200, ksize 5), and cut to the asset, which M-LSD does not do.",
    ])


def main():
    for name in sys.argv[1:] or list(CASES):
        CASES[name]()


if __name__ == "__main__":
    main()
