package dev.firstpass.server.pipeline;

import java.util.Map;

/// Everything that an answer's bytes depend on, but for the id of its prediction.
///
/// Immutable.
///
/// @param findings which are written
/// @param assetId as the caller names the asset
/// @param model and `version`: of one digest there may be several
record RenderingKey(
        FindingsKey findings,
        String assetId,
        String model,
        long version,
        String format,
        Map<String, String> formatOptions) {
    RenderingKey {
        formatOptions = Map.copyOf(formatOptions);
    }

    /// About how much memory it takes.
    long bytes() {
        return findings.bytes()
                + FindingsKey.bytes(assetId)
                + formatOptions.entrySet().stream()
                        .mapToLong(option -> FindingsKey.bytes(option.getKey()) + FindingsKey.bytes(option.getValue()))
                        .sum();
    }
}
