package dev.firstpass.postprocess.evaluation;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/// Holds a model's findings against labels, image by image: average precision as COCO defines it, what people get to see
/// at the model's thresholds, and what they have to do about it.
///
/// Average precision needs findings of any score, so those below the thresholds come in too. Images are to come in the
/// order of their ids: pycocotools breaks ties of scores by it.
///
/// Mutable, for one thread. Keeps 28 bytes for a finding, some 40 for each class that an image has, and nothing else of the
/// images.
public final class DetectionEvaluation {
    /// Of each class in an image, best scores first; COCO's limits.
    private static final int MOST_FINDINGS = 100;

    private static final int MOST_FIGURES = 20;

    private static final double SHOWN_OVERLAP = 0.5;

    private final ClassMap classes;
    private final Compared compared;
    private final List<ClassRecord> records = new ArrayList<>();
    private final Map<String, Long> labelsLeftOut = new TreeMap<>();
    private final Map<String, Long> findingsLeftOut = new TreeMap<>();
    private final Map<Long, Long> confusions = new HashMap<>();
    private Edits edits = Edits.NONE;
    private int images;

    public DetectionEvaluation(ClassMap classes, Compared compared) {
        this.classes = classes;
        this.compared = compared;
        classes.groups().forEach(_ -> records.add(new ClassRecord()));
    }

    /// A label of the image, in the form in which it is compared.
    ///
    /// @param size area by which it is small or large
    /// @param isCounted whether it is to be found: neither a crowd nor, among figures, one without joints
    record Label(int group, Area area, boolean isCrowd, boolean isCounted, double size) {}

    /// @param isShown whether its score reaches the model's threshold
    record Finding(int group, Area area, double score, boolean isShown) {}

    /// @param size of the image
    /// @param isShown whether people get to see a finding
    /// @return what is to be done in this image
    public Edits add(ImageSize size, List<TrueLabel> labels, List<Annotation> findings, Predicate<Annotation> isShown) {
        List<Label> known = labels(size, labels);
        List<Finding> found = findings(size, findings, isShown);
        for (int group = 0; group < records.size(); group++) {
            int wanted = group;
            List<Label> of =
                    known.stream().filter(label -> label.group == wanted).toList();
            List<Finding> had =
                    found.stream().filter(finding -> finding.group == wanted).toList();
            if (!of.isEmpty() || !had.isEmpty()) {
                add(records.get(group), of, had);
            }
        }
        Edits here = EditCount.of(
                known,
                found.stream().filter(Finding::isShown).toList(),
                (label, had) -> confusions.merge(pair(label, had), 1L, Long::sum));
        edits = edits.plus(here);
        images++;
        return here;
    }

    public DetectionFigures figures() {
        List<ClassFigures> each = new ArrayList<>();
        for (int group = 0; group < records.size(); group++) {
            each.add(records.get(group).figures(classes.groups().get(group).name()));
        }
        Map<DetectionFigures.Confusion, Long> named = new HashMap<>();
        confusions.forEach((pair, count) ->
                named.put(new DetectionFigures.Confusion(name((int) (pair >> 32)), name(pair.intValue())), count));
        return new DetectionFigures(compared, images, each, edits, named, labelsLeftOut, findingsLeftOut);
    }

    private static long pair(int label, int found) {
        return ((long) label << 32) | (found & 0xFFFF_FFFFL);
    }

    private Optional<String> name(int group) {
        return group == EditCount.Pairs.NOTHING
                ? Optional.empty()
                : Optional.of(classes.groups().get(group).name());
    }

