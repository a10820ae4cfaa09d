"""Golden cases of YOLOv5 with its probability of any object, YOLOv7 and YOLOX.

    python3 -m venv venv && venv/bin/pip install torch torchvision onnx onnxruntime onnxscript opencv-python-headless pandas \
        scipy loguru tabulate seaborn thop ninja pycocotools "setuptools<80"
    venv/bin/pip install --no-deps yolov5==7.0.14 yolov7detect==1.0.1
    pip download --no-deps --no-binary :all: yolox==0.3.0 && tar xzf yolox-0.3.0.tar.gz    # its C++ part is not needed
    PYTHONPATH=yolox-0.3.0 venv/bin/python old_yolo_cases.py [case...]

The networks are the packages' own, small, with seeded random weights and a spread head (see ultralytics_cases.py); they are
exported as the packages export them, run by onnxruntime on a picture, and read by the packages' own suppression and scaling.
GPL and AGPL, YOLOX Apache 2.0; run here, never linked.
"""

import pathlib
import sys
import tempfile

import numpy as np

import golden
from ultralytics_cases import NAMES, SEED, picture

WORK = pathlib.Path(tempfile.mkdtemp(prefix="cases-"))
CASES = golden.Cases()
ASSET, SIZE = (320, 240), (160, 160)  # halved, 20 rows of padding above: all the packages' ways of scaling agree on it
SMALL = (96, 72), (64, 64)


def letterboxed(asset, size):
    import cv2

    t = golden.letterbox(asset, size)
    new = round(asset[0] * t["scaleX"]), round(asset[1] * t["scaleY"])
    boxed = np.full((size[1], size[0], 3), 114, np.uint8)
    x, y = t["offsetX"], t["offsetY"]
    boxed[y : y + new[1], x : x + new[0]] = cv2.resize(picture(asset), new)
    return np.ascontiguousarray(boxed[..., ::-1].transpose(2, 0, 1))[None].astype(np.float32) / 255


def spread(model, image, layers):
    """Fits normalisations to the picture, and the outputs of `layers` to a mean and a deviation for each channel."""
    import torch

    image = torch.from_numpy(image)
    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    with torch.no_grad():
        model.float().eval()
        for norm in norms:
            norm.momentum = None
            norm.reset_running_stats()
            norm.train()
        model(torch.cat([image, image.flip(2), image.flip(3)]))
        model.eval()
        seen = {}
        hooks = [conv.register_forward_hook(lambda m, _, out: seen.__setitem__(m, out.clone())) for conv, _, _ in layers]
        model(image)
        for conv, mean, std in layers:
            rows = seen[conv].transpose(0, 1).flatten(1)
            scale = torch.as_tensor(std, dtype=torch.float32) / rows.std(1).clamp(min=1e-12)
            conv.weight.mul_(scale[:, None, None, None])
            conv.bias.copy_(torch.as_tensor(mean, dtype=torch.float32) - (rows.mean(1) - conv.bias) * scale)
        for hook in hooks:
            hook.remove()
    return model


def export(model, name, outputs, size, dynamic=None):
    import torch

    file = WORK / f"{name}.onnx"
    torch.onnx.export(
        model, torch.zeros(1, 3, size[1], size[0]), str(file), input_names=["images"], output_names=outputs,
        opset_version=17, dynamic_axes=dynamic, dynamo=False,
    )
    return file


def noted(file, **metadata):
    import onnx

    model = onnx.load(str(file))
    for key, value in metadata.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, str(value)
    onnx.save(model, str(file))


def run(file, image):
    import onnxruntime

    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    return dict(zip([o.name for o in session.get_outputs()], session.run(None, {"images": image})))


def answer(found, asset, size, transform=golden.letterbox, **more):
    return {"asset": list(asset), "input": list(size), "transform": transform(asset, size), "threshold": 0.25, "iou": 0.45,
            "limit": 300, **more, "annotations": found}


def boxes(rows):
    """Of rows x0, y0, x1, y1, score, class."""
    n = golden.number
    return [{"class": int(row[5]), "score": n(row[4], 7), "box": [n(v) for v in row[:4]]}
            for row in np.asarray(rows) if row[2] > row[0] and row[3] > row[1]]


def origin(*lines):
    import onnx
    import onnxruntime
    import torch

    return ["Made by old_yolo_cases.py: an export of a small network with random weights, run by onnxruntime, read by the "
            "package's own functions.", *lines,
            f"seed {SEED}, torch {torch.__version__}, onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}"]


# --- YOLOv5

V5 = "yolov5 7.0.14: models/yolo.py, export.py, utils/general.py"


