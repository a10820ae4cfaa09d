package dev.firstpass.postprocess.format;

import java.util.Map;

/// A data set written to memory.
///
/// Immutable; the arrays are shared, not copied.
///
/// @param entries bytes by entry name
/// @param report what was converted or left out
public record WrittenDataSet(Map<String, byte[]> entries, FormatReport report) {
    public WrittenDataSet {
        entries = Map.copyOf(entries);
    }

    /// The bytes of the only entry.
    ///
    /// @throws IllegalStateException if there is not exactly one
    public byte[] content() {
        if (entries.size() != 1) {
            throw new IllegalStateException("entries: " + entries.size() + " (expected: 1)");
        }
        return entries.values().iterator().next();
    }
}
