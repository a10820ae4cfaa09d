package dev.firstpass.loadtest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Measurements by what was measured.
///
/// For one thread.
final class Samples {
    private final Map<String, List<Double>> values = new HashMap<>();

    void add(String name, double value) {
        values.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
    }

    double median(String name) {
        return quantile(name, 0.5);
    }

    /// The value that a share `part` of all is below; 0 where nothing was added.
    double quantile(String name, double part) {
        List<Double> sorted =
                values.getOrDefault(name, List.of(0.0)).stream().sorted().toList();
        return sorted.get((int) (part * sorted.size()));
    }
}