def v5_network(asset, size, segment=False):
    import torch
    import yaml
    from yolov5.models import yolo

    torch.manual_seed(SEED)
    config = yaml.safe_load((pathlib.Path(yolo.__file__).parent / "yolov5n.yaml").read_text())
    if segment:
        config["head"][-1] = [config["head"][-1][0], 1, "Segment", ["nc", "anchors", 32, 256]]
    model = (yolo.SegmentationModel if segment else yolo.DetectionModel)(config, ch=3, nc=len(NAMES))
    model.names = dict(enumerate(NAMES))
    image = letterboxed(asset, size)
    return spread(model, image, anchored(model.model[-1])), image


def anchored(head):
    extra = head.no - 5 - len(NAMES)
    mean = ([0, 0, -0.2, -0.2] + [-2.0] + [-0.5] * len(NAMES) + [0] * extra) * head.na
    std = ([1, 1, 0.7, 0.7] + [2.0] + [1.8] * len(NAMES) + [1] * extra) * head.na
    return [(conv, mean, std) for conv in head.m]


def v5_read(prediction, asset, size, nm=0):
    import torch
    from yolov5.utils.general import non_max_suppression, scale_boxes

    rows = non_max_suppression(torch.from_numpy(prediction.copy()), 0.25, 0.45, nm=nm)[0]
    rows[:, :4] = scale_boxes((size[1], size[0]), rows[:, :4], (asset[1], asset[0]))
    return rows


def v5_detect(name, dynamic=None, **more):
    model, image = v5_network(ASSET, SIZE)
    model.model[-1].export = True
    file = export(model, name, ["output0"], SIZE, dynamic)
    noted(file, stride=32, names=model.names)
    outputs = run(file, image)
    golden.write("yolo", name, golden.onnx_signature(file), outputs,
                 answer(boxes(v5_read(outputs["output0"], ASSET, SIZE)), ASSET, SIZE, **more), origin(V5))


@CASES.case
def v5():
    v5_detect("v5")


@CASES.case
def v5_dynamic():
    axes = {"images": {0: "batch", 2: "height", 3: "width"}, "output0": {0: "batch", 1: "anchors"}}
    v5_detect("v5-dynamic", axes, questions=["input.size"])


@CASES.case
def v5_heads():
    """The heads alone, as an export without the last layer has them; the last layer itself then decodes them for the answer."""
    import torch

    asset, size = (256, 192), (128, 128)
    model, image = v5_network(asset, size)

    class Heads(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x):
            self.model.model[-1].training = True  # gives the heads as they are
            return tuple(self.model(x))

    file = export(Heads().eval(), "v5-heads", ["small", "medium", "large"], size)
    outputs = run(file, image)
    head = model.model[-1].eval()
    head.m = torch.nn.ModuleList(torch.nn.Identity() for _ in head.m)
    maps = [torch.from_numpy(given).permute(0, 1, 4, 2, 3).flatten(1, 2) for given in outputs.values()]
    with torch.no_grad():
        whole = head(maps)[0].numpy()
    golden.write("yolo", "v5-heads", golden.onnx_signature(file), outputs,
                 answer(boxes(v5_read(whole, asset, size)), asset, size, classes=NAMES,
                        questions=["classes", "parameters.anchors"]), origin(V5))


@CASES.case
def v5_segment():
    import torch
    from ultralytics.utils.ops import process_mask_native

    asset, size = SMALL
    model, image = v5_network(asset, size, segment=True)
    model.model[-1].export = True
    file = export(model, "v5-segment", ["output0", "output1"], size)
    noted(file, stride=32, names=model.names)
    outputs = run(file, image)
    rows = v5_read(outputs["output0"], asset, size, nm=32)
    masks = process_mask_native(torch.from_numpy(outputs["output1"])[0], rows[:, 6:], rows[:, :4], (asset[1], asset[0]))
    found = [{"class": int(row[5]), "score": golden.number(row[4], 7), "box": [golden.number(v) for v in row[:4]],
              "mask": {"size": list(mask.shape), "counts": golden.rle(mask > 0)}}
             for row, mask in zip(rows.numpy(), masks.numpy()) if mask.any()]
    golden.write("yolo", "v5-segment", golden.onnx_signature(file), outputs, answer(found, asset, size),
                 origin(V5, "Masks by process_mask_native of ultralytics: YOLOv5's own blends what the logistic function gives "
                        "rather than the sums before it, which moves edges by a fraction of a cell."))


# --- YOLOv7

V7 = "yolov7detect 1.0.1: models/yolo.py, models/experimental.py (End2End), utils/general.py"
V7_ANCHORS = [[12, 16, 19, 36, 40, 28], [36, 75, 76, 55, 72, 146], [142, 110, 192, 243, 459, 401]]


