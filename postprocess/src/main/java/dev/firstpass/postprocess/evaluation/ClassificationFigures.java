package dev.firstpass.postprocess.evaluation;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/// How good a version is at telling what an image is.
///
/// Immutable.
///
/// @param right images whose surest class is right, whatever its score
/// @param confusions how often one class was taken for another
/// @param imagesLeftOut of classes that the model does not have, by class
public record ClassificationFigures(
        long images,
        long right,
        List<OfClass> classes,
        Map<Confusion, Long> confusions,
        Edits edits,
        Map<String, Long> imagesLeftOut) {
    public ClassificationFigures {
        classes = List.copyOf(classes);
        confusions = Map.copyOf(confusions);
        imagesLeftOut = Map.copyOf(imagesLeftOut);
    }

    /// @param counts of images; overlaps say nothing here
    public record OfClass(String name, ClassFigures.Shown counts) {}

    /// @param found what the model calls it
    public record Confusion(String label, String found) {}

    /// Share of the images whose surest class is right; empty where there are none.
    public OptionalDouble accuracy() {
        return images == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) right / images);
    }
}
