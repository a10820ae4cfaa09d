package dev.firstpass.postprocess.evaluation;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.dataset.TrueLabel;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Holds a model's surest class of each image against what the image is: accuracy, and precision and recall of each class.
/// Where an image has several labels, one of them is right.
///
/// Mutable, for one thread.
public final class ClassificationEvaluation {
    private final ClassMap classes;
    private final long[] hits;
    private final long[] extra;
    private final long[] missed;
    private final Map<String, Long> imagesLeftOut = new TreeMap<>();
    private final Map<ClassificationFigures.Confusion, Long> confusions = new HashMap<>();
    private Edits edits = Edits.NONE;
    private long images;
    private long right;

    public ClassificationEvaluation(ClassMap classes) {
        this.classes = classes;
        this.hits = new long[classes.groups().size()];
        this.extra = new long[hits.length];
        this.missed = new long[hits.length];
    }

    /// An image all of whose labels are of classes that the model does not have is left out.
    ///
    /// @param isShown whether people get to see a finding
    /// @return what is to be done in this image
    public Edits add(List<TrueLabel> labels, List<Annotation> findings, Predicate<Annotation> isShown) {
        Set<Integer> known = labels.stream()
                .map(label -> classes.ofDataSet(label.label()))
                .filter(OptionalInt::isPresent)
                .map(OptionalInt::getAsInt)
                .collect(Collectors.toSet());
        if (known.isEmpty()) {
            imagesLeftOut.merge(
                    labels.stream().map(TrueLabel::label).findFirst().orElse("no label"), 1L, Long::sum);
            return Edits.NONE;
        }
        images++;
        Optional<Annotation> surest = findings.stream()
                .max(Comparator.comparingDouble(finding -> finding.candidate().score()));
        OptionalInt group = surest.map(
                        finding -> classes.ofModel(finding.candidate().label()))
                .orElse(OptionalInt.empty());
        boolean isRight = group.isPresent() && known.contains(group.getAsInt());
        if (isRight) {
            right++;
            hits[group.getAsInt()]++;
        } else {
            group.ifPresent(found -> extra[found]++);
            int expected = known.iterator().next();
            missed[expected]++;
            surest.ifPresent(finding -> confusions.merge(
                    new ClassificationFigures.Confusion(
                            classes.groups().get(expected).name(),
                            finding.candidate().label()),
                    1L,
                    Long::sum));
        }
        boolean isSeen = surest.filter(isShown).isPresent();
        Edits here = new Edits(isRight && isSeen ? 1 : 0, 0, !isRight && isSeen ? 1 : 0, 0, isSeen ? 0 : 1);
        edits = edits.plus(here);
        return here;
    }

    public ClassificationFigures figures() {
        List<ClassificationFigures.OfClass> each = IntStream.range(0, hits.length)
                .mapToObj(i -> new ClassificationFigures.OfClass(
                        classes.groups().get(i).name(),
                        new ClassFigures.Shown(hits[i], extra[i], missed[i], (double) hits[i])))
                .toList();
        return new ClassificationFigures(images, right, each, confusions, edits, imagesLeftOut);
    }
}
