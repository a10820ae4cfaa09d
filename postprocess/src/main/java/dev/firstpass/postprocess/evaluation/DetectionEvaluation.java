package dev.firstpass.postprocess.evaluation;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Predicate;

/// Holds a model's findings against labels, image by image: average precision as COCO defines it, what people get to see
/// at the model's thresholds, and what they have to do about it.
///
/// Average precision needs findings of any score, so those below the thresholds come in too. Images are to come in the
/// order of their ids: pycocotools breaks ties of scores by it.
///
/// Mutable, for one thread. Keeps 12 bytes for a finding and nothing of the images.
public final class DetectionEvaluation {
    /// Of each class in an image, best scores first; COCO's limit.
    public static final int MOST_FINDINGS = 100;

    private static final double SHOWN_OVERLAP = 0.5;

    private final ClassMap classes;
    private final Compared compared;
    private final List<ClassRecord> records = new ArrayList<>();
    private final Map<String, Long> labelsLeftOut = new TreeMap<>();
    private final Map<String, Long> findingsLeftOut = new TreeMap<>();
    private Edits edits = Edits.NONE;
    private long images;

    public DetectionEvaluation(ClassMap classes, Compared compared) {
        this.classes = classes;
        this.compared = compared;
        classes.groups().forEach(_ -> records.add(new ClassRecord()));
    }

    /// A label of the image, in the form in which it is compared.
    record Label(int group, Area area, boolean isCrowd) {}

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
        Edits here = EditCount.of(known, found.stream().filter(Finding::isShown).toList());
        edits = edits.plus(here);
        images++;
        return here;
    }

    public DetectionFigures figures() {
        List<ClassFigures> each = new ArrayList<>();
        for (int group = 0; group < records.size(); group++) {
            each.add(records.get(group).figures(classes.groups().get(group).name()));
        }
        return new DetectionFigures(compared, images, each, edits, labelsLeftOut, findingsLeftOut);
    }

    /// Crowds last.
    private List<Label> labels(ImageSize size, List<TrueLabel> labels) {
        List<Label> known = new ArrayList<>();
        for (TrueLabel label : labels) {
            OptionalInt group = classes.ofDataSet(label.label());
            Optional<Rect> box = label.box();
            if (group.isEmpty() || box.isEmpty()) {
                labelsLeftOut.merge(label.label(), 1L, Long::sum);
            } else {
                Area area = Area.of(label.annotation(), box.get(), compared, size);
                known.add(new Label(group.getAsInt(), area, label.isCrowd()));
            }
        }
        known.sort(Comparator.comparing(Label::isCrowd));
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
                Area area = Area.of(finding, box.get(), compared, size);
                found.add(
                        new Finding(group.getAsInt(), area, finding.candidate().score(), isShown.test(finding)));
            }
        }
        found.sort(Comparator.comparingDouble(Finding::score).reversed());
        return found;
    }

    private static void add(ClassRecord record, List<Label> labels, List<Finding> findings) {
        boolean[] isCrowd = new boolean[labels.size()];
        int real = 0;
        for (int i = 0; i < isCrowd.length; i++) {
            isCrowd[i] = labels.get(i).isCrowd;
            real += isCrowd[i] ? 0 : 1;
        }
        record.addLabels(real);
        List<Finding> counted = findings.subList(0, Math.min(MOST_FINDINGS, findings.size()));
        double[][] overlaps = overlaps(counted, labels);
        int[] right = new int[counted.size()];
        int[] ignored = new int[counted.size()];
        for (int t = 0; t < ClassRecord.OVERLAPS.length; t++) {
            int[] taken = GreedyMatch.of(overlaps, isCrowd, ClassRecord.OVERLAPS[t]);
            for (int i = 0; i < taken.length; i++) {
                right[i] |= taken[i] == GreedyMatch.NONE ? 0 : 1 << t;
                ignored[i] |= taken[i] != GreedyMatch.NONE && isCrowd[taken[i]] ? 1 << t : 0;
            }
        }
        for (int i = 0; i < right.length; i++) {
            record.addFinding(counted.get(i).score, right[i], ignored[i]);
        }
        List<Finding> shown = findings.stream().filter(Finding::isShown).toList();
        record.addShown(shown(overlaps(shown, labels), isCrowd, real));
    }

    private static ClassFigures.Shown shown(double[][] overlaps, boolean[] isCrowd, int labels) {
        int[] taken = GreedyMatch.of(overlaps, isCrowd, SHOWN_OVERLAP);
        long hits = 0;
        long extra = 0;
        double sum = 0;
        for (int i = 0; i < taken.length; i++) {
            if (taken[i] == GreedyMatch.NONE) {
                extra++;
            } else if (!isCrowd[taken[i]]) {
                hits++;
                sum += overlaps[i][taken[i]];
            }
        }
        return new ClassFigures.Shown(hits, extra, labels - hits, sum);
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
