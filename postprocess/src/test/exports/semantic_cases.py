"""Golden cases of the family `semantic`, of the packages `transformers` and `torchvision`.

    python3 -m venv venv && venv/bin/pip install torch torchvision transformers onnx onnxruntime opencv-python-headless
    venv/bin/python semantic_cases.py [case...]

Each network is built with seeded random weights, the classes of its last layer fitted to a picture so that each has its places.
`torch.onnx.export` makes the file and onnxruntime runs it. Which class a pixel is of is what the library's own postprocessing
gives; the regions are OpenCV's components by sides and corners, of at least 64 pixels. A region's score, which no library gives, is
said in origin.txt.
"""

import os
import pathlib
import sys
import tempfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import cv2
import numpy as np
import onnx
import onnxruntime
import torch
import torchvision
import transformers
from transformers.modeling_outputs import SemanticSegmenterOutput

import golden

SEED = 20
NAMES = ["road", "grass", "it's", "tree", "sky", "car"]
ASSET = (213, 160)
MIN_AREA = 64
SCORE = ("score: mean over a region's pixels of the probability of its class in the cell of the map that the pixel's centre "
         "lies in, by numpy")
WORK = pathlib.Path(tempfile.mkdtemp(prefix="cases-"))
CASES = golden.Cases()


def picture(size):
    """Noise at several scales: [1,3,h,w]."""
    rng = np.random.default_rng(SEED)
    image = torch.zeros(1, 3, size[1], size[0])
    for cells in (4, 9, 20):
        noise = torch.from_numpy(rng.normal(0, 1, (1, 3, cells, cells)).astype(np.float32))
        image += torch.nn.functional.interpolate(noise, size=(size[1], size[0]), mode="bicubic")
    return image


def fit(model, image, layer, std):
    """Makes what a layer gives of each class have no mean and that spread."""
    seen = []
    hook = layer.register_forward_hook(lambda _m, _i, out: seen.append(out))
    with torch.no_grad():
        model(image)
        hook.remove()
        rows = seen[-1].movedim(1, -1).reshape(-1, seen[-1].shape[1])
        scale = std / rows.std(0).clamp(min=1e-12)
        layer.weight.mul_(scale.reshape(-1, 1, 1, 1))
        bias = -rows.mean(0) * scale
        layer.bias.copy_(layer.bias * scale + bias if layer.bias is not None else bias)


class Only(torch.nn.Module):
    def __init__(self, model, of):
        super().__init__()
        self.model = model
        self.of = of

    def forward(self, images):
        return self.of(self.model(images))


def nearest(extent, cells):
    """The cell that each pixel's centre lies in."""
    return np.minimum(((np.arange(extent) + 0.5) * cells / extent).astype(int), cells - 1)


def regions(of_class, likely):
    """Class -> bits of the asset, and class -> probability in each cell, as annotations."""
    found = []
    for label in of_class:
        count, groups = cv2.connectedComponents(of_class[label].astype(np.uint8), connectivity=8)
        rows = nearest(ASSET[1], likely.shape[1])
        columns = nearest(ASSET[0], likely.shape[2])
        per_pixel = likely[label][np.ix_(rows, columns)]
        for group in range(1, count):
            bits = groups == group
            if bits.sum() >= MIN_AREA:
                found.append({
                    "class": label, "score": golden.number(per_pixel[bits].mean(), 8),
                    "mask": {"size": [ASSET[1], ASSET[0]], "counts": golden.rle(bits)},
                })
    return found


def exported(name, model, size, output, decode, origin, names=NAMES, questions=("input.mean",), parameters=None,
             mask_iou=0.999):
    image = picture(size)
    file = WORK / f"{name}.onnx"
    model.eval()
    torch.onnx.export(model, (image,), str(file), input_names=["images"], output_names=[output], dynamo=False,
                      opset_version=17)
    loaded = onnx.load(str(file))
    onnx.helper.set_model_props(loaded, {"names": str(names)})
    onnx.save(loaded, str(file))
    signature = golden.onnx_signature(file)
    (got,) = onnxruntime.InferenceSession(str(file)).run(None, {"images": image.numpy()})
    answer = {
        "asset": list(ASSET), "input": list(size), "transform": golden.stretch(ASSET, size), "threshold": 0.0,
        "limit": 300, "questions": list(questions), **({"parameters": parameters} if parameters else {}),
        "maskIou": mask_iou, "annotations": regions(*decode(got)),
    }
    golden.write("semantic", name, signature, {output: got}, answer, [
        "Made by semantic_cases.py: an ONNX export of a network with random weights.",
        origin,
        SCORE,
        f"torch {torch.__version__}, onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}",
    ])


