package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.Prompt;
import java.util.List;

/// What a family knows beside the outputs themselves.
///
/// Immutable.
///
/// @param stage which stage the outputs are from
/// @param findings what earlier stages found; empty in the first
public record FamilyInput(
        ModelSpec model, String stage, List<Annotation> findings, Prompt prompt, LabelingSpec labeling) {
    /// Where counting of near misses begins.
    private static final double NEAR_MISS = 0.05;

    public FamilyInput {
        findings = List.copyOf(findings);
    }

    /// The least score worth reporting: what the request asks for, or else the model's lowest threshold, but never
    /// above 0.05, so that what falls just short is counted in the answer.
    public double floor() {
        return Math.min(labeling.lowestThreshold(model), NEAR_MISS);
    }
}
