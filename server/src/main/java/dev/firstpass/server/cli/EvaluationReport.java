package dev.firstpass.server.cli;

import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.evaluation.ClassFigures;
import dev.firstpass.postprocess.evaluation.ClassMap;
import dev.firstpass.postprocess.evaluation.ClassificationEvaluation;
import dev.firstpass.postprocess.evaluation.ClassificationFigures;
import dev.firstpass.postprocess.evaluation.Compared;
import dev.firstpass.postprocess.evaluation.DetectionEvaluation;
import dev.firstpass.postprocess.evaluation.DetectionFigures;
import dev.firstpass.postprocess.evaluation.DetectionIntervals;
import dev.firstpass.postprocess.evaluation.Edits;
import dev.firstpass.postprocess.evaluation.Interval;
import dev.firstpass.postprocess.evaluation.SizeRange;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;

/// What `models evaluate` tells, as it stands in report.json and is printed with `--json`. Figures that do not exist, of
/// classes without labels for instance, are not there.
///
/// Immutable.
///
/// @param format id of the reader
/// @param images evaluated ones
/// @param labels of those, of whatever class
/// @param compared `boxes`, `shapes`, `joints`, or `classes` of images
/// @param leastScore of the findings that average precision is made of
/// @param notes what the data set holds besides labels, with how often
/// @param versions the one that was asked for, then those that it is held against
record EvaluationReport(
        String dataSet,
        String format,
        long images,
        long labels,
        String compared,
        double leastScore,
        Map<String, Long> notes,
        List<OfVersion> versions,
        List<EvaluationRun.FailedImage> failed) {
    /// One of detection and classification is there.
    ///
    /// @param onlyInDataSet classes that the model does not have; their labels are in no figure
    /// @param onlyInModel classes that the data set does not have; their findings are in no figure
    /// @param firstAbove how much higher the AP of the version that was asked for is than this one's; of the others
    record OfVersion(
            String model,
            List<ClassMap.Group> classes,
            List<String> onlyInDataSet,
            List<String> onlyInModel,
            Optional<Detection> detection,
            Optional<Classification> classification,
            Work work,
            Optional<Difference> firstAbove) {}

    /// @param interval 95 %, by drawing the images anew; of 10 images and more
    record Difference(OptionalDouble ap, Optional<Interval> interval) {}

    /// Means over the classes with labels, as COCO has it; what is shown, over all findings.
    record Detection(
            OptionalDouble ap,
            OptionalDouble ap50,
            OptionalDouble ap75,
            OptionalDouble ar100,
            long labels,
            Map<String, OfSize> sizes,
            Intervals intervals,
            Shown shown,
            List<OfClass> classes,
            List<Found> confusions,
            Map<String, Long> labelsLeftOut,
            Map<String, Long> findingsLeftOut) {}

    /// Of labels of one size: `small` below 32^2 pixels, `large` from 96^2 on, `medium` between.
    record OfSize(long labels, OptionalDouble ap, OptionalDouble ar100) {}

    /// 95 %, by drawing the images anew; of 10 images and more, and of classes that are in as many.
    record Intervals(
            Optional<Interval> ap, Optional<Interval> ap50, Optional<Interval> precision, Optional<Interval> recall) {
        static final Intervals NONE = of(DetectionIntervals.OfFigures.NONE);

        static Intervals of(DetectionIntervals.OfFigures figures) {
            return new Intervals(figures.ap(), figures.ap50(), figures.precision(), figures.recall());
        }
    }

    /// How often a label of one class was found as another, or as itself.
    ///
    /// @param label absent for what is not there
    /// @param found absent for what was not found
    record Found(Optional<String> label, Optional<String> found, long count) {}

    /// @param threshold score from which on people get to see a finding; the least where classes are evaluated as one
    record OfClass(
            String name,
            long labels,
            long findings,
            OptionalDouble ap,
            OptionalDouble ap50,
            OptionalDouble ap75,
            OptionalDouble ar100,
            Map<String, OfSize> sizes,
            Intervals intervals,
            OptionalDouble threshold,
            Shown shown,
            OptionalDouble bestThreshold,
            OptionalDouble bestF1) {}

    /// At the model's own thresholds.
    record Shown(
            long hits,
            long extra,
            long missed,
            OptionalDouble precision,
            OptionalDouble recall,
            OptionalDouble f1,
            OptionalDouble meanIou) {
        static Shown of(ClassFigures.Shown shown) {
            return new Shown(
                    shown.hits(),
                    shown.extra(),
                    shown.missed(),
                    shown.precision(),
                    shown.recall(),
                    shown.f1(),
                    shown.meanOverlap());
        }
    }

    record Classification(
            OptionalDouble accuracy,
            long images,
            List<NamedShown> classes,
            List<Confusion> confusions,
            Map<String, Long> imagesLeftOut) {}

    record NamedShown(String name, long images, OptionalDouble precision, OptionalDouble recall, OptionalDouble f1) {}

    record Confusion(String label, String found, long images) {}

    /// What people would do to get from the findings that they are shown to the labels.
    ///
    /// @param labels there are; each is accepted, adjusted, relabeled or drawn
    record Work(long labels, long accepted, long adjusted, long relabeled, long drawn, long deleted) {
        static Work of(Edits edits) {
            return new Work(
                    edits.labels(),
                    edits.accepted(),
                    edits.adjusted(),
                    edits.relabeled(),
                    edits.drawn(),
                    edits.deleted());
        }
    }

    static EvaluationReport of(String dataSet, String format, LabeledDataSet labels, EvaluationRun run) {
        List<Figured> figured = run.judged().stream().map(Figured::of).toList();
        Optional<Compared> compared = run.judged().getFirst().version().compared();
        return new EvaluationReport(
                dataSet,
                format,
                run.images(),
                run.labelCount(),
                compared.map(kind -> kind.name().toLowerCase(Locale.ROOT)).orElse("classes"),
                EvaluationRun.LEAST_SCORE,
                new TreeMap<>(labels.notes()),
                IntStream.range(0, figured.size())
                        .mapToObj(i -> of(
                                figured.get(i), i == 0 ? Optional.<Figured>empty() : Optional.of(figured.getFirst())))
                        .toList(),
                run.failed());
    }

    /// What one version came to.
    private record Figured(
            EvaluationRun.Version version,
            Optional<DetectionFigures> detection,
            Optional<DetectionIntervals> intervals,
            Optional<ClassificationFigures> classification) {
        static Figured of(EvaluationRun.Judged judged) {
            return new Figured(
                    judged.version(),
                    judged.detection().map(DetectionEvaluation::figures),
                    judged.detection().map(DetectionEvaluation::intervals),
                    judged.classification().map(ClassificationEvaluation::figures));
        }

        Difference below(Figured first) {
            OptionalDouble own = detection.map(DetectionFigures::ap).orElse(OptionalDouble.empty());
            OptionalDouble other = first.detection.map(DetectionFigures::ap).orElse(OptionalDouble.empty());
            return new Difference(
                    own.isPresent() && other.isPresent()
                            ? OptionalDouble.of(other.getAsDouble() - own.getAsDouble())
                            : OptionalDouble.empty(),
                    intervals.flatMap(mine -> first.intervals.flatMap(theirs -> theirs.apAbove(mine))));
        }
    }

    /// @param first the version that was asked for, of the others
    private static OfVersion of(Figured figured, Optional<Figured> first) {
        EvaluationRun.Version version = figured.version();
        Optional<DetectionFigures> detection = figured.detection();
        Optional<ClassificationFigures> classification = figured.classification();
        Edits edits = detection
                .map(DetectionFigures::edits)
                .or(() -> classification.map(ClassificationFigures::edits))
                .orElse(Edits.NONE);
        return new OfVersion(
                version.model().version().toString(),
                version.classes().groups(),
                version.classes().onlyInDataSet(),
                version.classes().onlyInModel(),
                detection.map(figures ->
                        detection(version, figures, figured.intervals().orElseThrow())),
                classification.map(EvaluationReport::classification),
                Work.of(edits),
                detection.isEmpty() ? Optional.empty() : first.map(figured::below));
    }

    private static Detection detection(
            EvaluationRun.Version version, DetectionFigures figures, DetectionIntervals intervals) {
        return new Detection(
                figures.ap(),
                figures.ap50(),
                figures.ap75(),
                figures.ar100(),
                figures.labels(),
                sizes(range -> new OfSize(figures.labels(range), figures.ap(range), figures.ar100(range))),
                Intervals.of(intervals.all()),
                Shown.of(figures.shown()),
                IntStream.range(0, figures.classes().size())
                        .mapToObj(i -> of(
                                figures.classes().get(i),
                                Intervals.of(intervals.classes().get(i)),
                                threshold(version, version.classes().groups().get(i))))
                        .toList(),
                figures.confusions().entrySet().stream()
                        .map(entry ->
                                new Found(entry.getKey().label(), entry.getKey().found(), entry.getValue()))
                        .sorted(Comparator.comparingLong(Found::count)
                                .reversed()
                                .thenComparing(found -> found.label().orElse(""))
                                .thenComparing(found -> found.found().orElse("")))
                        .toList(),
                new TreeMap<>(figures.labelsLeftOut()),
                new TreeMap<>(figures.findingsLeftOut()));
    }

    private static OptionalDouble threshold(EvaluationRun.Version version, ClassMap.Group group) {
        return group.inModel().stream()
                .mapToDouble(label -> version.model().thresholds().getOrDefault(label, 0.0))
                .min();
    }

    /// By name, all sizes but all of them together.
    private static Map<String, OfSize> sizes(Function<SizeRange, OfSize> of) {
        Map<String, OfSize> sizes = new LinkedHashMap<>();
        for (SizeRange range : SizeRange.values()) {
            if (range != SizeRange.ALL) {
                sizes.put(range.name().toLowerCase(Locale.ROOT), of.apply(range));
            }
        }
        return sizes;
    }

    private static OfClass of(ClassFigures figures, Intervals intervals, OptionalDouble threshold) {
        return new OfClass(
                figures.name(),
                figures.labels(),
                figures.findings(),
                figures.ap(),
                figures.ap50(),
                figures.ap75(),
                figures.ar100(),
                sizes(range -> {
                    ClassFigures.OfSize size = figures.of(range);
                    return new OfSize(size.labels(), size.ap(), size.ar100());
                }),
                intervals,
                threshold,
                Shown.of(figures.shown()),
                figures.bestThreshold(),
                figures.bestF1());
    }

    private static Classification classification(ClassificationFigures figures) {
        return new Classification(
                figures.accuracy(),
                figures.images(),
                figures.classes().stream()
                        .map(one -> new NamedShown(
                                one.name(),
                                one.counts().hits() + one.counts().missed(),
                                one.counts().precision(),
                                one.counts().recall(),
                                one.counts().f1()))
                        .toList(),
                figures.confusions().entrySet().stream()
                        .map(entry -> new Confusion(
                                entry.getKey().label(), entry.getKey().found(), entry.getValue()))
                        .sorted(Comparator.comparingLong(Confusion::images)
                                .reversed()
                                .thenComparing(Confusion::label)
                                .thenComparing(Confusion::found))
                        .toList(),
                new TreeMap<>(figures.imagesLeftOut()));
    }
}
