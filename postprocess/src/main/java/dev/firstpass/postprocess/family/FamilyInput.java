package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.Prompt;

/// What a family knows beside the outputs themselves.
///
/// Immutable.
///
/// @param stage which stage the outputs are from
/// @param transform asset pixels to the pixels of the row that gave them
public record FamilyInput(
        ModelSpec model, String stage, ImageTransform transform, Prompt prompt, LabelingSpec labeling) {
    /// The least score worth reporting: what the request asks for, or else the model's lowest threshold, but never
    /// above
    /// 0.05, so that what falls just short is counted in the answer.
    public double floor() {
        double wanted = labeling.threshold().orElseGet(() -> model.thresholds().lowest());
        return Math.min(wanted, 0.05);
    }
}
