package dev.firstpass.postprocess.geometry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Greedy non-maximum suppression: best first, a box goes if it overlaps a kept one of its group by more than the
/// allowed IoU. Unlike "fast NMS", a suppressed box suppresses nothing.
///
/// IoU is taken on edges, without `+ 1`. Cost: a sort, then candidates times kept boxes of the same group.
public final class Nms {
    private static final Comparator<Scored> BEST_FIRST =
            Comparator.comparingDouble(Scored::score).reversed().thenComparingInt(Scored::index);

    private Nms() {}

    /// A box that competes.
    ///
    /// Immutable.
    ///
    /// @param group only boxes of the same group suppress each other: the class, or one number for all
    /// @param index position in the model's output; of two equal scores the lower index is the better
    public record Scored(Rect box, double score, int group, int index) {}

    /// The boxes that stay, best first: by score, then by index, whatever the order they came in.
    ///
    /// @param iou most overlap allowed; two boxes of exactly this IoU both stay
    /// @param limit most boxes to keep
    public static List<Scored> keep(List<Scored> candidates, double iou, int limit) {
        List<Scored> kept = new ArrayList<>();
        Map<Integer, List<Rect>> keptOf = new HashMap<>();
        Scored[] sorted = candidates.toArray(Scored[]::new);
        Arrays.sort(sorted, BEST_FIRST);
        for (Scored candidate : sorted) {
            if (kept.size() == limit) {
                break;
            }
            List<Rect> rivals = keptOf.computeIfAbsent(candidate.group(), group -> new ArrayList<>());
            if (!overlapsAny(rivals, candidate.box(), iou)) {
                rivals.add(candidate.box());
                kept.add(candidate);
            }
        }
        return kept;
    }

    private static boolean overlapsAny(List<Rect> rivals, Rect box, double iou) {
        for (int i = 0; i < rivals.size(); i++) {
            if (rivals.get(i).iou(box) > iou) {
                return true;
            }
        }
        return false;
    }
}