def v7_network():
    import torch
    from yolov7.models.yolo import Model

    torch.manual_seed(SEED)
    config = {
        "nc": len(NAMES), "depth_multiple": 1.0, "width_multiple": 1.0, "anchors": V7_ANCHORS,
        "backbone": [[-1, 1, "Conv", [8, 3, 2]], [-1, 1, "Conv", [16, 3, 2]], [-1, 1, "Conv", [32, 3, 2]],
                     [-1, 1, "Conv", [32, 3, 2]], [-1, 1, "Conv", [32, 3, 2]]],
        "head": [[[2, 3, 4], 1, "Detect", ["nc", "anchors"]]],
    }
    model = Model(config, ch=3, nc=len(NAMES))
    image = letterboxed(ASSET, SIZE)
    return spread(model, image, anchored(model.model[-1])), image


def v7_write(name, file, outputs, rows, **more):
    from yolov7.utils.general import scale_coords

    rows[:, :4] = scale_coords((SIZE[1], SIZE[0]), rows[:, :4], (ASSET[1], ASSET[0]))
    golden.write("yolo", name, golden.onnx_signature(file), outputs,
                 answer(boxes(rows.numpy()), ASSET, SIZE, classes=NAMES, **more), origin(V7))


@CASES.case
def v7():
    import torch
    from yolov7.utils.general import non_max_suppression

    model, image = v7_network()

    class Grid(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x):
            return self.model(x)[0]

    file = export(Grid().eval(), "v7", ["output"], SIZE)
    outputs = run(file, image)
    rows = non_max_suppression(torch.from_numpy(outputs["output"].copy()), 0.25, 0.45)[0]
    v7_write("v7", file, outputs, rows, questions=["classes"])


@CASES.case
def v7_end2end():
    import torch
    from yolov7.models.experimental import End2End

    model, image = v7_network()
    ended = End2End(model, 100, 0.45, 0.25, 640, torch.device("cpu"), len(NAMES)).eval()
    file = export(ended, "v7-end2end", ["output"], SIZE, {"output": {0: "detections"}})
    outputs = run(file, image)
    rows = torch.from_numpy(outputs["output"].copy())[:, [1, 2, 3, 4, 6, 5]]
    v7_write("v7-end2end", file, outputs, rows, questions=["classes"])


# --- YOLOX


def yolox(name, decoded):
    import torch
    from yolox.data.data_augment import preproc
    from yolox.models import YOLOPAFPN, YOLOX, YOLOXHead
    from yolox.utils.boxes import postprocess

    torch.manual_seed(SEED)
    nc = len(NAMES)
    model = YOLOX(YOLOPAFPN(0.33, 0.125), YOLOXHead(nc, 0.125))
    image, ratio = preproc(picture(ASSET), (SIZE[1], SIZE[0]))
    image = image[None]
    head = model.head
    layers = [(conv, [0, 0, 1.2, 1.2], [0.7, 0.7, 0.6, 0.6]) for conv in head.reg_preds]
    layers += [(conv, [-1.0], [2.0]) for conv in head.obj_preds]
    layers += [(conv, [-0.5] * nc, [1.8] * nc) for conv in head.cls_preds]
    spread(model, image, layers)
    head.decode_in_inference = decoded
    file = export(model, name, ["output"], SIZE)
    outputs = run(file, image)
    whole = torch.from_numpy(outputs["output"].copy())
    if not decoded:
        model(torch.from_numpy(image))  # its grids, since the export made none that stayed
        whole = head.decode_outputs(whole, "torch.FloatTensor")
    rows = postprocess(whole, nc, 0.25, 0.45)[0]
    found = torch.cat([rows[:, :4] / ratio, (rows[:, 4] * rows[:, 5])[:, None], rows[:, 6:]], 1).detach().numpy()
    found[:, [0, 2]] = found[:, [0, 2]].clip(0, ASSET[0])
    found[:, [1, 3]] = found[:, [1, 3]].clip(0, ASSET[1])
    golden.write("yolox", name, golden.onnx_signature(file), outputs,
                 answer(boxes(found), ASSET, SIZE, golden.top_left, classes=NAMES, questions=["classes"]),
                 origin("yolox 0.3.0: tools/export_onnx.py, data_augment.preproc, utils/boxes.postprocess; boxes cut to the "
                        "picture, which YOLOX leaves to what draws them"))


@CASES.case
def yolox_raw():
    yolox("raw", decoded=False)


@CASES.case
def yolox_decoded():
    yolox("decoded", decoded=True)


def main():
    for name in sys.argv[1:] or list(CASES):
        CASES[name]()


if __name__ == "__main__":
    main()
