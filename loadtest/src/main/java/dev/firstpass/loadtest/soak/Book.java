package dev.firstpass.loadtest.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Counts what became of requests, by kind.
///
/// Thread-safe.
final class Book {
    private static final int MOST_LISTED = 20;

    private final Map<String, Map<String, Long>> counts = new TreeMap<>();
    private final List<String> unexpected = new ArrayList<>();
    private long unexpectedCount;

    /// @param at seconds since the start
    synchronized void note(String lane, Told told, double at) {
        counts.computeIfAbsent(lane, _ -> new TreeMap<>()).merge(told.outcome(), 1L, Long::sum);
        if (!told.isExpected()) {
            unexpectedCount++;
            if (unexpected.size() < MOST_LISTED) {
                unexpected.add("%.0f s, %s: %s %s"
                        .formatted(at, lane, told.outcome(), told.details())
                        .strip());
            }
        }
    }

    synchronized long total() {
        return counts.values().stream()
                .flatMap(outcomes -> outcomes.values().stream())
                .mapToLong(Long::longValue)
                .sum();
    }

    synchronized long unexpectedCount() {
        return unexpectedCount;
    }

    /// The first of them.
    synchronized List<String> unexpected() {
        return List.copyOf(unexpected);
    }

    /// A line for each kind.
    synchronized List<String> lines() {
        return counts.entrySet().stream()
                .map(lane -> "%-24s %s".formatted(lane.getKey(), lane.getValue()))
                .toList();
    }
}
