"""Golden cases of the family `tf-detection` by the TensorFlow Object Detection API's own exporter.

    python3 -m venv venv
    venv/bin/pip install tensorflow-cpu==2.20.0 tf-keras tf-slim lvis matplotlib opencv-python-headless pycocotools scipy pandas \
        pyyaml gin-config immutabledict psutil py-cpuinfo
    venv/bin/pip install --no-deps tf-models-official==2.20.0 tensorflow-hub tensorflow-model-optimization tensorflow-datasets \
        tensorflow-text==2.20.* sentencepiece sacrebleu seqeval
    venv/bin/pip download --no-deps --no-binary :all: tf-object-detection-api==0.1   (and unpack it)
    venv/bin/python tf_api_cases.py UNPACKED [CASE...]

Models are built from small pipelines with random weights, saved by `exporter_lib_v2.export_inference_graph` and run from the
SavedModel that it wrote. Answers are what the API's own evaluation makes of a SavedModel's outputs: boxes times the picture's
sides, and masks by `ops.reframe_box_masks_to_image_masks`, set where above a half.
"""

import os
import pathlib
import sys
import tempfile
import types

os.environ.update(TF_USE_LEGACY_KERAS="1", PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION="python", TF_CPP_MIN_LOG_LEVEL="3",
                  CUDA_VISIBLE_DEVICES="")
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/slim"]
# For one kind of augmentation only.
sys.modules["tensorflow_io"] = types.ModuleType("tensorflow_io")

import numpy as np
import tensorflow as tf
from google.protobuf import text_format
from object_detection import exporter_lib_v2
from object_detection.builders import model_builder
from object_detection.protos import pipeline_pb2
from object_detection.utils import ops

import golden
import tf_golden

SEED = 31
NAMES = ["person", "bicycle", "car", "dog", "it's", "sports ball"]
ASSET = (213, 160)

HYPER = """op: CONV regularizer { l2_regularizer { weight: 0.00004 } }
    initializer { truncated_normal_initializer { stddev: %s } } activation: RELU_6
    batch_norm { decay: 0.997 scale: true epsilon: 0.001 }"""
NMS = """batch_non_max_suppression { score_threshold: 1e-8 iou_threshold: 0.6 max_detections_per_class: 40
    max_total_detections: 60 }"""

SSD = """model { ssd { num_classes: 6
  image_resizer { fixed_shape_resizer { height: 128 width: 128 } }
  feature_extractor { type: "ssd_mobilenet_v2_keras" depth_multiplier: 0.35 min_depth: 8 use_depthwise: true
    conv_hyperparams { """ + HYPER % 0.03 + """ } override_base_feature_extractor_hyperparams: true }
  box_coder { faster_rcnn_box_coder { y_scale: 10 x_scale: 10 height_scale: 5 width_scale: 5 } }
  matcher { argmax_matcher { matched_threshold: 0.5 unmatched_threshold: 0.5 } }
  similarity_calculator { iou_similarity {} }
  box_predictor { convolutional_box_predictor { conv_hyperparams { """ + HYPER % 0.1 + """ } kernel_size: 3
    box_code_size: 4 class_prediction_bias_init: -1.0 } }
  anchor_generator { ssd_anchor_generator { num_layers: 6 min_scale: 0.2 max_scale: 0.9
    aspect_ratios: 1 aspect_ratios: 2 aspect_ratios: 0.5 } }
  post_processing { """ + NMS + """ score_converter: SIGMOID }
  loss { classification_loss { weighted_sigmoid_focal {} } localization_loss { weighted_smooth_l1 {} }
    classification_weight: 1 localization_weight: 1 }
} }"""

FASTER = """model { faster_rcnn { num_classes: 6 number_of_stages: %d
  image_resizer { %s }
  feature_extractor { type: "faster_rcnn_resnet50_keras" batch_norm_trainable: false }
  first_stage_anchor_generator { grid_anchor_generator { scales: 0.25 scales: 0.5 aspect_ratios: 1 aspect_ratios: 2
    height_stride: 16 width_stride: 16 } }
  first_stage_box_predictor_conv_hyperparams { op: CONV regularizer { l2_regularizer {} }
    initializer { truncated_normal_initializer { stddev: 0.05 } } }
  first_stage_nms_score_threshold: 0 first_stage_nms_iou_threshold: 0.7 first_stage_max_proposals: 40
  first_stage_localization_loss_weight: 2 first_stage_objectness_loss_weight: 1
  initial_crop_size: 14 maxpool_kernel_size: 2 maxpool_stride: 2
  second_stage_box_predictor { mask_rcnn_box_predictor {
    fc_hyperparams { op: FC regularizer { l2_regularizer {} } initializer { variance_scaling_initializer { factor: 0.5
      mode: FAN_AVG } } }
    %s } }
  second_stage_post_processing { """ + NMS + """ score_converter: SOFTMAX }
  second_stage_localization_loss_weight: 2 second_stage_classification_loss_weight: 1
} }"""
MASKS = """predict_instance_masks: true mask_height: 15 mask_width: 15 mask_prediction_conv_depth: 16
    mask_prediction_num_conv_layers: 2
    conv_hyperparams { op: CONV regularizer { l2_regularizer {} } initializer { truncated_normal_initializer { stddev: 0.6 } } }"""

CENTERNET = """model { center_net { num_classes: 6
  feature_extractor { type: "hourglass_10" channel_stds: [58.395, 57.12, 57.375] channel_means: [123.675, 116.28, 103.53]
    bgr_ordering: false }
  image_resizer { keep_aspect_ratio_resizer { min_dimension: 128 max_dimension: 128 pad_to_max_dimension: true } }
  object_detection_task { task_loss_weight: 1 offset_loss_weight: 1 scale_loss_weight: 0.1
    localization_loss { l1_localization_loss {} } }
  object_center_params { object_center_loss_weight: 1 min_box_overlap_iou: 0.7 max_box_predictions: 60
    classification_loss { penalty_reduced_logistic_focal_loss { alpha: 2 beta: 4 } } }
} }"""

