package dev.firstpass.registry;

import dev.firstpass.postprocess.spec.LabelingWishes;
import java.util.Map;
import java.util.Optional;

/// What a labeling project says: what its answers are to be like, and in which format they are written.
///
/// Immutable.
///
/// @param labeling below what a request wishes, above what the model's manifest says
/// @param format id of a label format; empty leaves it open
/// @param formatOptions options of that format, by name; none without a format
public record ProjectSpec(LabelingWishes labeling, Optional<String> format, Map<String, String> formatOptions) {
    public ProjectSpec {
        formatOptions = Map.copyOf(formatOptions);
        if (format.isEmpty() && !formatOptions.isEmpty()) {
            throw new RegistryException.ArgumentInvalid(
                    "formatOptions", "formatOptions: without a format (expected: format beside them)");
        }
    }
}
