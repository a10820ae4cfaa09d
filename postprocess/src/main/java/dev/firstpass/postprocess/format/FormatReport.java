package dev.firstpass.postprocess.format;

import java.util.Map;

/// What a format could not say in its own terms.
///
/// Immutable.
///
/// @param converted rule name -> how many annotations it was applied to, for instance `mask-to-polygon` -> 3
/// @param leftOut reason -> how many annotations are not in the data set
public record FormatReport(Map<String, Integer> converted, Map<String, Integer> leftOut) {
    /// Everything was said as it is.
    public static final FormatReport NOTHING = new FormatReport(Map.of(), Map.of());

    public FormatReport {
        converted = Map.copyOf(converted);
        leftOut = Map.copyOf(leftOut);
    }
}
