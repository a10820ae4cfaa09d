package dev.firstpass.postprocess.format;

import java.util.HashMap;
import java.util.Map;

/// Counts what a writer converts and leaves out.
///
/// For one thread.
final class Tally {
    private final Map<String, Integer> converted = new HashMap<>();
    private final Map<String, Integer> leftOut = new HashMap<>();

    void converted(String rule) {
        converted.merge(rule, 1, Integer::sum);
    }

    void leftOut(String reason) {
        leftOut.merge(reason, 1, Integer::sum);
    }

    FormatReport report() {
        return new FormatReport(converted, leftOut);
    }
}
