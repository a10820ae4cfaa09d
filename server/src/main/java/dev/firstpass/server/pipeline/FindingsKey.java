package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.Prompt;

/// Everything that findings depend on. A version is named by its digest, so what was kept stays right whatever becomes of
/// the version or of its name.
///
/// Immutable.
record FindingsKey(String tenant, String assetDigest, String versionDigest, Prompt prompt, LabelingSpec labeling) {
    private static final int OBJECT_BYTES = 160;

    /// About how much memory it takes: it holds what a caller sent.
    long bytes() {
        long pointed = switch (prompt) {
            case Prompt.None _ -> 0;
            case Prompt.Box _ -> OBJECT_BYTES;
            case Prompt.Points _ -> 0;
        };
        long clicked = (long) prompt.clicks().size() * OBJECT_BYTES;
        long labels = labeling.classes().stream().mapToLong(FindingsKey::bytes).sum();
        long mapping = labeling.mapping().entrySet().stream()
                .mapToLong(entry -> bytes(entry.getKey()) + bytes(entry.getValue()))
                .sum();
        long thresholds = labeling.thresholds().keySet().stream()
                .mapToLong(FindingsKey::bytes)
                .sum();
        return OBJECT_BYTES + pointed + clicked + labels + mapping + thresholds;
    }

    /// About how much memory a text takes.
    static long bytes(String text) {
        return OBJECT_BYTES + (long) text.length() * Character.BYTES;
    }
}
