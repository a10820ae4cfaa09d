package dev.firstpass.postprocess.geometry;

import java.util.ArrayList;
import java.util.List;

/// Soft non-maximum suppression: a box that overlaps a better one of its group loses score instead of going (Bodla et
/// al., "Soft-NMS - Improving Object Detection With One Line of Code", 2017). It keeps objects that stand close together,
/// and changes scores: thresholds and calibration meant for the model's own do not fit them.
///
/// The best box left is taken, the others of its group are scored down by their overlap with it, and so on; what falls
/// below the floor goes. Of equal scores the lower index comes first, so the order of the candidates does not matter.
/// Costs candidates times kept boxes.
///
/// Pure functions.
public final class SoftNms {
    private SoftNms() {}

    /// Scores fall to `score * (1 - iou)` where the overlap is above `iou`, else they stay.
    ///
    /// @param floor boxes that fall below this go
    /// @param limit most boxes to keep
    /// @return best first, with their new scores
    public static List<Nms.Scored> linear(List<Nms.Scored> candidates, double iou, double floor, int limit) {
        return keep(candidates, overlap -> overlap > iou ? 1 - overlap : 1, floor, limit);
    }

    /// Scores fall to `score * exp(-iou^2 / sigma)`, at any overlap.
    ///
    /// @param sigma > 0; the paper has 0.5
    public static List<Nms.Scored> gaussian(List<Nms.Scored> candidates, double sigma, double floor, int limit) {
        if (!(sigma > 0)) {
            throw new IllegalArgumentException("sigma: " + sigma + " (expected: > 0)");
        }
        return keep(candidates, overlap -> Math.exp(-overlap * overlap / sigma), floor, limit);
    }

    /// What is left of a score at an overlap.
    @FunctionalInterface
    private interface Decay {
        double at(double overlap);
    }

    private static List<Nms.Scored> keep(List<Nms.Scored> candidates, Decay decay, double floor, int limit) {
        List<Nms.Scored> left = Nms.bestFirst(candidates);
        left.removeIf(candidate -> candidate.score() < floor);
        List<Nms.Scored> kept = new ArrayList<>();
        while (!left.isEmpty() && kept.size() < limit) {
            Nms.Scored best = left.removeFirst();
            kept.add(best);
            List<Nms.Scored> decayed = new ArrayList<>(left.size());
            for (Nms.Scored rival : left) {
                double overlap = rival.group() == best.group() ? rival.box().iou(best.box()) : 0;
                double score = overlap > 0 ? rival.score() * decay.at(overlap) : rival.score();
                if (score >= floor) {
                    decayed.add(new Nms.Scored(rival.box(), score, rival.group(), rival.index()));
                }
            }
            left = Nms.bestFirst(decayed);
        }
        return kept;
    }
}
