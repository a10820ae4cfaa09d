"""Golden cases of the family `torchvision`, of the package `torchvision`.

    python3 -m venv venv && venv/bin/pip install torch torchvision onnx onnxruntime
    venv/bin/python torchvision_cases.py [case...]

Each detector is built with seeded random weights, its heads fitted to a picture so that scores and boxes are spread over what
a trained one gives. `torch.onnx.export` makes the file; what onnxruntime gives are the outputs. A detector of this package
thins out by itself, so its outputs are its answer: boxes are brought from the input's pixels to the asset's, masks by
`paste_masks_in_image` or, where the file has pasted them, by `interpolate` to the asset's size.
"""

import pathlib
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
import torch
import torchvision
from torchvision.models import detection
from torchvision.models.detection.roi_heads import paste_masks_in_image

import golden

SEED = 20
NAMES = ["__background__", "person", "bicycle", "car", "dog", "it's", "sports ball"]
WORK = pathlib.Path(tempfile.mkdtemp(prefix="cases-"))
CASES = golden.Cases()


def fit(model, image, layer, mean=0.0, std=1.0, best=None):
    """Makes what a layer gives have that mean and spread, each channel by itself, over all places and levels.

    best: instead, the share of the places that lies above the first figure, and the second, which is the greatest: so every
    class has its turn, whatever stands out.
    """
    seen = []
    hook = layer.register_forward_hook(
        lambda _m, _i, out: seen.append(out.movedim(1, -1).reshape(-1, out.shape[1]) if out.dim() == 4 else out))
    with torch.no_grad():
        model(list(image))
        hook.remove()
        rows = torch.cat(seen)
        if best is None:
            scale = std / rows.std(0).clamp(min=1e-12)
            shift = mean - rows.mean(0) * scale
        else:
            share, low, high = best
            edge = rows.quantile(1 - share, dim=0)
            scale = (high - low) / (rows.max(0).values - edge).clamp(min=1e-12)
            shift = low - edge * scale
        layer.bias.copy_(layer.bias * scale + shift)
        layer.weight.mul_(scale.reshape(-1, *[1] * (layer.weight.dim() - 1)))


def normalised(model, image):
    """Fits the normalisations to the picture."""
    layers = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for layer in layers:
        layer.momentum = None
        layer.reset_running_stats()
        layer.train()
    with torch.no_grad():
        model([*image, *image.flip(2), *image.flip(3), *image.roll(7, 3)])
    for layer in layers:
        layer.eval()


class Raw(torch.nn.Module):
    """Without the last step: masks as the head gives them, in the frame of their box."""

    def __init__(self, model):
        super().__init__()
        self.model = model
        model.transform.postprocess = lambda result, _shapes, _sizes: result

    def forward(self, images):
        return self.model(images)


def exported(name, model, size, asset, threshold, names=NAMES, outputs=("boxes", "labels", "scores"), raw=False,
             questions=(), dynamic=False, parameters=None):
    image = golden.picture(size, SEED)
    file = WORK / f"{name}.onnx"
    model.eval()
    axes = {output: {0: "detections"} for output in outputs}
    if dynamic:
        axes["images"] = {2: "height", 3: "width"}
    torch.onnx.export(
        Raw(model) if raw else model, (image,), str(file), input_names=["images"], output_names=list(outputs),
        dynamo=False, opset_version=17, dynamic_axes=axes)
    if names:
        loaded = onnx.load(str(file))
        onnx.helper.set_model_props(loaded, {"names": str(names)})
        onnx.save(loaded, str(file))
    signature = golden.onnx_signature(file)
    got = onnxruntime.InferenceSession(str(file)).run(None, {"images": image.numpy()})
    given = {entry["name"]: array for entry, array in zip(signature["outputs"], got)}
    boxes, labels, scores = (given[key] for key in ("boxes", "labels", "scores"))
    scale = np.array([asset[0] / size[0], asset[1] / size[1]] * 2, np.float64)
    in_asset = boxes * scale
    n = golden.number
    masks = None
    if "masks" in given:
        masks = torch.from_numpy(given["masks"])
        if raw:
            masks = paste_masks_in_image(masks, torch.from_numpy(in_asset.astype(np.float32)), (asset[1], asset[0]))
        elif asset != size:
            masks = torch.nn.functional.interpolate(masks, size=(asset[1], asset[0]), mode="bilinear")
    found = []
    for i, (box, label, score) in enumerate(zip(in_asset, labels, scores)):
        box = [min(max(v, 0), asset[k % 2]) for k, v in enumerate(box)]
        if score < threshold or not (box[2] > box[0] and box[3] > box[1]):
            continue
        one = {"class": int(label), "score": n(score, 7), "box": [n(v) for v in box]}
        if masks is not None:
            mask = masks[i, 0].numpy() > 0.5
            if not mask.any():
                continue
            one["mask"] = {"size": [asset[1], asset[0]], "counts": golden.rle(mask)}
        found.append(one)
    answer = {
        "asset": list(asset), "input": list(size), "transform": golden.stretch(asset, size), "threshold": threshold,
        "limit": 300, "questions": list(questions), **({"parameters": parameters} if parameters else {}),
        "annotations": found,
    }
    if masks is not None:
        answer["maskIou"] = 0.999
    if not names:
        answer["classes"] = NAMES[1:]
        for one in found:
            one["class"] -= 1
    golden.write("torchvision", name, signature, given, answer, [
        "Made by torchvision_cases.py: an ONNX export of a detector with random weights.",
        f"{type(model).__name__}, seed {SEED}",
        f"torchvision {torchvision.__version__}, torch {torch.__version__}, onnx {onnx.__version__}, "
        f"onnxruntime {onnxruntime.__version__}",
    ])


