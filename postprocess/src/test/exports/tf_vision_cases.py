"""Golden cases of `tf-detection` by TensorFlow's Model Garden, and of `centernet` by its CenterNet.

    python3 -m venv venv
    venv/bin/pip install tensorflow-cpu==2.20.0 tf-keras tf-slim matplotlib opencv-python-headless pycocotools scipy pandas \
        pyyaml gin-config immutabledict psutil py-cpuinfo
    venv/bin/pip install --no-deps tf-models-official==2.20.0 tensorflow-hub tensorflow-model-optimization tensorflow-datasets \
        tensorflow-text==2.20.* sentencepiece sacrebleu seqeval
    venv/bin/python tf_vision_cases.py [CASE...]

RetinaNet and Mask R-CNN have random weights and are saved by `official.vision.serving.detection.DetectionModule`; answers are its
own boxes taken back to the picture by the `image_info` beside them and its own masks pasted, as its evaluation does it. CenterNet's heads are those of
an hourglass with random weights, put into the order of CenterNet's own export (channels first, right before down); answers are by the
Garden's `CenterNetDetectionGenerator`.
"""

import os
import sys
import tempfile

os.environ.update(TF_USE_LEGACY_KERAS="1", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")

import numpy as np
import tensorflow as tf
import tf_keras
from official.core import exp_factory
from official.projects.centernet.configs import backbones
from official.projects.centernet.modeling.backbones import hourglass
from official.projects.centernet.modeling.heads import centernet_head
from official.projects.centernet.modeling.layers import detection_generator
from official.vision import registry_imports
from official.vision.configs import common
from official.vision.serving import detection
from official.vision.ops import mask_ops as mask_ops

import golden
import tf_golden

SEED = 32
NAMES = ["person", "bicycle", "car", "dog", "it's", "sports ball"]
ASSET = (213, 160)
VERSIONS = f"seed {SEED}, tf-models-official 2.20.0, tensorflow {tf.__version__}, numpy {np.__version__}"


def garden(name, experiment, is_share):
    tf.random.set_seed(SEED)
    rng = np.random.default_rng(SEED)
    is_masked = experiment.startswith("maskrcnn")
    params = exp_factory.get_exp_config(experiment)
    params.task.model.num_classes = len(NAMES) + 1
    params.task.model.backbone.resnet.model_id = 18
    params.task.model.decoder.fpn.num_filters = 32
    params.task.model.detection_generator.max_num_detections = 28 if is_masked else 60
    if is_share:
        params.task.export_config.output_normalized_coordinates = True
    module = detection.DetectionModule(params, batch_size=1, input_image_size=[128, 128], input_type="image_tensor")
    for variable in module.model.variables:
        if "detection_head" in variable.name:
            variable.assign(variable + rng.normal(0, 0.3, variable.shape).astype(np.float32))
        if variable.name.endswith("bias:0") and np.mean(variable) < -4:  # of classes: nothing would be found
            variable.assign(np.full(variable.shape, -1))
        if "kernel" in variable.name and np.std(variable) < 1e-4:  # of heads, which begin at nothing
            variable.assign(rng.normal(0, 0.5, variable.shape))
        if "mask_head" in variable.name and "kernel" in variable.name:
            variable.assign(variable * 2)
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures=module.get_inference_signatures({"image_tensor": "serving_default"}))
        function = tf.saved_model.load(folder).signatures["serving_default"]
        given, signature = tf_golden.signature(function, NAMES)
        outputs = {key: value.numpy() for key, value in function(**{given: tf_golden.picture(ASSET, SEED)[None]}).items()}
    print(name, {key: value.shape for key, value in outputs.items()})
    count = int(outputs["num_detections"][0])
    boxes, scores = outputs["detection_boxes"][0].astype(np.float64), outputs["detection_scores"][0]
    classes, image_info = outputs["detection_classes"][0], outputs["image_info"][0].astype(np.float64)
    print(count, scores[::6], np.bincount(classes.astype(int)), image_info)
    boxes = boxes * np.tile(image_info[0], 2) if is_share else boxes / np.tile(image_info[2], 2)
    threshold = golden.number((scores[min(count, 36) - 1] + scores[min(count, 37) - 1]) / 2, 6)
    masks = None
    if is_masked:
        pasted = np.stack([boxes[:, 1], boxes[:, 0], boxes[:, 3] - boxes[:, 1], boxes[:, 2] - boxes[:, 0]], 1)
        masks = mask_ops.paste_instance_masks(outputs["detection_masks"][0], pasted, ASSET[1], ASSET[0])
    boxes = np.clip(boxes, 0, [ASSET[1], ASSET[0]] * 2)
    found = []
    for i in range(count):
        top, left, bottom, right = (float(v) for v in boxes[i])
        if scores[i] < threshold or bottom <= top or right <= left or (is_masked and not masks[i].any()):
            continue
        one = {"class": int(classes[i]) - 1, "score": golden.number(scores[i], 7),
               "box": [golden.number(v) for v in (left, top, right, bottom)]}
        if is_masked:
            one["mask"] = {"size": [ASSET[1], ASSET[0]], "counts": golden.rle(masks[i])}
        found.append(one)
    used = {"detection_boxes", "detection_scores", "detection_classes", "num_detections", "detection_masks", "image_info"}
    answer = {
        "asset": list(ASSET), "input": list(ASSET), "transform": golden.stretch(ASSET, ASSET), "threshold": threshold,
        "limit": 300, "questions": [], "annotations": found,
    }
    if is_share:
        answer["parameters"] = {"boxes": "shares"}
    if is_masked:
        answer["maskIou"] = 0.999
    golden.write("tf-detection", name, signature, {key: outputs[key] for key in outputs if key in used}, answer, [
        "Made by tf_vision_cases.py: exported by TensorFlow's Model Garden, boxes taken back by its image_info.", VERSIONS,
    ])


