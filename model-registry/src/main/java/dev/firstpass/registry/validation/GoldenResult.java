package dev.firstpass.registry.validation;

import java.util.List;

/// What became of one golden sample.
///
/// Immutable.
///
/// @param image path of the image in the bundle
/// @param expect path of the expected labels in the bundle
/// @param iou least overlap that was asked for
/// @param score most difference of scores that was asked for
/// @param deviations what is not as expected, in words; empty if all is
/// @param found the annotations that were found, as a list in the `firstpass` format
public record GoldenResult(
        String image,
        String expect,
        double iou,
        double score,
        List<ClassResult> classes,
        List<String> deviations,
        String found) {
    public GoldenResult {
        classes = List.copyOf(classes);
        deviations = List.copyOf(deviations);
    }

    /// How one label did.
    ///
    /// @param matched expected ones that were found well enough
    /// @param leastIou of those; 1 where there are none
    /// @param mostScoreDifference of those whose scores are compared; 0 where there are none
    public record ClassResult(
            String label, int expected, int found, int matched, double leastIou, double mostScoreDifference) {}

    public boolean isMet() {
        return deviations.isEmpty();
    }
}