def two_stage(build, size, limit, threshold, **more):
    torch.manual_seed(SEED)
    model = build(weights=None, weights_backbone=None, num_classes=len(NAMES), min_size=min(size), max_size=max(size),
                  box_detections_per_img=limit, rpn_post_nms_top_n_test=200, **more).eval()
    image = golden.picture(size, SEED)
    fit(model, image, model.rpn.head.cls_logits, 0.0, 2.0)
    fit(model, image, model.rpn.head.bbox_pred, 0.0, 0.3)
    fit(model, image, model.roi_heads.box_predictor.cls_score, 0.0, 2.0)
    fit(model, image, model.roi_heads.box_predictor.bbox_pred, 0.0, 0.8)
    return model


@CASES.case
def faster_rcnn():
    size = (160, 128)
    model = two_stage(detection.fasterrcnn_mobilenet_v3_large_320_fpn, size, 40, 0.3)
    exported("faster-rcnn", model, size, (213, 160), 0.3)


@CASES.case
def faster_rcnn_unnamed():
    size = (160, 128)
    model = two_stage(detection.fasterrcnn_mobilenet_v3_large_320_fpn, size, 40, 0.3)
    exported("faster-rcnn-unnamed", model, size, (213, 160), 0.3, names=None, dynamic=True,
             questions=["classes"])


def mask_model(size, limit=30, nms=0.5):
    from torchvision.models.detection.backbone_utils import mobilenet_backbone

    torch.manual_seed(SEED)
    backbone = mobilenet_backbone(backbone_name="mobilenet_v3_large", weights=None, fpn=True, trainable_layers=6)
    anchors = detection.anchor_utils.AnchorGenerator(((16, 32, 64),) * 3, ((0.5, 1.0, 2.0),) * 3)
    model = detection.MaskRCNN(backbone, num_classes=len(NAMES), min_size=min(size), max_size=max(size),
                               rpn_anchor_generator=anchors, box_detections_per_img=limit, box_nms_thresh=nms,
                               rpn_post_nms_top_n_test=200).eval()
    image = golden.picture(size, SEED)
    fit(model, image, model.rpn.head.cls_logits, 0.0, 2.0)
    fit(model, image, model.rpn.head.bbox_pred, 0.0, 0.3)
    fit(model, image, model.roi_heads.box_predictor.cls_score, best=(0.2, 0.0, 4.0))
    fit(model, image, model.roi_heads.box_predictor.bbox_pred, 0.0, 0.8)
    fit(model, image, model.roi_heads.mask_predictor.mask_fcn_logits, 0.3, 1.5)
    return model


MASKED = ("boxes", "labels", "scores", "masks")


@CASES.case
def mask_rcnn():
    size = (40, 32)
    exported("mask-rcnn", mask_model(size, 24, 0.9), size, (60, 48), 0.1, outputs=MASKED)


@CASES.case
def mask_rcnn_raw():
    size = (96, 64)
    exported("mask-rcnn-raw", mask_model(size, 24), size, (144, 96), 0.3, outputs=MASKED, raw=True)


# These two give their outputs in another order.
DENSE = ("boxes", "scores", "labels")


@CASES.case
def retinanet():
    from torchvision.models.detection.backbone_utils import mobilenet_backbone

    size = (128, 96)
    torch.manual_seed(SEED)
    backbone = mobilenet_backbone(backbone_name="mobilenet_v3_large", weights=None, fpn=True, trainable_layers=6)
    anchors = detection.anchor_utils.AnchorGenerator(((16, 32, 64),) * 3, ((0.5, 1.0, 2.0),) * 3)
    model = detection.RetinaNet(backbone, num_classes=len(NAMES) - 1, min_size=min(size), max_size=max(size),
                                anchor_generator=anchors, detections_per_img=60).eval()
    image = golden.picture(size, SEED)
    fit(model, image, model.head.classification_head.cls_logits, best=(0.05, -2.0, 2.5))
    fit(model, image, model.head.regression_head.bbox_reg, 0.0, 0.3)
    exported("retinanet", model, size, (200, 150), 0.4, names=NAMES[1:], outputs=DENSE,
             parameters={"firstLabel": "0"})  # it has no background


@CASES.case
def ssdlite():
    size = (320, 320)
    torch.manual_seed(SEED)
    model = detection.ssdlite320_mobilenet_v3_large(
        weights=None, weights_backbone=None, num_classes=len(NAMES), detections_per_img=60).eval()
    image = golden.picture(size, SEED)
    normalised(model, image)
    for block in model.head.classification_head.module_list:
        fit(model, image, block[-1], 0.0, 2.0)
    for block in model.head.regression_head.module_list:
        fit(model, image, block[-1], 0.0, 0.5)
    exported("ssdlite", model, size, (400, 300), 0.5, outputs=DENSE)


def main():
    for name in sys.argv[1:] or list(CASES):
        CASES[name]()


if __name__ == "__main__":
    main()
