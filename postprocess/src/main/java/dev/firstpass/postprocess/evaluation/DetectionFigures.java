package dev.firstpass.postprocess.evaluation;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;

/// How good a version is at finding things. Means are over the classes that have labels, as COCO has it.
///
/// Immutable.
///
/// @param labelsLeftOut of classes that the model does not have, by class
/// @param findingsLeftOut that people get to see, of classes that the data set does not have, by class
public record DetectionFigures(
        Compared compared,
        long images,
        List<ClassFigures> classes,
        Edits edits,
        Map<String, Long> labelsLeftOut,
        Map<String, Long> findingsLeftOut) {
    public DetectionFigures {
        classes = List.copyOf(classes);
        labelsLeftOut = Map.copyOf(labelsLeftOut);
        findingsLeftOut = Map.copyOf(findingsLeftOut);
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
