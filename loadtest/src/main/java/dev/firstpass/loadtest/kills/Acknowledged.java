package dev.firstpass.loadtest.kills;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a server has said yes to: it has to be there ever after.
///
/// Thread-safe.
final class Acknowledged {
    private final Map<String, Long> aliases = new LinkedHashMap<>();
    private final List<Prediction> predictions = new ArrayList<>();
    private int takenPredictions;
    private final List<Long> versions = new ArrayList<>();

    /// An answer's id in the ledger.
    ///
    /// Immutable.
    ///
    /// @param nanos when the answer was there
    record Prediction(String id, long nanos) {}

    synchronized void alias(String name, long version) {
        aliases.put(name, version);
    }

    synchronized void version(long number) {
        versions.add(number);
    }

    synchronized void prediction(String id) {
        predictions.add(new Prediction(id, System.nanoTime()));
    }

    /// Names of aliases with the version of each.
    synchronized Map<String, Long> aliases() {
        return Map.copyOf(aliases);
    }

    /// Numbers of versions. There are gaps, of those whose registration was cut short.
    synchronized List<Long> versions() {
        return List.copyOf(versions);
    }

    /// Those that were answered before a moment, by `System.nanoTime()`. They are looked for once; all of them, and the later ones, which
    /// nobody promised to keep, are forgotten here.
    synchronized List<Prediction> takePredictionsBefore(long nanos) {
        List<Prediction> taken = predictions.stream()
                .filter(prediction -> prediction.nanos() - nanos < 0)
                .toList();
        predictions.clear();
        takenPredictions += taken.size();
        return taken;
    }

    /// How many of them there were.
    synchronized int takenPredictions() {
        return takenPredictions;
    }
}
