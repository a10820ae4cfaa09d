"""Golden cases of the family `detr`, of the package `transformers`.

    python3 -m venv venv && venv/bin/pip install torch torchvision transformers onnx onnxruntime onnxscript
    venv/bin/python transformers_cases.py [case...]

Each network is built from a small configuration with seeded random weights, its last layers fitted to a picture so that scores
and boxes are spread over what a trained one gives. `torch.onnx.export` makes the file, onnxruntime runs it, and
`post_process_object_detection` of the package's own image processor makes the answer, cut to the picture.
"""

import os
import pathlib
import sys
import tempfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import onnx
import onnxruntime
import torch
import transformers
from transformers.modeling_outputs import ModelOutput

import golden

SEED = 20
NAMES = ["person", "bicycle", "car", "dog", "it's", "sports ball"]
WORK = pathlib.Path(tempfile.mkdtemp(prefix="cases-"))
CASES = golden.Cases()


def fit(model, image, layer, mean, std):
    """Makes what a layer gives over the queries have that mean and spread, each column by itself."""
    seen = []
    hook = layer.register_forward_hook(lambda _m, _i, out: seen.append(out))
    with torch.no_grad():
        model(pixel_values=image)
        hook.remove()
        rows = seen[-1].reshape(-1, seen[-1].shape[-1])
        scale = std / rows.std(0).clamp(min=1e-12)
        shift = torch.as_tensor(mean, dtype=rows.dtype) - rows.mean(0) * scale
        layer.bias.copy_(layer.bias * scale + shift)
        layer.weight.mul_(scale[:, None])


