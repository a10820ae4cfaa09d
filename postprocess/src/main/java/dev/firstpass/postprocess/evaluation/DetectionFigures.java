package dev.firstpass.postprocess.evaluation;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;

/// How good a version is at finding things. Means are over the classes that have labels, as COCO has it.
///
/// Immutable.
///
/// @param confusions of the findings that people get to see, each paired with the label that it covers by a half, whatever their
///     classes: how often each class was found as each, itself among them
/// @param labelsLeftOut of classes that the model does not have, by class
/// @param findingsLeftOut that people get to see, of classes that the data set does not have, by class
public record DetectionFigures(
        Compared compared,
        long images,
        List<ClassFigures> classes,
        Edits edits,
        Map<Confusion, Long> confusions,
        Map<String, Long> labelsLeftOut,
        Map<String, Long> findingsLeftOut) {
    public DetectionFigures {
        classes = List.copyOf(classes);
        confusions = Map.copyOf(confusions);
        labelsLeftOut = Map.copyOf(labelsLeftOut);
        findingsLeftOut = Map.copyOf(findingsLeftOut);
    }

    /// @param label class of what is there; empty where there is nothing
    /// @param found class of what was found; empty where nothing was
    public record Confusion(Optional<String> label, Optional<String> found) {}

    /// COCO's AP of things of one size; empty where no class has labels of it.
    public OptionalDouble ap(SizeRange range) {
        return mean(one -> one.of(range).ap());
    }

    public OptionalDouble ar100(SizeRange range) {
        return mean(one -> one.of(range).ar100());
    }

    /// Of one size, whatever the class.
    public long labels(SizeRange range) {
        return classes.stream().mapToLong(one -> one.of(range).labels()).sum();
    }

    /// COCO's AP; empty where no class has labels, as are the others.
    public OptionalDouble ap() {
        return mean(ClassFigures::ap);
    }

    public OptionalDouble ap50() {
        return mean(ClassFigures::ap50);
    }

    public OptionalDouble ap75() {
        return mean(ClassFigures::ap75);
    }

    public OptionalDouble ar100() {
        return mean(ClassFigures::ar100);
    }

    /// Of all classes together: each finding counts the same.
    public ClassFigures.Shown shown() {
        return classes.stream().map(ClassFigures::shown).reduce(ClassFigures.Shown.NONE, ClassFigures.Shown::plus);
    }

    public long labels() {
        return classes.stream().mapToLong(ClassFigures::labels).sum();
    }

    private OptionalDouble mean(Function<ClassFigures, OptionalDouble> figure) {
        return classes.stream()
                .map(figure)
                .filter(OptionalDouble::isPresent)
                .mapToDouble(OptionalDouble::getAsDouble)
                .average();
    }
}
