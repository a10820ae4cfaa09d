package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.spec.ModelSpec;

/// What families share whose findings are all of one class, which a manifest may name.
///
/// Pure functions.
final class OneClass {
    private OneClass() {}

    /// @throws IllegalArgumentException if there are several classes
    static void check(ModelSpec spec) {
        if (spec.classes().size() > 1) {
            throw new IllegalArgumentException("classes: " + spec.classes().size() + " (expected: at most 1)");
        }
    }

    /// The class that the manifest names, or else `byDefault`.
    static String label(ModelSpec spec, String byDefault) {
        return spec.classes().stream().findFirst().orElse(byDefault);
    }
}