def letterboxed(transform, side):
    """Any pixels will do: the heads are given with the answer."""
    image = tf.image.resize(tf_golden.picture(ASSET, SEED).astype(np.float32) / 255, (round(ASSET[1] * transform["scaleY"]), side))
    return tf.image.pad_to_bounding_box(image, transform["offsetY"], transform["offsetX"], side, side)[None]


def centernet(name):
    tf.random.set_seed(SEED)
    rng = np.random.default_rng(SEED)
    side, down, most = 128, 4, 100
    backbone = hourglass.build_hourglass(
        tf_keras.layers.InputSpec(shape=[None, side, side, 3]), backbones.Backbone(type="hourglass"), common.NormActivation())
    head = centernet_head.CenterNetHead(
        task_outputs={"ct_heatmaps": len(NAMES), "ct_offset": 2, "ct_size": 2},
        input_specs=backbone.output_specs, input_levels=["2_0", "2"])
    transform = golden.letterbox(ASSET, (side, side))
    raw = head(backbone(letterboxed(transform, side)))
    heads = {key: value[-1].numpy() for key, value in raw.items()}
    # Random weights say much the same everywhere: each head is brought to where a trained one's values lie.
    for key, middle, deviation in (("ct_heatmaps", -3.5, 1.2), ("ct_size", 7, 2.5), ("ct_offset", 0.5, 0.2)):
        value = heads[key]
        heads[key] = ((value - value.mean((0, 1, 2))) / value.std((0, 1, 2)) * deviation + middle).astype(np.float32)
    generator = detection_generator.CenterNetDetectionGenerator(
        input_image_dims=side, net_down_scale=down, max_detections=most, class_offset=0)
    answer = generator({key: [tf.constant(value)] for key, value in heads.items()})
    boxes, scores, classes = (answer[key].numpy()[0] for key in ("boxes", "confidence", "classes"))
    threshold = golden.number((scores[39] + scores[40]) / 2, 6)
    found = []
    for i in range(most):
        top, left, bottom, right = (float(v) for v in boxes[i])
        box = [(v - transform["offset" + axis]) / transform["scale" + axis]
               for v, axis in ((left, "X"), (top, "Y"), (right, "X"), (bottom, "Y"))]
        box = [min(max(v, 0), ASSET[n % 2]) for n, v in enumerate(box)]
        if scores[i] >= threshold and box[2] > box[0] and box[3] > box[1]:
            found.append({"class": int(classes[i]), "score": golden.number(scores[i], 7), "box": [golden.number(v) for v in box]})
    planes = {key: np.moveaxis(value, 3, 1) for key, value in heads.items()}
    outputs = {"hm": planes["ct_heatmaps"], "wh": planes["ct_size"][:, ::-1], "reg": planes["ct_offset"][:, ::-1]}
    signature = {
        "inputs": [golden.info("input", [1, 3, side, side])],
        "outputs": [golden.info(key, value) for key, value in outputs.items()],
        "metadata": {"names": str(NAMES)},
    }
    golden.write("centernet", name, signature, outputs, {
        "asset": list(ASSET), "input": [side, side], "transform": transform, "threshold": threshold, "limit": 300,
        "questions": [], "annotations": found,
    }, [
        "Made by tf_vision_cases.py: heads of an hourglass with random weights, brought to where trained ones lie; answered by",
        "CenterNetDetectionGenerator of TensorFlow's Model Garden.",
        VERSIONS,
    ])


CASES = {
    "garden-retinanet": lambda name: garden(name, "retinanet_resnetfpn_coco", False),
    "garden-retinanet-shares": lambda name: garden(name, "retinanet_resnetfpn_coco", True),
    "garden-mask-rcnn": lambda name: garden(name, "maskrcnn_resnetfpn_coco", False),
    "garden": centernet,
}


def main():
    for name in sys.argv[1:] or CASES:
        CASES[name](name)


if __name__ == "__main__":
    main()
