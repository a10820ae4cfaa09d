package dev.firstpass.postprocess.evaluation;

import java.util.Arrays;

/// Which label each finding takes, as `evaluateImg` of pycocotools has it (`pycocotools/cocoeval.py`,
/// github.com/cocodataset/cocoapi): findings choose in the order of their scores, each the label that it covers best
/// among those still free; where two are covered equally the later one; a label that is not counted only where nothing
/// else is covered well enough; and a crowd may be taken by many.
///
/// Pure function.
final class GreedyMatch {
    static final int NONE = -1;

    /// What pycocotools takes for 1.
    private static final double ONE = 1 - 1e-10;

    private GreedyMatch() {}

    /// @param overlaps of each finding, best score first, with each label
    /// @param isIgnored of each label, whether it is not counted: crowds among others
    /// @param isCrowd of each label
    /// @param least overlap
    /// @return the label of each finding, or [#NONE]
    static int[] of(double[][] overlaps, boolean[] isIgnored, boolean[] isCrowd, double least) {
        int[] order = ignoredLast(isIgnored);
        int[] taken = new int[overlaps.length];
        Arrays.fill(taken, NONE);
        boolean[] isTaken = new boolean[isCrowd.length];
        for (int finding = 0; finding < overlaps.length; finding++) {
            double best = Math.min(least, ONE);
            int chosen = NONE;
            for (int label : order) {
                if (chosen != NONE && !isIgnored[chosen] && isIgnored[label]) {
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

    /// Otherwise in their order.
    private static int[] ignoredLast(boolean[] isIgnored) {
        int[] order = new int[isIgnored.length];
        int used = 0;
        for (boolean ignored : new boolean[] {false, true}) {
            for (int label = 0; label < isIgnored.length; label++) {
                if (isIgnored[label] == ignored) {
                    order[used++] = label;
                }
            }
        }
        return order;
    }
}
