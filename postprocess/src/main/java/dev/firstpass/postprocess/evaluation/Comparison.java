package dev.firstpass.postprocess.evaluation;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.geometry.Rect;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/// An answer held against the labels that the image is known to have, label by label.
///
/// A label that is missing or too much is no deviation if its score is so near to its threshold that the tolerance of
/// scores explains it.
///
/// Immutable.
///
/// @param classes one for each label that was expected or found, by name
/// @param deviations what is not as expected, in words; empty if all is
public record Comparison(List<ClassFigures> classes, List<String> deviations) {
    public Comparison {
        classes = List.copyOf(classes);
        deviations = List.copyOf(deviations);
    }

    /// How one label did.
    ///
    /// @param matched expected ones that were found well enough
    /// @param leastOverlap of those; 1 where there are none
    /// @param mostScoreDifference of those whose scores are compared; 0 where there are none
    public record ClassFigures(
            String label, int expected, int found, int matched, double leastOverlap, double mostScoreDifference) {}

    /// @param overlap least of a found shape with its expected one, 0..1
    /// @param score most that a score may differ, 0..1
    public record Tolerance(double overlap, double score) {}

    /// @param threshold of a label, below which it is not found
    public static Comparison of(
            List<Reference> expected, List<Annotation> found, Tolerance tolerance, ToDoubleFunction<String> threshold) {
        Set<String> labels = new TreeSet<>();
        expected.forEach(reference -> labels.add(reference.label()));
        found.forEach(annotation -> labels.add(annotation.candidate().label()));
        Map<String, ClassFigures> classes = new TreeMap<>();
        List<String> deviations = new ArrayList<>();
        for (String label : labels) {
            List<Reference> wanted = expected.stream()
                    .filter(reference -> reference.label().equals(label))
                    .toList();
            List<Annotation> had = found.stream()
                    .filter(annotation -> annotation.candidate().label().equals(label))
                    .toList();
            classes.put(label, compare(label, wanted, had, tolerance, threshold.applyAsDouble(label), deviations));
        }
        return new Comparison(List.copyOf(classes.values()), deviations);
    }

    public boolean isMet() {
        return deviations.isEmpty();
    }

    private static ClassFigures compare(
            String label,
            List<Reference> wanted,
            List<Annotation> had,
            Tolerance tolerance,
            double threshold,
            List<String> deviations) {
        List<Annotation> shapes = wanted.stream().map(Reference::annotation).toList();
        Matching matching = Matching.byLabel(shapes, had, tolerance.overlap());
        double leastOverlap = 1;
        double mostDifference = 0;
        for (Matching.Pair pair : matching.pairs()) {
            leastOverlap = Math.min(leastOverlap, pair.overlap());
            Reference reference = wanted.get(pair.first());
            if (reference.isScored()) {
                double score = had.get(pair.second()).candidate().score();
                double expected = reference.annotation().candidate().score();
                double difference = Math.abs(score - expected);
                mostDifference = Math.max(mostDifference, difference);
                if (difference > tolerance.score()) {
                    deviations.add(label + place(reference.annotation()) + ": score " + number(score) + " (expected: "
                            + number(expected) + " within " + number(tolerance.score()) + ")");
                }
            }
        }
        double forgiven = threshold + tolerance.score();
        for (int missing : matching.onlyFirst()) {
            Reference reference = wanted.get(missing);
            if (!reference.isScored() || reference.annotation().candidate().score() >= forgiven) {
                deviations.add(missing(label, reference.annotation(), had, tolerance));
            }
        }
        for (int extra : matching.onlySecond()) {
            Annotation annotation = had.get(extra);
            boolean isNearMiss = isNearMiss(annotation, shapes, matching);
            if (annotation.candidate().score() >= forgiven && !isNearMiss) {
                deviations.add(label + place(annotation) + ": found with score "
                        + number(annotation.candidate().score()) + " (expected: nothing there)");
            }
        }
        return new ClassFigures(
                label, wanted.size(), had.size(), matching.pairs().size(), leastOverlap, mostDifference);
    }

    private static String missing(String label, Annotation expected, List<Annotation> had, Tolerance tolerance) {
        double best = had.stream()
                .mapToDouble(annotation -> Overlap.of(expected, annotation))
                .max()
                .orElse(0);
        String most = best > 0 ? "best overlap " + number(best) : "not found";
        return label + place(expected) + ": " + most + " (expected: >= " + number(tolerance.overlap()) + ")";
    }

    /// What is told of as a shape that does not fit is not told of again as one too many.
    private static boolean isNearMiss(Annotation annotation, List<Annotation> shapes, Matching matching) {
        return matching.onlyFirst().stream().anyMatch(i -> Overlap.of(shapes.get(i), annotation) > 0);
    }

    private static String place(Annotation annotation) {
        return annotation.bounds().map(Comparison::place).orElse("");
    }

    private static String place(Rect bounds) {
        return String.format(Locale.ROOT, " at %.0f,%.0f", bounds.x(), bounds.y());
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }
}