    /// How sure the figures are; nothing of fewer than 10 images. Costs as much as the figures, 500 times.
    public DetectionIntervals intervals() {
        if (images < Bootstrap.LEAST_IMAGES) {
            return new DetectionIntervals(
                    DetectionIntervals.OfFigures.NONE,
                    records.stream().map(_ -> DetectionIntervals.OfFigures.NONE).toList(),
                    List.of());
        }
        Bootstrap bootstrap = new Bootstrap(images);
        List<ClassRecord.Draws> draws =
                records.stream().map(record -> record.new Draws()).toList();
        DrawnFigures all = new DrawnFigures();
        List<DrawnFigures> each = records.stream().map(_ -> new DrawnFigures()).toList();
        for (int number = 0; number < Bootstrap.DRAWS; number++) {
            int[] times = bootstrap.draw(number);
            double ap = 0;
            double ap50 = 0;
            int labelled = 0;
            ClassFigures.Shown shown = ClassFigures.Shown.NONE;
            for (int group = 0; group < draws.size(); group++) {
                ClassRecord.Drawn drawn = draws.get(group).of(times);
                each.get(group).set(number, drawn.ap(), drawn.ap50(), drawn.shown());
                shown = shown.plus(drawn.shown());
                if (!Double.isNaN(drawn.ap())) {
                    ap += drawn.ap();
                    ap50 += drawn.ap50();
                    labelled++;
                }
            }
            all.set(number, ap / labelled, ap50 / labelled, shown);
        }
        return new DetectionIntervals(
                all.intervals(),
                IntStream.range(0, each.size())
                        .mapToObj(i -> records.get(i).imageCount() < Bootstrap.LEAST_IMAGES
                                ? DetectionIntervals.OfFigures.NONE
                                : each.get(i).intervals())
                        .toList(),
                Arrays.stream(all.ap).boxed().toList());
    }

    /// Of each draw, NaN where it does not have the figure. Mutable, for one thread.
    private static final class DrawnFigures {
        private final double[] ap = new double[Bootstrap.DRAWS];
        private final double[] ap50 = new double[Bootstrap.DRAWS];
        private final double[] precision = new double[Bootstrap.DRAWS];
        private final double[] recall = new double[Bootstrap.DRAWS];

        void set(int draw, double apOfDraw, double ap50OfDraw, ClassFigures.Shown shown) {
            ap[draw] = apOfDraw;
            ap50[draw] = ap50OfDraw;
            precision[draw] = shown.precision().orElse(Double.NaN);
            recall[draw] = shown.recall().orElse(Double.NaN);
        }

        DetectionIntervals.OfFigures intervals() {
            return new DetectionIntervals.OfFigures(
                    Interval.of(ap), Interval.of(ap50), Interval.of(precision), Interval.of(recall));
        }
    }

    /// Those that are not counted last.
    private List<Label> labels(ImageSize size, List<TrueLabel> labels) {
        List<Label> known = new ArrayList<>();
        for (TrueLabel label : labels) {
            OptionalInt group = classes.ofDataSet(label.label());
            Optional<Rect> box = label.box();
            if (group.isEmpty() || box.isEmpty()) {
                labelsLeftOut.merge(label.label(), 1L, Long::sum);
            } else {
                double pixels = label.area().orElseGet(() -> Area.of(label.annotation(), box.get()));
                Area area = Area.of(label.annotation(), box.get(), pixels, compared, size);
                boolean isFigure = compared != Compared.JOINTS || label.annotation() instanceof Annotation.Keypoints;
                known.add(new Label(group.getAsInt(), area, label.isCrowd(), isFigure && !label.isCrowd(), pixels));
            }
        }
        known.sort(Comparator.comparing(Label::isCounted).reversed());
        return known;
    }

    /// Best scores first.
    private List<Finding> findings(ImageSize size, List<Annotation> findings, Predicate<Annotation> isShown) {
        List<Finding> found = new ArrayList<>();
        for (Annotation finding : findings) {
            String label = finding.candidate().label();
            OptionalInt group = classes.ofModel(label);
            Optional<Rect> box = finding.bounds();
            if (group.isEmpty() || box.isEmpty()) {
                if (isShown.test(finding)) {
                    findingsLeftOut.merge(label, 1L, Long::sum);
                }
            } else {
                Area area = Area.of(finding, box.get(), jointsArea(finding), compared, size);
                found.add(
                        new Finding(group.getAsInt(), area, finding.candidate().score(), isShown.test(finding)));
            }
        }
        found.sort(Comparator.comparingDouble(Finding::score).reversed());
        return found;
    }

