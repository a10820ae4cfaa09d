package dev.firstpass.postprocess.spec;

import dev.firstpass.postprocess.annotation.GeometryKind;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What is wanted of an answer: the model's own defaults below, the labeling project above them, the request on top
/// ([LabelingWishes]). A request without a project has the unnamed one, filled from its options.
///
/// Immutable; equal specs give equal answers, so it is part of the cache key.
///
/// @param project `name@version`, or empty for the unnamed project
/// @param mapping model label -> label in the tool; empty means that labels pass as they are
/// @param threshold replaces every threshold of the model where present
/// @param thresholds model label -> least score; stands above `threshold`
/// @param classes labels wanted (as the model knows them); empty means all
/// @param max most annotations in the answer, best scores first
/// @param geometry the geometry wanted; empty means the model's native one
/// @param outlining how outlines are made
/// @param minimum how large a finding has to be
public record LabelingSpec(
        String project,
        Map<String, String> mapping,
        Optional<Double> threshold,
        Map<String, Double> thresholds,
        Set<String> classes,
        int max,
        Optional<GeometryKind> geometry,
        Outlining outlining,
        MinimumSize minimum) {
    public static final int DEFAULT_MAX = 300;
    public static final LabelingSpec NONE =
            new LabelingSpec("", Map.of(), Optional.empty(), Set.of(), DEFAULT_MAX, Optional.empty(), Optional.empty());

    public LabelingSpec {
        mapping = Map.copyOf(mapping);
        thresholds = Map.copyOf(thresholds);
        classes = Set.copyOf(classes);
        threshold.ifPresent(LabelingSpec::requireScore);
        thresholds.values().forEach(LabelingSpec::requireScore);
        requireMax(max);
    }

    /// With one threshold for all labels, findings of whatever size, and outlines simplified by a tolerance at most.
    ///
    /// @param simplify tolerance in asset pixels for outlines; 0 keeps every corner
    public LabelingSpec(
            String project,
            Map<String, String> mapping,
            Optional<Double> threshold,
            Set<String> classes,
            int max,
            Optional<GeometryKind> geometry,
            Optional<Double> simplify) {
        this(
                project,
                mapping,
                threshold,
                Map.of(),
                classes,
                max,
                geometry,
                Outlining.simplified(simplify),
                MinimumSize.NONE);
    }

    static void requireScore(double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException("threshold: " + value + " (expected: 0..1)");
        }
    }

    static void requireMax(int value) {
        if (value < 1) {
            throw new IllegalArgumentException("max: " + value + " (expected: >= 1)");
        }
    }

    /// The least score of a label, as the model knows it.
    ///
    /// @param model whose thresholds hold where this spec has none
    public double threshold(String label, ModelSpec model) {
        return Optional.ofNullable(thresholds.get(label))
                .or(() -> threshold)
                .orElseGet(() -> model.thresholds().of(label));
    }

    /// The lowest score that could pass for any label.
    ///
    /// @param model as for [#threshold(String, ModelSpec)]
    public double lowestThreshold(ModelSpec model) {
        double general = threshold.orElseGet(() -> model.thresholds().lowest());
        return thresholds.values().stream().mapToDouble(Double::doubleValue).reduce(general, Math::min);
    }

    /// Model label -> label in the tool: this spec's, or else the model's; empty where labels pass as they are.
    public Map<String, String> mappingFor(ModelSpec model) {
        return mapping.isEmpty() ? model.ontology() : mapping;
    }
}
