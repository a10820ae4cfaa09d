package dev.firstpass.server.runtime.residency;

import java.util.HashMap;
import java.util.Map;

/// How often each thing was asked for lately. Whenever there have been so and so many requests for each thing known, all
/// counts are halved, so that what was popular once does not stay so; and what nobody asks for is forgotten.
///
/// Caches keep such counts in a sketch, since they have millions of things. Versions are few: these counts are exact.
///
/// Thread-safe; a touch costs a look into a hash table.
///
/// @param <K> with `equals`
public final class Heat<K> {
    /// Requests for each thing, on average, until all are halved. Fewer forget what is asked for seldom, more are late
    /// to see that a thing is no longer popular.
    private static final int REQUESTS_EACH = 16;

    private static final int LEAST_REQUESTS = 256;

    /// Halved so often since its last request, a thing is forgotten.
    private static final double COLD = 1.0 / 64;

    private final Map<K, Double> counts = new HashMap<>();
    private double sum;

    /// Somebody asks for it.
    public synchronized void touch(K key) {
        counts.merge(key, 1.0, Double::sum);
        sum++;
        if (sum >= Math.max(LEAST_REQUESTS, REQUESTS_EACH * counts.size())) {
            halve();
        }
    }

    private void halve() {
        counts.replaceAll((_, count) -> count / 2);
        counts.values().removeIf(count -> count < COLD);
        sum = counts.values().stream().mapToDouble(Double::doubleValue).sum();
    }

    /// 0 where nobody asked for it lately; else only the ratio to others' means something.
    public synchronized double of(K key) {
        return counts.getOrDefault(key, 0.0);
    }
}
