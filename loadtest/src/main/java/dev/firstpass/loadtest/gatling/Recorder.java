package dev.firstpass.loadtest.gatling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;

/// What became of each request.
///
/// Thread-safe.
final class Recorder {
    private final Queue<Entry> entries = new ConcurrentLinkedQueue<>();

    /// @param dueSeconds from the start
    /// @param millis from when it was due to its end
    /// @param reason empty where there was an answer
    record Entry(double dueSeconds, boolean isBulk, double millis, String reason) {
        boolean isAnswered() {
            return reason.isEmpty();
        }
    }

    void add(Entry entry) {
        entries.add(entry);
    }

    List<Entry> all() {
        return List.copyOf(entries);
    }

    /// Of a kind of requests.
    ///
    /// @param asked how many there were to be
    Summary summary(String name, int asked, Predicate<Entry> which) {
        List<Entry> some = new ArrayList<>();
        Map<String, Integer> reasons = new TreeMap<>();
        for (Entry entry : entries) {
            if (which.test(entry)) {
                some.add(entry);
                if (!entry.isAnswered()) {
                    reasons.merge(entry.reason, 1, Integer::sum);
                }
            }
        }
        if (asked > some.size()) {
            reasons.merge("no end", asked - some.size(), Integer::sum);
        }
        double[] millis = some.stream()
                .filter(Entry::isAnswered)
                .mapToDouble(Entry::millis)
                .sorted()
                .toArray();
        return new Summary(name, asked, reasons, Arrays.stream(millis).boxed().toList());
    }

    /// @param asked how many there were
    /// @param reasons reason -> requests that went without an answer for it
    /// @param millis of the answered ones, sorted
    record Summary(String name, int asked, Map<String, Integer> reasons, List<Double> millis) {
        /// Not a number where nothing was answered.
        double percentile(double percent) {
            return millis.isEmpty()
                    ? Double.NaN
                    : millis.get((int) Math.max(0, Math.ceil(percent / 100 * millis.size()) - 1));
        }
    }
}
