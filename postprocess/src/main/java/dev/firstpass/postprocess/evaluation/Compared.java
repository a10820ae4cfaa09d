package dev.firstpass.postprocess.evaluation;

/// By what findings are held against labels: COCO's `bbox`, `segm` and `keypoints`.
public enum Compared {
    /// The boxes around them.
    BOXES,

    /// The pixels that they cover.
    SHAPES,

    /// Where their joints are.
    JOINTS
}
