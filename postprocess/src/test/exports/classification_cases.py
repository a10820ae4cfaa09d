"""Golden cases of the family `classification`, of the packages `torchvision`, `timm` and `transformers`.

    python3 -m venv venv && venv/bin/pip install torch torchvision timm transformers onnx onnxruntime
    venv/bin/python classification_cases.py [case...]

Each network is built with seeded random weights, its last biases spread so that the classes differ. `torch.onnx.export` makes the
file, onnxruntime runs it on a picture that the library's own transforms have brought to the model, and what the library's users
do with the logits, softmax or the logistic function, is the answer.
"""

import os
import pathlib
import sys
import tempfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import onnx
import onnxruntime
import PIL.Image
import timm
import torch
import torchvision
import transformers

import golden

SEED = 20
CLASSES = 24
ASSET = (100, 80)
WORK = pathlib.Path(tempfile.mkdtemp(prefix="cases-"))
CASES = golden.Cases()


def picture():
    rng = np.random.default_rng(SEED)
    small = PIL.Image.fromarray(rng.integers(0, 256, (9, 12, 3), dtype=np.uint8))
    return small.resize(ASSET, PIL.Image.Resampling.BICUBIC)


def spread(layer, deviation):
    """Gives each class a bias of its own."""
    with torch.no_grad():
        layer.bias.copy_(torch.from_numpy(np.random.default_rng(SEED).normal(0, deviation, len(layer.bias))))


def centre_crop(side, resized):
    """From asset to a row of `side` out of a picture whose shorter side is `resized`."""
    shorter = min(ASSET)
    new = [resized if extent == shorter else int(resized * extent / shorter) for extent in ASSET]
    return {
        "scaleX": new[0] / ASSET[0],
        "scaleY": new[1] / ASSET[1],
        "offsetX": -round((new[0] - side) / 2),
        "offsetY": -round((new[1] - side) / 2),
    }


def exported(name, model, image, likely, transform, origin, output="logits", names=None, questions=(), parameters=None):
    file = WORK / f"{name}.onnx"
    model.eval()
    torch.onnx.export(model, (image,), str(file), input_names=["images"], output_names=[output], dynamo=False,
                      opset_version=17, dynamic_axes={"images": {0: "batch"}, output: {0: "batch"}})
    if names:
        loaded = onnx.load(str(file))
        onnx.helper.set_model_props(loaded, {"names": str(names)})
        onnx.save(loaded, str(file))
    signature = golden.onnx_signature(file)
    (logits,) = onnxruntime.InferenceSession(str(file)).run(None, {"images": image.numpy()})
    scores = likely(torch.from_numpy(logits.astype(np.float64)))[0].numpy()
    answer = {
        "asset": list(ASSET), "input": [image.shape[3], image.shape[2]], "transform": transform, "threshold": 0.0,
        "limit": 300, "questions": list(questions), **({"parameters": parameters} if parameters else {}),
        "annotations": [{"class": i, "score": golden.number(score, 8)} for i, score in enumerate(scores)],
    }
    if not names:
        answer["classes"] = [f"class {i}" for i in range(CLASSES)]
    golden.write("classification", name, signature, {output: logits}, answer, [
        "Made by classification_cases.py: an ONNX export of a network with random weights.",
        origin,
        f"torch {torch.__version__}, onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}",
    ])


def softmax(logits):
    return logits.softmax(-1)


@CASES.case
def torchvision_named():
    torch.manual_seed(SEED)
    model = torchvision.models.mobilenet_v3_small(weights=None, num_classes=CLASSES)
    spread(model.classifier[-1], 2.0)
    transforms = torchvision.transforms._presets.ImageClassification(crop_size=56, resize_size=64)
    image = transforms(picture())[None]
    assert image.shape[2:] == (56, 56)
    exported("torchvision", model, image, softmax, centre_crop(56, 64),
             f"mobilenet_v3_small of torchvision {torchvision.__version__}, seed {SEED}, resized to 64, cropped to 56",
             names=[f"class {i}" for i in range(CLASSES)], questions=["input.mean"])


@CASES.case
def timm_unnamed():
    torch.manual_seed(SEED)
    model = timm.create_model("mobilenetv3_small_050", pretrained=False, num_classes=CLASSES)
    spread(model.classifier, 2.0)
    transforms = timm.data.create_transform(input_size=(3, 56, 56), crop_pct=0.875, is_training=False)
    image = transforms(picture())[None]
    exported("timm-unnamed", model, image, softmax, centre_crop(56, 64),
             f"mobilenetv3_small_050 of timm {timm.__version__}, seed {SEED}, crop_pct 0.875",
             output="output", questions=["classes", "input.mean"])


class Logits(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        return self.model(pixel_values=pixel_values).logits


@CASES.case
def transformers_multi_label():
    torch.manual_seed(SEED)
    config = transformers.ViTConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, image_size=48, patch_size=16,
        num_labels=CLASSES, problem_type="multi_label_classification")
    model = transformers.ViTForImageClassification(config)
    spread(model.classifier, 2.0)
    image = torch.from_numpy(np.random.default_rng(SEED).normal(0, 1, (1, 3, 48, 48)).astype(np.float32))
    exported("transformers-multi-label", Logits(model), image, torch.sigmoid, golden.stretch(ASSET, (48, 48)),
             f"ViTForImageClassification of transformers {transformers.__version__}, seed {SEED}",
             names=[f"class {i}" for i in range(CLASSES)], questions=["input.mean"],
             parameters={"task": "multi-label"})


def main():
    for name in sys.argv[1:] or list(CASES):
        CASES[name]()


if __name__ == "__main__":
    main()
