package dev.firstpass.postprocess.format;

import java.util.Map;
import java.util.TreeMap;

/// Counts what was met and is no label. Mutable, for one thread.
final class Notes {
    private final Map<String, Long> counts = new TreeMap<>();

    void count(String what) {
        counts.merge(what, 1L, Long::sum);
    }

    void count(String what, long times) {
        if (times > 0) {
            counts.merge(what, times, Long::sum);
        }
    }

    Map<String, Long> counts() {
        return Map.copyOf(counts);
    }
}
