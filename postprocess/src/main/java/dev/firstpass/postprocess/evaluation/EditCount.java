package dev.firstpass.postprocess.evaluation;

import dev.firstpass.postprocess.evaluation.DetectionEvaluation.Finding;
import dev.firstpass.postprocess.evaluation.DetectionEvaluation.Label;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Counts the edits of one image.
///
/// Pure function.
final class EditCount {
    private static final double LEAST_OVERLAP = 0.5;
    private static final Comparator<Pair> BEST_FIRST = Comparator.comparing(Pair::isSameClass)
            .thenComparingDouble(Pair::overlap)
            .reversed()
            .thenComparingInt(Pair::label)
            .thenComparingInt(Pair::finding);

    private EditCount() {}

    private record Pair(int label, int finding, boolean isSameClass, double overlap) {}

    /// Hears what was taken for what.
    @FunctionalInterface
    interface Pairs {
        /// Stands for nothing: a label that was not found, or a finding of what is not there.
        int NOTHING = -1;

        /// @param label group of the label, or [#NOTHING]
        /// @param found group of the finding, or [#NOTHING]
        void pair(int label, int found);
    }

    /// What covers a crowd by a half, of its own class, is neither kept nor deleted.
    static Edits of(List<Label> labels, List<Finding> shown, Pairs pairs) {
        List<Pair> possible = new ArrayList<>();
        for (int i = 0; i < labels.size(); i++) {
            for (int j = 0; j < shown.size() && labels.get(i).isCounted(); j++) {
                double overlap = Area.overlap(shown.get(j).area(), labels.get(i).area(), false);
                if (overlap >= LEAST_OVERLAP) {
                    boolean isSame = labels.get(i).group() == shown.get(j).group();
                    possible.add(new Pair(i, j, isSame, overlap));
                }
            }
        }
        possible.sort(BEST_FIRST);
        boolean[] isLabelTaken = new boolean[labels.size()];
        boolean[] isTaken = new boolean[shown.size()];
        long accepted = 0;
        long adjusted = 0;
        long relabeled = 0;
        for (Pair pair : possible) {
            if (isLabelTaken[pair.label] || isTaken[pair.finding]) {
                continue;
            }
            isLabelTaken[pair.label] = true;
            isTaken[pair.finding] = true;
            pairs.pair(labels.get(pair.label).group(), shown.get(pair.finding).group());
            if (!pair.isSameClass) {
                relabeled++;
            } else if (Area.isLeftAlone(
                    shown.get(pair.finding).area(), labels.get(pair.label).area())) {
                accepted++;
            } else {
                adjusted++;
            }
        }
        long deleted = 0;
        for (int j = 0; j < isTaken.length; j++) {
            if (!isTaken[j] && !isInCrowd(shown.get(j), labels)) {
                deleted++;
                pairs.pair(Pairs.NOTHING, shown.get(j).group());
            }
        }
        for (int i = 0; i < isLabelTaken.length; i++) {
            if (!isLabelTaken[i] && labels.get(i).isCounted()) {
                pairs.pair(labels.get(i).group(), Pairs.NOTHING);
            }
        }
        long real = labels.stream().filter(Label::isCounted).count();
        return new Edits(accepted, adjusted, relabeled, deleted, real - accepted - adjusted - relabeled);
    }

    private static boolean isInCrowd(Finding finding, List<Label> labels) {
        return labels.stream()
                .anyMatch(label -> !label.isCounted()
                        && label.group() == finding.group()
                        && Area.overlap(finding.area(), label.area(), label.isCrowd()) >= LEAST_OVERLAP);
    }
}