CASES = {
    "exported-ssd": SSD,
    "exported-faster-rcnn": FASTER % (2, "keep_aspect_ratio_resizer { min_dimension: 100 max_dimension: 160 }", ""),
    "exported-mask-rcnn": FASTER % (3, "fixed_shape_resizer { height: 128 width: 128 }", MASKS),
    "exported-centernet": CENTERNET,
}


def exported(config, folder):
    tf.random.set_seed(SEED)
    np.random.seed(SEED)
    pipeline = pipeline_pb2.TrainEvalPipelineConfig()
    text_format.Parse(config, pipeline)
    model = model_builder.build(pipeline.model, is_training=False)
    image, shapes = model.preprocess(tf.zeros((1, ASSET[1], ASSET[0], 3)))
    model.postprocess(model.predict(image, shapes), shapes)
    spread(model)
    tf.train.CheckpointManager(tf.train.Checkpoint(model=model), f"{folder}/start", max_to_keep=1).save()
    exporter_lib_v2.export_inference_graph("image_tensor", pipeline, f"{folder}/start", f"{folder}/exported")
    return tf.saved_model.load(f"{folder}/exported/saved_model").signatures["serving_default"]


# Part of a variable's name, the prediction that it makes, and how far that is to spread.
HEADS = [
    ("FirstStageBoxPredictor/ConvolutionalBoxHead", "rpn_box_encodings", 0.5),
    ("FirstStageBoxPredictor/ConvolutionalClassHead", "rpn_objectness_predictions_with_background", 2),
    ("BoxEncodingPredictor_dense", "refined_box_encodings", 1),
    ("ClassPredictor_dense", "class_predictions_with_background", 1.5),
    ("MaskPredictor_last", "mask_predictions", 3),
]


def spread(model):
    """Weights with biases and to scale, so that detections differ, and are some."""
    rng = np.random.default_rng(SEED)
    for part, prediction, deviation in HEADS:
        heads = [variable for variable in getattr(model, "variables", []) or [] if part in variable.name]
        if heads:
            image, shapes = model.preprocess(tf.constant(tf_golden.picture(ASSET, SEED)[None], tf.float32))
            said = model.predict(image, shapes)
            if prediction not in said:
                said = model.postprocess(said, shapes)
            factor = deviation / np.std(said[prediction].numpy())
            for variable in heads:
                variable.assign(variable * factor)
    for variable in getattr(model, "variables", []) or []:
        if "beta" in variable.name or variable.name.endswith("bias:0"):
            variable.assign(variable + rng.normal(0, 0.2, variable.shape).astype(np.float32))
    for head in getattr(model, "_prediction_head_dict", {}).get("box/scale", []):
        head.layers[-1].bias.assign_add([6, 8])  # cells: height, width


def case(name, config):
    with tempfile.TemporaryDirectory() as folder:
        function = exported(config, folder)
        given, signature = tf_golden.signature(function, NAMES)
        outputs = {key: value.numpy() for key, value in function(**{given: tf_golden.picture(ASSET, SEED)[None]}).items()}
    print(name, {key: value.shape for key, value in outputs.items()})
    count = int(outputs["num_detections"][0])
    boxes, scores = outputs["detection_boxes"][0], outputs["detection_scores"][0]
    classes = outputs["detection_classes"][0]
    print(count, scores[:60:6], np.bincount(classes.astype(int)))
    sides = np.array([ASSET[1], ASSET[0]] * 2)
    areas = np.prod(np.maximum((boxes[:, 2:] - boxes[:, :2]) * sides[:2], 0), 1)
    threshold = golden.number((scores[min(count, 36) - 1] + scores[min(count, 37) - 1]) / 2, 6)
    masks = None
    if "detection_masks" in outputs:
        masks = ops.reframe_box_masks_to_image_masks(outputs["detection_masks"][0], boxes, ASSET[1], ASSET[0]).numpy() > 0.5
    found = []
    for i in range(count):
        if scores[i] < threshold or areas[i] == 0 or (masks is not None and not masks[i].any()):
            continue
        top, left, bottom, right = (float(v) for v in boxes[i] * sides)
        one = {"class": int(classes[i]) - 1, "score": golden.number(scores[i], 7),
               "box": [golden.number(v) for v in (left, top, right, bottom)]}
        if masks is not None:
            one["mask"] = {"size": [ASSET[1], ASSET[0]], "counts": golden.rle(masks[i])}
        found.append(one)
    used = {"detection_boxes", "detection_scores", "detection_classes", "num_detections", "detection_masks"}
    answer = {
        "asset": list(ASSET), "input": list(ASSET), "transform": golden.stretch(ASSET, ASSET), "threshold": threshold,
        "limit": 300, "questions": [], "annotations": found,
    }
    if masks is not None:
        answer["maskIou"] = 0.98
    golden.write("tf-detection", name, signature, {key: outputs[key] for key in outputs if key in used}, answer, [
        "Made by tf_api_cases.py: exported and answered by the TensorFlow Object Detection API (tf-object-detection-api 0.1).",
        "Where a box ends at the picture's border, TensorFlow's float32 loses a mask's last row or column of pixels.",
        "Outputs that the family does not read are in the signature only.",
        f"seed {SEED}, tensorflow {tf.__version__}, numpy {np.__version__}",
    ])


def main():
    for name in sys.argv[2:] or CASES:
        case(name, CASES[name])


if __name__ == "__main__":
    main()
