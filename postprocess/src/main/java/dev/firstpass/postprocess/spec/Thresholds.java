package dev.firstpass.postprocess.spec;

import java.util.Map;

/// The score a candidate needs, in general and by label.
///
/// Immutable.
public record Thresholds(double byDefault, Map<String, Double> byLabel) {
    public Thresholds {
        check(byDefault);
        byLabel = Map.copyOf(byLabel);
        byLabel.values().forEach(Thresholds::check);
    }

    public static Thresholds of(double byDefault) {
        return new Thresholds(byDefault, Map.of());
    }

    public double of(String label) {
        return byLabel.getOrDefault(label, byDefault);
    }

    /// The lowest score that could pass for any label.
    public double lowest() {
        return byLabel.values().stream().mapToDouble(Double::doubleValue).reduce(byDefault, Math::min);
    }

    private static void check(double threshold) {
        if (!(threshold >= 0 && threshold <= 1)) {
            throw new IllegalArgumentException("threshold: " + threshold + " (expected: 0..1)");
        }
    }
}
