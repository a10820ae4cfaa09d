package dev.firstpass.postprocess.spec;

import dev.firstpass.postprocess.annotation.Conversions;
import dev.firstpass.postprocess.geometry.OutlineRule;
import java.util.Optional;
import java.util.OptionalInt;

/// How the outlines of an answer are made: how many corners stay, which islands and holes are too small, and whether
/// corners are rounded.
///
/// Immutable.
///
/// @param simplify tolerance in pixels of the asset; 0 keeps every corner
/// @param vertices most corners of an annotation, all its rings together; stands in the place of a tolerance
/// @param minIsland islands and holes of fewer square pixels are left out, of masks and of polygons; 1 keeps all
/// @param smoothing how far a rounded corner may leave the outline, in pixels of the asset
public record Outlining(Optional<Double> simplify, OptionalInt vertices, long minIsland, Optional<Double> smoothing) {
    public static final double MOST_PIXELS = 1000;
    public static final double LEAST_SMOOTHING = 0.01;
    public static final int LEAST_VERTICES = 3;
    public static final int MOST_VERTICES = 100_000;
    public static final long MOST_ISLAND = 1_000_000_000;

    /// Outlines of masks are simplified as [Conversions#DEFAULT_SIMPLIFY] says, those that are there already stay.
    public static final Outlining USUAL = new Outlining(Optional.empty(), OptionalInt.empty(), 1, Optional.empty());

    public Outlining {
        simplify.ifPresent(value -> {
            if (!(value >= 0 && value <= MOST_PIXELS)) {
                throw new IllegalArgumentException("simplify: " + value + " (expected: 0.." + MOST_PIXELS + ")");
            }
        });
        vertices.ifPresent(value -> {
            if (value < LEAST_VERTICES || value > MOST_VERTICES) {
                throw new IllegalArgumentException(
                        "vertices: " + value + " (expected: " + LEAST_VERTICES + ".." + MOST_VERTICES + ")");
            }
        });
        if (simplify.isPresent() && vertices.isPresent()) {
            throw new IllegalArgumentException("vertices: beside simplify (expected: one of them)");
        }
        if (minIsland < 1 || minIsland > MOST_ISLAND) {
            throw new IllegalArgumentException("minIsland: " + minIsland + " (expected: 1.." + MOST_ISLAND + ")");
        }
        smoothing.ifPresent(value -> {
            if (!(value >= LEAST_SMOOTHING && value <= MOST_PIXELS)) {
                throw new IllegalArgumentException(
                        "smoothing: " + value + " (expected: " + LEAST_SMOOTHING + ".." + MOST_PIXELS + ")");
            }
        });
    }

    /// The usual, with that tolerance.
    public static Outlining simplified(Optional<Double> tolerance) {
        return new Outlining(tolerance, OptionalInt.empty(), 1, Optional.empty());
    }

    /// For outlines that are traced from masks, of which small islands are gone already.
    OutlineRule ofMasks() {
        return rule(simplify.orElse(Conversions.DEFAULT_SIMPLIFY));
    }

    /// For outlines that are there already, which change only where that is wished.
    OutlineRule ofPolygons() {
        return rule(simplify.orElse(0.0));
    }

    private OutlineRule rule(double tolerance) {
        OutlineRule plain =
                vertices.isPresent() ? OutlineRule.vertices(vertices.getAsInt()) : OutlineRule.tolerance(tolerance);
        return smoothing.map(plain::withSmoothing).orElse(plain);
    }
}
