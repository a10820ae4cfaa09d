package dev.firstpass.postprocess.family;

import java.util.Map;

/// What a family derived of several model files that belong together.
///
/// Immutable.
///
/// @param files name of each stage of the recognition's spec -> the name of its file
public record Assembly(Map<String, String> files, Recognition recognition) {
    public Assembly {
        files = Map.copyOf(files);
    }
}
