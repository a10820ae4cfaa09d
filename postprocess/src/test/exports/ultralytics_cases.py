"""Golden cases of the families `yolo` and `yolox`, and of Ultralytics' RT-DETR.

    python3 -m venv venv && venv/bin/pip install ultralytics onnx onnxruntime onnxslim
    venv/bin/python ultralytics_cases.py [case...]

Each network of the package `ultralytics` gets seeded random weights, and a head whose scores and boxes are spread over what a
trained one gives. Its own exporter makes the ONNX file, and its own predictor, on onnxruntime, reads a picture with it: what
the predictor was handed are the case's outputs, what it made of them is the answer. AGPL; run here, never linked.

Layouts that the package does not write any more are drawn at random (`drawn_*`), and their answers are worked out by the
numpy code below, from the formulas in the projects' own code; origin.txt says so.
"""

import pathlib
import sys
import tempfile

import numpy as np

import golden

SEED = 20
NAMES = ["person", "bicycle", "car", "dog", "it's", "sports ball"]
WORK = pathlib.Path(tempfile.mkdtemp(prefix="cases-"))
CASES = golden.Cases()


# --- Real exports. nms=False is the exporter's word for the heads of v10 and 26 that need no suppression; left out, it exports
# their other heads, which do.


def network(yaml, task, names, **overrides):
    """A network of the package with random weights, its normalisations fitted to noise and its head spread."""
    import torch
    from ultralytics import YOLO
    from ultralytics.nn.tasks import yaml_model_load
    from ultralytics.utils import YAML

    torch.manual_seed(SEED)
    config = yaml_model_load(yaml)
    config.update(nc=len(names), **overrides)
    file = WORK / pathlib.Path(yaml).name
    YAML.save(file, config)
    yolo = YOLO(file, task=task)
    yolo.model.names = dict(enumerate(names))
    return yolo


