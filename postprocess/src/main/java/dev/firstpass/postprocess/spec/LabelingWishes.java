package dev.firstpass.postprocess.spec;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/// What somebody wishes of answers, and what they leave open: a project says so for all its requests, a request for
/// itself. Wishes are laid over one another ([#over]), and what nobody says is as usual ([#spec]).
///
/// Immutable.
///
/// @param mapping model label -> label in the tool; empty leaves it open
/// @param threshold least score of the labels that `thresholds` does not name
/// @param thresholds model label -> least score
/// @param classes labels wanted (as the model knows them); empty leaves it open
/// @param max most annotations of an answer
/// @param simplify as [Outlining#simplify()]
/// @param vertices as [Outlining#vertices()]
/// @param minIsland as [Outlining#minIsland()]
/// @param smoothing as [Outlining#smoothing()]
/// @param minSide as [MinimumSize#side()]
/// @param minArea as [MinimumSize#area()]
public record LabelingWishes(
        Map<String, String> mapping,
        Optional<Double> threshold,
        Map<String, Double> thresholds,
        Set<String> classes,
        OptionalInt max,
        Optional<GeometryWish> geometry,
        Optional<Double> simplify,
        OptionalInt vertices,
        OptionalLong minIsland,
        Optional<Double> smoothing,
        Optional<Double> minSide,
        Optional<Double> minArea) {
    /// Leaves everything open.
    public static final LabelingWishes NONE =
            ofRequest(Optional.empty(), Set.of(), OptionalInt.empty(), Optional.empty(), Optional.empty());

    /// @throws IllegalArgumentException if a wish cannot be met, with its name and what is expected
    public LabelingWishes {
        mapping = Map.copyOf(mapping);
        thresholds = Map.copyOf(thresholds);
        classes = Set.copyOf(classes);
        var _ = outlining(simplify, vertices, minIsland, smoothing);
        var _ = minimum(minSide, minArea);
        threshold.ifPresent(LabelingSpec::requireScore);
        thresholds.values().forEach(LabelingSpec::requireScore);
        max.ifPresent(LabelingSpec::requireMax);
    }

    /// What a request can wish.
    public static LabelingWishes ofRequest(
            Optional<Double> threshold,
            Set<String> classes,
            OptionalInt max,
            Optional<GeometryWish> geometry,
            Optional<Double> simplify) {
        return new LabelingWishes(
                Map.of(),
                threshold,
                Map.of(),
                classes,
                max,
                geometry,
                simplify,
                OptionalInt.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /// These wishes, and those of `below` where these leave something open. A threshold for all labels takes the place
    /// of all thresholds below it; thresholds of labels alone are added to them. Tolerance and number of vertices are
    /// two ways to say one thing, so either takes the place of both.
    public LabelingWishes over(LabelingWishes below) {
        boolean isOutlined = simplify.isPresent() || vertices.isPresent();
        Map<String, Double> together = new HashMap<>(threshold.isPresent() ? Map.of() : below.thresholds);
        together.putAll(thresholds);
        return new LabelingWishes(
                mapping.isEmpty() ? below.mapping : mapping,
                threshold.or(() -> below.threshold),
                together,
                classes.isEmpty() ? below.classes : classes,
                max.isPresent() ? max : below.max,
                geometry.or(() -> below.geometry),
                isOutlined ? simplify : below.simplify,
                isOutlined ? vertices : below.vertices,
                minIsland.isPresent() ? minIsland : below.minIsland,
                smoothing.or(() -> below.smoothing),
                minSide.or(() -> below.minSide),
                minArea.or(() -> below.minArea));
    }

    /// What holds for an answer: these wishes, and what is usual where they leave something open.
    ///
    /// @param project `name@version` of the project whose wishes are among them; empty where there is none
    public LabelingSpec spec(String project) {
        return new LabelingSpec(
                project,
                mapping,
                threshold,
                thresholds,
                classes,
                max.orElse(LabelingSpec.DEFAULT_MAX),
                geometry.flatMap(GeometryWish::wanted),
                outlining(simplify, vertices, minIsland, smoothing),
                minimum(minSide, minArea));
    }

    private static Outlining outlining(
            Optional<Double> simplify, OptionalInt vertices, OptionalLong minIsland, Optional<Double> smoothing) {
        return new Outlining(simplify, vertices, minIsland.orElse(1), smoothing);
    }

    private static MinimumSize minimum(Optional<Double> side, Optional<Double> area) {
        return new MinimumSize(side.orElse(0.0), area.orElse(0.0));
    }
}
