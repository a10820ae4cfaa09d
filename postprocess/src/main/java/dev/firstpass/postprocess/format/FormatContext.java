package dev.firstpass.postprocess.format;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/// What a writer may know of the data set before the first asset.
///
/// Immutable.
///
/// @param classes labels in the order of their index; formats with category ids number them by it. A label that comes
///     later and is not among them is appended
/// @param options values by option name
/// @param clock for formats that carry a time of writing
public record FormatContext(List<String> classes, Map<String, String> options, InstantSource clock) {
    public FormatContext {
        classes = List.copyOf(classes);
        options = Map.copyOf(options);
    }

    public static FormatContext of(List<String> classes) {
        return new FormatContext(classes, Map.of(), InstantSource.system());
    }
}
