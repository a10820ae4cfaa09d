package dev.firstpass.postprocess.geometry;

import java.util.ArrayList;
import java.util.List;

/// Merging instead of suppressing, for findings of one object that the borders of tiles have cut: boxes of a group that
/// overlap become the box around them. The measure is the intersection over the **smaller** area, since a piece of an object
/// lies in the other piece or beside it, whatever their sizes (greedy merging as in SAHI, `GREEDYNMM` with `IOS` in
/// sahi/postprocess/combine.py).
///
/// Best first, a box takes up whatever overlaps it by more than allowed, and again what overlaps the grown box, until
/// nothing does: so an object over three tiles becomes one. The result has the score and index of its best piece.
/// The order of the candidates does not matter. Costs candidates times results, times the rounds of growth (pieces of an
/// object in a row).
///
/// Pure functions.
public final class Nmm {
    private Nmm() {}

    /// A box and the candidates it is made of.
    ///
    /// Immutable.
    ///
    /// @param box around all of them, with score, group and index of the best
    /// @param pieces best first, at least one; whose masks are to be united, for instance
    public record Merged(Nms.Scored box, List<Nms.Scored> pieces) {
        public Merged {
            pieces = List.copyOf(pieces);
        }
    }

    /// @param ios most intersection over the smaller area at which two boxes stay two; 0.5 is usual
    /// @param limit most boxes to give, best first
    public static List<Merged> merge(List<Nms.Scored> candidates, double ios, int limit) {
        List<Nms.Scored> left = Nms.bestFirst(candidates);
        List<Merged> merged = new ArrayList<>();
        while (!left.isEmpty() && merged.size() < limit) {
            merged.add(grow(left, ios));
        }
        return merged;
    }

    /// Takes the best and what it merges with out of `left`.
    private static Merged grow(List<Nms.Scored> left, double ios) {
        Nms.Scored best = left.removeFirst();
        List<Nms.Scored> pieces = new ArrayList<>(List.of(best));
        Rect box = best.box();
        boolean grows = true;
        while (grows) {
            Rect sofar = box;
            List<Nms.Scored> taken = left.stream()
                    .filter(rival -> rival.group() == best.group() && sofar.ios(rival.box()) > ios)
                    .toList();
            left.removeAll(taken);
            pieces.addAll(taken);
            for (Nms.Scored piece : taken) {
                box = box.around(piece.box());
            }
            grows = !taken.isEmpty();
        }
        return new Merged(new Nms.Scored(box, best.score(), best.group(), best.index()), Nms.bestFirst(pieces));
    }
}