class Tensors(torch.nn.Module):
    """The model as a function of one tensor to two."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        out = self.model(pixel_values=pixel_values)
        return out.logits, out.pred_boxes


class Deployed(torch.nn.Module):
    """As RT-DETR's and D-FINE's own export puts it (`rtdetr_postprocessor.py`, deploy mode), the image's size an input or a constant."""

    def __init__(self, model, size):
        super().__init__()
        self.model = model
        self.register_buffer("size", torch.tensor([[size[0], size[1]]], dtype=torch.int64))

    def forward(self, images, orig_target_sizes=None):
        out = self.model(pixel_values=images)
        size = self.size if orig_target_sizes is None else orig_target_sizes
        cx, cy, w, h = out.pred_boxes.unbind(-1)
        boxes = torch.stack([cx - 0.5 * w, cy - 0.5 * h, cx + 0.5 * w, cy + 0.5 * h], -1)
        boxes = boxes * size.repeat(1, 2).unsqueeze(1)
        scores, index = torch.topk(torch.sigmoid(out.logits).flatten(1), out.logits.shape[1], dim=-1)
        labels = index - index // out.logits.shape[2] * out.logits.shape[2]
        boxes = boxes.gather(1, (index // out.logits.shape[2]).unsqueeze(-1).repeat(1, 1, 4))
        return labels, boxes, scores


def exported(name, model, processor, size, asset, names, threshold, outputs, inputs="pixel_values", wrapped=None,
             dynamic=False, questions=(), parameters=None, sized=False):
    image = golden.picture(size, SEED)
    file = WORK / f"{name}.onnx"
    sizes = {"orig_target_sizes": torch.tensor([list(size)], dtype=torch.int64)} if sized else {}
    names_in = [inputs, *sizes]
    axes = {n: {0: "batch"} for n in ([inputs, *outputs] if dynamic else names_in if sized else [])}
    torch.onnx.export(
        wrapped or Tensors(model), (image, *sizes.values()), str(file), input_names=names_in, output_names=outputs,
        dynamo=False, opset_version=17, dynamic_axes=axes or None)
    if names:
        loaded = onnx.load(str(file))
        onnx.helper.set_model_props(loaded, {"names": str(names)})
        onnx.save(loaded, str(file))
    fed = {inputs: image.numpy(), **{key: value.numpy() for key, value in sizes.items()}}
    got = onnxruntime.InferenceSession(str(file)).run(None, fed)
    signature = golden.onnx_signature(file)
    given = {entry["name"]: array for entry, array in zip(signature["outputs"], got)}
    if wrapped:
        # What the same network gives before it is postprocessed, from a file as well: other kernels choose other queries.
        plain = WORK / f"{name}-plain.onnx"
        torch.onnx.export(Tensors(model), (image,), str(plain), input_names=[inputs], dynamo=False, opset_version=17)
        got = onnxruntime.InferenceSession(str(plain)).run(None, {inputs: image.numpy()})
    logits, boxes = (torch.from_numpy(array) for array in got)
    result = processor.post_process_object_detection(
        ModelOutput(logits=logits, pred_boxes=boxes), threshold=threshold, target_sizes=[(asset[1], asset[0])])[0]
    n = golden.number
    found = []
    for label, score, box in zip(*(result[key].tolist() for key in ("labels", "scores", "boxes"))):
        box = [min(max(v, 0), asset[i % 2]) for i, v in enumerate(box)]
        if box[2] > box[0] and box[3] > box[1]:
            found.append({"class": label, "score": n(score, 7), "box": [n(v) for v in box]})
    answer = {
        "asset": list(asset), "input": list(size), "transform": golden.stretch(asset, size), "threshold": threshold,
        "limit": 300, "questions": list(questions), **({"parameters": parameters} if parameters else {}),
        "annotations": found,
    }
    if not names:
        answer["classes"] = NAMES
    golden.write("detr", name, signature, given, answer, [
        "Made by transformers_cases.py: an ONNX export of a network with random weights, read by the library's own "
        "image processor.",
        f"{type(model).__name__}, seed {SEED}",
        f"transformers {transformers.__version__}, torch {torch.__version__}, onnx {onnx.__version__}, "
        f"onnxruntime {onnxruntime.__version__}",
    ])


def detr_model(size):
    from transformers import DetrConfig, DetrForObjectDetection, ResNetConfig

    torch.manual_seed(SEED)
    config = DetrConfig(
        use_timm_backbone=False, use_pretrained_backbone=False, backbone=None,
        backbone_config=ResNetConfig(embedding_size=8, hidden_sizes=[8, 16, 16, 32], depths=[1, 1, 1, 1],
                                     layer_type="basic", out_features=["stage4"]),
        d_model=32, encoder_layers=1, decoder_layers=1, encoder_ffn_dim=32, decoder_ffn_dim=32,
        encoder_attention_heads=2, decoder_attention_heads=2, num_queries=100, num_labels=len(NAMES))
    model = DetrForObjectDetection(config).eval()
    image = golden.picture(size, SEED)
    fit(model, image, model.class_labels_classifier, [0.0] * len(NAMES) + [1.0], 1.8)
    fit(model, image, model.bbox_predictor.layers[-1], [0.0, 0.0, -1.2, -1.2], 1.1)
    return model


def detr_case(name, **more):
    size, asset = (128, 96), (213, 160)
    exported(name, detr_model(size), transformers.DetrImageProcessor(), size, asset,
             threshold=0.35, outputs=["logits", "pred_boxes"], **more)


@CASES.case
def detr():
    detr_case("detr", names=NAMES)


@CASES.case
def detr_unnamed():
    detr_case("detr-unnamed", names=None, dynamic=True, questions=["classes", "parameters.layout", "input.mean"],
              parameters={"layout": "softmax"})


def real_time(config, model_class, size):
    torch.manual_seed(SEED)
    model = model_class(config).eval()
    image = golden.picture(size, SEED)
    decoder = model.model.decoder
    fit(model, image, decoder.class_embed[-1], -1.6, 1.4)
    return model


def rt_backbone():
    from transformers import RTDetrResNetConfig

    return RTDetrResNetConfig(embedding_size=8, hidden_sizes=[8, 16, 16, 32], depths=[1, 1, 1, 1], layer_type="basic",
                              out_features=["stage2", "stage3", "stage4"])


def rt_arguments():
    return dict(
        backbone_config=rt_backbone(), encoder_hidden_dim=32, encoder_in_channels=[16, 16, 32], feat_strides=[8, 16, 32],
        encoder_layers=1, encoder_ffn_dim=32, encoder_attention_heads=2, d_model=32, num_queries=60,
        decoder_in_channels=[32, 32, 32], decoder_ffn_dim=32, decoder_layers=2, decoder_attention_heads=2,
        num_denoising=0, num_labels=len(NAMES), anchor_image_size=None)


def rt_model(size):
    from transformers import RTDetrConfig, RTDetrForObjectDetection

    return real_time(RTDetrConfig(**rt_arguments()), RTDetrForObjectDetection, size)


@CASES.case
def rt_detr():
    size, asset = (128, 128), (200, 150)
    exported("rt-detr", rt_model(size), transformers.RTDetrImageProcessor(), size, asset, NAMES, 0.4,
             ["logits", "pred_boxes"])


@CASES.case
def rt_detr_deployed():
    size, asset = (128, 128), (200, 150)
    model = rt_model(size)
    exported("rt-detr-deployed", model, transformers.RTDetrImageProcessor(), size, asset, NAMES, 0.4,
             ["labels", "boxes", "scores"], inputs="images", wrapped=Deployed(model, size))


@CASES.case
def rt_detr_sized():
    size, asset = (128, 96), (200, 150)
    model = rt_model(size)
    exported("rt-detr-sized", model, transformers.RTDetrImageProcessor(), size, asset, NAMES, 0.4,
             ["labels", "boxes", "scores"], inputs="images", wrapped=Deployed(model, size), sized=True)


@CASES.case
def d_fine():
    from transformers import DFineConfig, DFineForObjectDetection

    size, asset = (128, 128), (200, 150)
    model = real_time(DFineConfig(**rt_arguments()), DFineForObjectDetection, size)
    exported("d-fine", model, transformers.RTDetrImageProcessor(), size, asset, NAMES, 0.4, ["logits", "pred_boxes"])


@CASES.case
def rf_detr():
    from transformers import RfDetrConfig, RfDetrForObjectDetection
    from transformers.models.rf_detr.configuration_rf_detr import RfDetrDinov2Config

    size, asset = (112, 112), (200, 150)
    # Its table of positions is scaled, even to its own size, by a filter that ONNX has not; to its own size all are alike.
    scaled = torch.nn.functional.interpolate
    torch.nn.functional.interpolate = lambda *given, **more: scaled(*given, **{**more, "antialias": False})
    torch.manual_seed(SEED)
    backbone = RfDetrDinov2Config(
        hidden_size=24, num_hidden_layers=4, num_attention_heads=2, mlp_ratio=2, image_size=112, patch_size=14,
        num_windows=2, num_register_tokens=0, out_features=["stage1", "stage2", "stage3", "stage4"])
    config = RfDetrConfig(
        backbone_config=backbone, d_model=32, decoder_ffn_dim=32, decoder_layers=2, decoder_self_attention_heads=2,
        decoder_cross_attention_heads=2, decoder_n_points=2, num_queries=60, group_detr=1, num_labels=len(NAMES),
        c2f_num_blocks=1)
    model = RfDetrForObjectDetection(config).eval()
    fit(model, golden.picture(size, SEED), model.class_embed, -1.6, 1.4)
    exported("rf-detr", model, transformers.RTDetrImageProcessor(), size, asset, NAMES, 0.4, ["labels", "dets"],
             inputs="input")
    torch.nn.functional.interpolate = scaled


def main():
    for name in sys.argv[1:] or list(CASES):
        CASES[name]()


if __name__ == "__main__":
    main()