def exclusive(labels, likely, background=None):
    return {label: labels == label for label in range(likely.shape[0]) if label != background}, likely


def segformer_network(size):
    torch.manual_seed(SEED)
    config = transformers.SegformerConfig(
        num_labels=len(NAMES), depths=[1, 1, 1, 1], hidden_sizes=[8, 16, 16, 16], num_attention_heads=[1, 2, 2, 2],
        decoder_hidden_size=16, id2label=dict(enumerate(NAMES)))
    model = transformers.SegformerForSemanticSegmentation(config).eval()
    fit(lambda image: model(pixel_values=image), picture(size), model.decode_head.classifier, 2.0)
    return model


@CASES.case
def segformer():
    size = (128, 96)
    model = Only(segformer_network(size), lambda out: out.logits)

    def decode(logits):
        tensor = torch.from_numpy(logits)
        processor = transformers.SegformerImageProcessor()
        (labels,) = processor.post_process_semantic_segmentation(
            SemanticSegmenterOutput(logits=tensor), target_sizes=[(ASSET[1], ASSET[0])])
        return exclusive(labels.numpy(), tensor.double().softmax(1)[0].numpy())

    exported("segformer", model, size, "logits", decode,
             f"SegformerForSemanticSegmentation of transformers {transformers.__version__}, seed {SEED}")


@CASES.case
def torchvision_lraspp():
    size = (80, 64)
    torch.manual_seed(SEED)
    names = ["__background__", *NAMES[1:]]
    model = torchvision.models.segmentation.lraspp_mobilenet_v3_large(
        weights=None, weights_backbone=None, num_classes=len(names)).eval()
    fit(model, picture(size), model.classifier.low_classifier, 2.0)

    def decode(logits):
        tensor = torch.from_numpy(logits)
        labels = torch.nn.functional.interpolate(tensor, size=(ASSET[1], ASSET[0]), mode="bilinear").argmax(1)[0]
        return exclusive(labels.numpy(), tensor.double().softmax(1)[0].numpy(), background=0)

    exported("torchvision", Only(model, lambda out: out["out"]), size, "out", decode,
             f"lraspp_mobilenet_v3_large of torchvision {torchvision.__version__}, seed {SEED}", names=names)


@CASES.case
def numbers():
    """The classes' numbers, as exports give them that end with argmax."""
    size = (128, 96)
    model = Only(segformer_network(size), lambda out: out.logits.argmax(1))

    def decode(labels):
        rows, columns = nearest(ASSET[1], labels.shape[1]), nearest(ASSET[0], labels.shape[2])
        large = labels[0][np.ix_(rows, columns)]
        return exclusive(large, np.ones((len(NAMES), *labels.shape[1:])))

    exported("numbers", model, size, "labels", decode,
             f"SegformerForSemanticSegmentation of transformers {transformers.__version__} and argmax, seed {SEED}",
             mask_iou=1)


@CASES.case
def sigmoid_last():
    """Independent classes, the channels last and the logistic function inside, as Keras' models end."""
    size = (128, 96)
    model = Only(segformer_network(size), lambda out: out.logits.sigmoid().movedim(1, -1))

    def decode(likely):
        tensor = torch.from_numpy(likely).movedim(-1, 1)
        large = torch.nn.functional.interpolate(tensor, size=(ASSET[1], ASSET[0]), mode="bilinear")[0].numpy()
        return {label: large[label] > 0.5 for label in range(len(NAMES))}, tensor[0].double().numpy()

    exported("sigmoid-last", model, size, "sigmoid", decode,
             f"SegformerForSemanticSegmentation of transformers {transformers.__version__} and sigmoid, seed {SEED}")


def main():
    for name in sys.argv[1:] or list(CASES):
        CASES[name]()


if __name__ == "__main__":
    main()