def picture(size):
    """Noise at several scales, so that places differ: BGR, (w, h)."""
    import cv2

    rng = np.random.default_rng(SEED)
    image = np.zeros((size[1], size[0], 3), np.float32)
    for cells in (4, 9, 20, 45):
        image += cv2.resize(rng.normal(0, 1, (cells, cells, 3)).astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    image -= image.min()
    return (255 * image / image.max()).astype(np.uint8)


def spread(yolo, size, asset, scores=(-3.4, 1.6)):
    """Fits normalisations and the last layers of the head to the picture, so that what comes out varies."""
    import torch
    from ultralytics.data.augment import LetterBox

    boxed = LetterBox((size[1], size[0]), auto=False)(image=picture(asset))
    image = torch.from_numpy(np.ascontiguousarray(boxed[..., ::-1].transpose(2, 0, 1))).float()[None] / 255
    model = yolo.model
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
            module.reset_running_stats()
    batch = torch.cat([image, image.flip(2), image.flip(3), image.roll(7, 3)])
    with torch.no_grad():
        model.train()
        model(batch)
        model.eval()
    head = model.model[-1]
    targets = []
    for prefix in ("", "one2one_"):
        for name, mean, std in (
            ("cv2", 0.0, 2.2 if head.reg_max > 1 else 1.0),
            ("cv3", *scores),
            ("cv4", 0.0, 1.0),
            ("cv4_kpts", 0.0, 1.0),
        ):
            layers = getattr(head, prefix + name, None)
            for level in layers if layers is not None else []:
                last = level[-1] if isinstance(level, torch.nn.Sequential) else level
                if isinstance(last, torch.nn.Conv2d):
                    box = name == "cv2" and head.reg_max == 1
                    targets.append((last, 2.0 if box else mean, 0.6 if box else std))
    seen = {}
    hooks = [conv.register_forward_hook(lambda m, _, out: seen.__setitem__(m, out)) for conv, _, _ in targets]
    with torch.no_grad():
        model(image)
        for conv, mean, std in targets:
            out = seen.get(conv)
            if out is None:
                continue
            rows = out[0].flatten(1)
            scale = std / rows.std(1).clamp(min=1e-12)
            conv.weight.mul_(scale[:, None, None, None])
            bias = conv.bias if conv.bias is not None else 0
            conv.bias.copy_(mean - (rows.mean(1) - bias) * scale)
    for hook in hooks:
        hook.remove()
    return yolo


def exported(name, yolo, size, asset, conf, iou, least=golden.LEAST, of=None, reader=None, **export):
    """Exports, predicts, writes the case."""
    import onnx
    import onnxruntime
    import torch
    import ultralytics
    from ultralytics import YOLO

    task = yolo.task
    if export.get("nms"):
        export.update(conf=conf, iou=iou)
    file = yolo.export(format="onnx", imgsz=[size[1], size[0]], verbose=False, **export)
    reader = reader(file) if reader else YOLO(file, task=task)
    caught = {}

    def catch(predictor):
        inner = predictor.postprocess

        def postprocess(preds, img, orig_imgs, **kwargs):
            tensors = preds if isinstance(preds, (list, tuple)) else [preds]
            caught["outputs"] = [np.array(tensor.cpu().numpy()) for tensor in tensors]
            caught["shape"] = tuple(img.shape[2:])
            return inner(preds, img, orig_imgs, **kwargs)

        predictor.postprocess = postprocess

    reader.add_callback("on_predict_start", catch)
    result = reader.predict(
        picture(asset), imgsz=[size[1], size[0]], conf=conf, iou=iou, retina_masks=True, rect=False, verbose=False
    )[0]
    assert caught["shape"] == (size[1], size[0]), caught["shape"]
    signature = golden.onnx_signature(file)
    signature["metadata"].pop("date", None)
    outputs = {entry["name"]: array for entry, array in zip(signature["outputs"], caught["outputs"])}
    answer = {
        "asset": list(asset),
        "input": list(size),
        "transform": (golden.stretch if of == "detr" else golden.letterbox)(asset, size),
        "threshold": conf,
        "iou": iou,
        "limit": 300,
        "annotations": annotations(result, task, asset),
    }
    origin = [
        "Made by ultralytics_cases.py: an ONNX export of a network with random weights, read by the library's predictor.",
        f"{pathlib.Path(file).name}, export arguments {export}, seed {SEED}",
        f"ultralytics {ultralytics.__version__}, torch {torch.__version__}, onnx {onnx.__version__}, "
        f"onnxruntime {onnxruntime.__version__}",
    ]
    of = of or ("classification" if task == "classify" else "yolo")
    golden.write(of, name, signature, outputs, answer, origin, least)


def annotations(result, task, asset):
    n = golden.number
    if task == "classify":
        return [{"class": i, "score": n(score, 7)} for i, score in enumerate(result.probs.data.cpu().numpy())]
    if task == "obb":
        return [
            {"class": int(row[6]), "score": n(row[5], 7), "rotated": [n(v, 5) for v in row[:4]] + [n(row[4], 7)]}
            for row in result.obb.data.cpu().numpy()
            if row[2] > 0 and row[3] > 0
        ]
    found = []
    for i, row in enumerate(result.boxes.data.cpu().numpy()):
        if task != "segment" and not (row[2] > row[0] and row[3] > row[1]):
            continue  # nothing of it lies in the picture
        one = {"class": int(row[5]), "score": n(row[4], 7), "box": [n(v) for v in row[:4]]}
        if task == "segment":
            mask = result.masks.data[i].cpu().numpy() > 0
            assert mask.shape == (asset[1], asset[0])
            one["mask"] = {"size": list(mask.shape), "counts": golden.rle(mask)}
        if task == "pose":
            one["keypoints"] = [[n(v) for v in joint[:2]] + [n(v, 7) for v in joint[2:]]
                                for joint in result.keypoints.data[i].cpu().numpy()]
        found.append(one)
    return found


def detector(name, yaml, conf=0.25, iou=0.7, size=(160, 160), asset=(213, 160), scores=(-3.4, 1.6), **export):
    yolo = spread(network(yaml, "detect", NAMES), size, asset, scores)
    exported(name, yolo, size, asset, conf, iou, **export)


@CASES.case
def v5u():
    detector("v5u", "yolov5n.yaml", iou=0.45)


@CASES.case
def v8():
    detector("v8", "yolov8n.yaml")


@CASES.case
def v8_oblong():
    detector("v8-oblong", "yolov8n.yaml", size=(192, 128), asset=(333, 250))


@CASES.case
def v8_dynamic():
    detector("v8-dynamic", "yolov8n.yaml", dynamic=True)


@CASES.case
def v8_nms():
    detector("v8-nms", "yolov8n.yaml", nms=True, size=(128, 128))


@CASES.case
def v9():
    detector("v9", "yolov9t.yaml", size=(128, 128), scores=(-3.0, 1.6))


@CASES.case
def v10():
    detector("v10", "yolov10n.yaml", nms=False)


@CASES.case
def v11():
    detector("v11", "yolo11n.yaml", size=(128, 128), scores=(-3.0, 1.6))


@CASES.case
def v12():
    detector("v12", "yolo12n.yaml", size=(128, 128), scores=(-3.0, 1.6))


@CASES.case
def v26():
    detector("v26", "yolo26n.yaml", nms=False)


@CASES.case
def v26_one_to_many():
    detector("v26-one-to-many", "yolo26n.yaml", size=(128, 128), scores=(-3.0, 1.6))


def segmenter(name, yaml, size, asset, scores=(-3.6, 1.6), **export):
    yolo = spread(network(yaml, "segment", NAMES), size, asset, scores)
    exported(name, yolo, size, asset, 0.25, 0.7, **export)


@CASES.case
def v8_segment():
    segmenter("v8-segment", "yolov8n-seg.yaml", (96, 96), (144, 108), (-4.2, 1.6))


@CASES.case
def v11_segment_unpadded():
    segmenter("v11-segment-unpadded", "yolo11n-seg.yaml", (96, 64), (153, 102))


@CASES.case
def v8_segment_nms():
    segmenter("v8-segment-nms", "yolov8n-seg.yaml", (64, 64), (120, 120), (-2.8, 1.6), nms=True)


@CASES.case
def v26_segment():
    segmenter("v26-segment", "yolo26n-seg.yaml", (96, 96), (150, 100), nms=False)


def rotator(name, yaml, size=(128, 128), asset=(200, 150), **export):
    yolo = spread(network(yaml, "obb", NAMES), size, asset, (-1.4, 1.8))
    exported(name, yolo, size, asset, 0.25, 0.6, **export)


@CASES.case
def v8_obb():
    rotator("v8-obb", "yolov8n-obb.yaml")


@CASES.case
def v11_obb_nms():
    rotator("v11-obb-nms", "yolo11n-obb.yaml", nms=True)


@CASES.case
def v26_obb():
    rotator("v26-obb", "yolo26n-obb.yaml", nms=False)


def poser(name, yaml, kpt_shape, names=("person",), **export):
    size, asset = (128, 128), (240, 180)
    yolo = spread(network(yaml, "pose", list(names), kpt_shape=list(kpt_shape)), size, asset, (-1.8, 1.3))
    exported(name, yolo, size, asset, 0.25, 0.7, **export)


@CASES.case
def v8_pose():
    poser("v8-pose", "yolov8n-pose.yaml", (17, 3))


@CASES.case
def v11_pose_plain():
    poser("v11-pose-plain", "yolo11n-pose.yaml", (5, 2), names=("crab", "lobster"))


@CASES.case
def v26_pose():
    poser("v26-pose", "yolo26n-pose.yaml", (17, 3), nms=False)


@CASES.case
def v8_classify():
    yolo = network("yolov8n-cls.yaml", "classify", [f"class {i}" for i in range(24)])
    exported("yolov8-classify", yolo, (64, 64), (100, 80), 0.0, 0.7)


@CASES.case
def rt_detr_ultralytics():
    """The package's smallest, made narrow."""
    import torch
    from ultralytics import RTDETR
    from ultralytics.nn.tasks import yaml_model_load
    from ultralytics.utils import YAML

    torch.manual_seed(SEED)
    config = yaml_model_load("rtdetr-l.yaml")
    config.update(nc=len(NAMES), scales={"l": [0.3, 0.25, 1024]})
    file = WORK / "rtdetr-l.yaml"
    YAML.save(file, config)
    model = RTDETR(file)
    model.model.names = dict(enumerate(NAMES))
    size, asset = (128, 128), (213, 160)
    spread_queries(model, size, asset)
    exported("rt-detr-ultralytics", model, size, asset, 0.4, 0.7, of="detr", reader=RTDETR)


def spread_queries(detr, size, asset, scores=(-3.0, 1.4)):
    """The same for RT-DETR: normalisations fitted to the picture, and the last layer of the scores."""
    import cv2
    import torch

    image = cv2.resize(picture(asset), size)
    image = torch.from_numpy(np.ascontiguousarray(image[..., ::-1].transpose(2, 0, 1))).float()[None] / 255
    model = detr.model
    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for module in norms:
        module.momentum = None
        module.reset_running_stats()
        module.train()
    last = model.model[-1].dec_score_head[-1]
    seen = []
    with torch.no_grad():
        model.eval()
        for module in norms:
            module.train()
        model(torch.cat([image, image.flip(2), image.flip(3), image.roll(7, 3)]))
        model.eval()
        hook = last.register_forward_hook(lambda _m, _i, out: seen.append(out))
        model(image)
        hook.remove()
        rows = seen[-1].reshape(-1, seen[-1].shape[-1])
        scale = scores[1] / rows.std(0).clamp(min=1e-12)
        last.bias.copy_(last.bias * scale + scores[0] - rows.mean(0) * scale)
        last.weight.mul_(scale[:, None])


def main():
    wanted = sys.argv[1:] or list(CASES)
    for name in wanted:
        CASES[name]()


if __name__ == "__main__":
    main()