    /// Of a figure, as pycocotools takes it from its joints.
    private static double jointsArea(Annotation finding) {
        return finding instanceof Annotation.Keypoints figure
                ? new Annotation.Keypoints(figure.candidate(), figure.points())
                        .bounds()
                        .map(Rect::area)
                        .orElse(0.0)
                : 0;
    }

    private void add(ClassRecord record, List<Label> labels, List<Finding> findings) {
        SizeRange[] ranges = SizeRange.values();
        boolean[] isCrowd = new boolean[labels.size()];
        for (int i = 0; i < isCrowd.length; i++) {
            isCrowd[i] = labels.get(i).isCrowd;
        }
        int most = compared == Compared.JOINTS ? MOST_FIGURES : MOST_FINDINGS;
        List<Finding> counted = findings.subList(0, Math.min(most, findings.size()));
        double[][] overlaps = overlaps(counted, labels);
        int[][] right = new int[counted.size()][ranges.length];
        int[][] ignored = new int[counted.size()][ranges.length];
        int[] real = new int[ranges.length];
        for (int range = 0; range < ranges.length; range++) {
            boolean[] isIgnored = new boolean[isCrowd.length];
            for (int i = 0; i < isCrowd.length; i++) {
                isIgnored[i] = !labels.get(i).isCounted || !ranges[range].has(labels.get(i).size);
                real[range] += isIgnored[i] ? 0 : 1;
            }
            for (int t = 0; t < ClassRecord.OVERLAPS.length; t++) {
                int[] taken = GreedyMatch.of(overlaps, isIgnored, isCrowd, ClassRecord.OVERLAPS[t]);
                for (int i = 0; i < taken.length; i++) {
                    boolean isNone = taken[i] == GreedyMatch.NONE;
                    boolean isLeft =
                            isNone ? !ranges[range].has(counted.get(i).area.pixels()) : isIgnored[taken[i]];
                    right[i][range] |= isNone ? 0 : 1 << t;
                    ignored[i][range] |= isLeft ? 1 << t : 0;
                }
            }
        }
        for (int i = 0; i < right.length; i++) {
            record.addFinding(images, counted.get(i).score, right[i], ignored[i]);
        }
        List<Finding> shown = findings.stream().filter(Finding::isShown).toList();
        record.addImage(new ClassRecord.InImage(images, real, shown(overlaps(shown, labels), labels)));
    }

    private static ClassFigures.Shown shown(double[][] overlaps, List<Label> labels) {
        boolean[] isCrowd = new boolean[labels.size()];
        boolean[] isIgnored = new boolean[labels.size()];
        long counted = 0;
        for (int i = 0; i < isCrowd.length; i++) {
            isCrowd[i] = labels.get(i).isCrowd;
            isIgnored[i] = !labels.get(i).isCounted;
            counted += isIgnored[i] ? 0 : 1;
        }
        int[] taken = GreedyMatch.of(overlaps, isIgnored, isCrowd, SHOWN_OVERLAP);
        long hits = 0;
        long extra = 0;
        double sum = 0;
        for (int i = 0; i < taken.length; i++) {
            if (taken[i] == GreedyMatch.NONE) {
                extra++;
            } else if (!isIgnored[taken[i]]) {
                hits++;
                sum += overlaps[i][taken[i]];
            }
        }
        return new ClassFigures.Shown(hits, extra, counted - hits, sum);
    }

    private static double[][] overlaps(List<Finding> findings, List<Label> labels) {
        double[][] overlaps = new double[findings.size()][labels.size()];
        for (int i = 0; i < overlaps.length; i++) {
            for (int j = 0; j < overlaps[i].length; j++) {
                Label label = labels.get(j);
                overlaps[i][j] = Area.overlap(findings.get(i).area, label.area, label.isCrowd);
            }
        }
        return overlaps;
    }
}
