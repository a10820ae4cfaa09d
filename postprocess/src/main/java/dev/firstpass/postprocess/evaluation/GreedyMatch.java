package dev.firstpass.postprocess.evaluation;

import java.util.Arrays;

/// Which label each finding takes, as `evaluateImg` of pycocotools has it (`pycocotools/cocoeval.py`,
/// github.com/cocodataset/cocoapi): findings choose in the order of their scores, each the label that it covers best
/// among those still free; where two are covered equally the later one; a crowd only where nothing else is covered well
/// enough, and a crowd may be taken by many.
///
/// Pure function.
final class GreedyMatch {
    static final int NONE = -1;

    /// What pycocotools takes for 1.
    private static final double ONE = 1 - 1e-10;

    private GreedyMatch() {}

    /// @param overlaps of each finding, best score first, with each label
    /// @param isCrowd of each label; those that are come last
    /// @param least overlap
    /// @return the label of each finding, or [#NONE]
    static int[] of(double[][] overlaps, boolean[] isCrowd, double least) {
        int[] taken = new int[overlaps.length];
        Arrays.fill(taken, NONE);
        boolean[] isTaken = new boolean[isCrowd.length];
        for (int finding = 0; finding < overlaps.length; finding++) {
            double best = Math.min(least, ONE);
            int chosen = NONE;
            for (int label = 0; label < isCrowd.length; label++) {
                if (chosen != NONE && !isCrowd[chosen] && isCrowd[label]) {
                    break;
                }
                if ((!isTaken[label] || isCrowd[label]) && overlaps[finding][label] >= best) {
                    best = overlaps[finding][label];
                    chosen = label;
                }
            }
            if (chosen != NONE) {
                isTaken[chosen] = true;
                taken[finding] = chosen;
            }
        }
        return taken;
    }
}
