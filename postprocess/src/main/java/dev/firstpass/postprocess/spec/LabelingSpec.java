package dev.firstpass.postprocess.spec;

import dev.firstpass.postprocess.annotation.GeometryKind;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What a labeling project wants of an answer: a named, versioned set of choices that stands above the model's own
/// defaults and below nothing. A request without a project has the unnamed one, filled from its options.
///
/// Immutable; equal specs give equal answers, so it is part of the cache key.
///
/// @param project `name@version`, or empty for the unnamed project
/// @param mapping model label -> label in the tool; empty means that labels pass as they are
/// @param threshold replaces every threshold of the model where present
/// @param classes labels wanted (as the model knows them); empty means all
/// @param max most annotations in the answer, best scores first
/// @param geometry the geometry wanted; empty means the model's native one
/// @param simplify tolerance in asset pixels for outlines; 0 keeps every corner
public record LabelingSpec(
        String project,
        Map<String, String> mapping,
        Optional<Double> threshold,
        Set<String> classes,
        int max,
        Optional<GeometryKind> geometry,
        Optional<Double> simplify) {
    public static final int DEFAULT_MAX = 300;
    public static final LabelingSpec NONE =
            new LabelingSpec("", Map.of(), Optional.empty(), Set.of(), DEFAULT_MAX, Optional.empty(), Optional.empty());

    public LabelingSpec {
        mapping = Map.copyOf(mapping);
        classes = Set.copyOf(classes);
        threshold.ifPresent(value -> {
            if (!(value >= 0 && value <= 1)) {
                throw new IllegalArgumentException("threshold: " + value + " (expected: 0..1)");
            }
        });
        simplify.ifPresent(value -> {
            if (!(value >= 0 && value <= 1000)) {
                throw new IllegalArgumentException("simplify: " + value + " (expected: 0..1000)");
            }
        });
        if (max < 1) {
            throw new IllegalArgumentException("max: " + max + " (expected: >= 1)");
        }
    }
}
