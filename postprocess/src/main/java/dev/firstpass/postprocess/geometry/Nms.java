package dev.firstpass.postprocess.geometry;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Greedy non-maximum suppression: best first, a shape goes if it overlaps a kept one of its group by more than the
/// allowed IoU. Unlike fast suppression ([#keepFast]), what is suppressed suppresses nothing.
///
/// Shapes are boxes ([Scored]), rotated boxes ([Rotated], by [ProbIou]) or masks ([Masked], by their run lengths); whether
/// classes compete with each other is said by their group. Softer ways are in [SoftNms], merging in [Nmm].
///
/// All give the same result whatever order the candidates come in: the better of two has the higher score and, of equal
/// scores, the lower index. IoU is taken on edges, without `+ 1`. Cost: a sort, then candidates times kept ones of the same
/// group.
///
/// Pure functions.
public final class Nms {
    private static final Comparator<Rival> BEST_FIRST =
            Comparator.comparingDouble(Rival::score).reversed().thenComparingInt(Rival::index);

    private Nms() {}

    /// What competes.
    public interface Rival {
        double score();

        /// Only rivals of the same group suppress each other: the class, or one number for all.
        int group();

        /// Position in the model's output; of two equal scores the lower index is the better.
        int index();
    }

    /// A box that competes.
    ///
    /// Immutable.
    ///
    /// @param group only boxes of the same group suppress each other: the class, or one number for all
    /// @param index position in the model's output; of two equal scores the lower index is the better
    public record Scored(Rect box, double score, int group, int index) implements Rival {}

    /// A rotated box that competes.
    ///
    /// Immutable.
    public record Rotated(RotatedRect box, double score, int group, int index) implements Rival {}

    /// A mask that competes. Its bounds are taken once, so that masks apart from each other cost nothing.
    ///
    /// Immutable.
    public record Masked(RunLengths runs, Rect bounds, double score, int group, int index) implements Rival {
        public Masked(RunLengths runs, double score, int group, int index) {
            this(runs, runs.bounds(), score, group, index);
        }

        private double iou(Masked other) {
            return bounds.iou(other.bounds) == 0 ? 0 : Areas.iou(runs, other.runs);
        }
    }

    /// How far two rivals overlap, 0..1, the same both ways round.
    @FunctionalInterface
    public interface Overlap<T> {
        double of(T first, T second);
    }

    /// The boxes that stay, best first: by score, then by index, whatever the order they came in.
    ///
    /// @param iou most overlap allowed; two boxes of exactly this IoU both stay
    /// @param limit most boxes to keep
    public static List<Scored> keep(List<Scored> candidates, double iou, int limit) {
        return keep(candidates, (first, second) -> first.box().iou(second.box()), iou, limit);
    }

    /// The same of rotated boxes, by [ProbIou].
    public static List<Rotated> keepRotated(List<Rotated> candidates, double iou, int limit) {
        return keep(candidates, (first, second) -> ProbIou.of(first.box(), second.box()), iou, limit);
    }

    /// The same of masks, by their pixels; no mask is unpacked.
    public static List<Masked> keepMasks(List<Masked> candidates, double iou, int limit) {
        return keep(candidates, Masked::iou, iou, limit);
    }

    /// The same by any overlap.
    public static <T extends Rival> List<T> keep(
            List<T> candidates, Overlap<? super T> overlap, double most, int limit) {
        List<T> kept = new ArrayList<>();
        Map<Integer, List<T>> keptOf = new HashMap<>();
        for (T candidate : bestFirst(candidates)) {
            if (kept.size() == limit) {
                break;
            }
            List<T> rivals = keptOf.computeIfAbsent(candidate.group(), group -> new ArrayList<>());
            if (!overlapsAny(rivals, candidate, overlap, most)) {
                rivals.add(candidate);
                kept.add(candidate);
            }
        }
        return kept;
    }

    /// Fast suppression: a rotated box goes if it overlaps **any** better one of its group by more than the allowed IoU,
    /// whether that one stays or not. It keeps fewer boxes than [#keepRotated], and is what Ultralytics' OBB models are
    /// run with (`TorchNMS.fast_nms` in ultralytics/utils/nms.py, 8.4).
    ///
    /// @param iou most overlap allowed; two boxes of exactly this IoU both stay
    public static List<Rotated> keepRotatedFast(List<Rotated> candidates, double iou, int limit) {
        return keepFast(candidates, (first, second) -> ProbIou.of(first.box(), second.box()), iou, limit);
    }

    /// The same by any overlap.
    public static <T extends Rival> List<T> keepFast(
            List<T> candidates, Overlap<? super T> overlap, double most, int limit) {
        List<T> kept = new ArrayList<>();
        Map<Integer, List<T>> seenOf = new HashMap<>();
        for (T candidate : bestFirst(candidates)) {
            if (kept.size() == limit) {
                break;
            }
            List<T> better = seenOf.computeIfAbsent(candidate.group(), group -> new ArrayList<>());
            if (!overlapsAny(better, candidate, overlap, most)) {
                kept.add(candidate);
            }
            better.add(candidate);
        }
        return kept;
    }

    static <T extends Rival> List<T> bestFirst(List<T> candidates) {
        List<T> sorted = new ArrayList<>(candidates);
        sorted.sort(BEST_FIRST);
        return sorted;
    }

    private static <T> boolean overlapsAny(List<T> rivals, T candidate, Overlap<? super T> overlap, double most) {
        for (int i = 0; i < rivals.size(); i++) {
            if (overlap.of(rivals.get(i), candidate) > most) {
                return true;
            }
        }
        return false;
    }
}
