package dev.firstpass.postprocess.evaluation;

import dev.firstpass.postprocess.annotation.Annotation;
import java.util.List;
import java.util.OptionalDouble;

/// How far two versions' answers for the same images agree. Figures of several images add up, in any order. Agreement is
/// not quality: where the first is wrong, a better one disagrees.
///
/// Annotations match that cover each other by a half at least, as [Matching#byShape] pairs them.
///
/// Immutable.
///
/// @param images compared
/// @param pairs annotations of the first that have one of the second in their place
/// @param sameLabel those of them with the same label
/// @param onlyFirst annotations of the first without one of the second
/// @param onlySecond the other way round
/// @param overlapSum over the pairs
/// @param scoreShiftSum second's score less first's, over the pairs of the same label
/// @param scoreDifferenceSum the same without signs
public record Agreement(
        long images,
        long pairs,
        long sameLabel,
        long onlyFirst,
        long onlySecond,
        double overlapSum,
        double scoreShiftSum,
        double scoreDifferenceSum) {
    /// Nothing was compared.
    public static final Agreement NONE = new Agreement(0, 0, 0, 0, 0, 0, 0, 0);

    private static final double LEAST_OVERLAP = 0.5;

    /// Of two answers for one image.
    public static Agreement of(List<Annotation> first, List<Annotation> second) {
        Matching matching = Matching.byShape(first, second, LEAST_OVERLAP);
        long same = 0;
        double overlaps = 0;
        double shifts = 0;
        double differences = 0;
        for (Matching.Pair pair : matching.pairs()) {
            Annotation a = first.get(pair.first());
            Annotation b = second.get(pair.second());
            overlaps += pair.overlap();
            if (a.candidate().label().equals(b.candidate().label())) {
                double shift = b.candidate().score() - a.candidate().score();
                same++;
                shifts += shift;
                differences += Math.abs(shift);
            }
        }
        return new Agreement(
                1,
                matching.pairs().size(),
                same,
                matching.onlyFirst().size(),
                matching.onlySecond().size(),
                overlaps,
                shifts,
                differences);
    }

    public Agreement plus(Agreement other) {
        return new Agreement(
                images + other.images,
                pairs + other.pairs,
                sameLabel + other.sameLabel,
                onlyFirst + other.onlyFirst,
                onlySecond + other.onlySecond,
                overlapSum + other.overlapSum,
                scoreShiftSum + other.scoreShiftSum,
                scoreDifferenceSum + other.scoreDifferenceSum);
    }

    /// Share of all annotations, both answers', that have a partner; 1 where there are none.
    public double matched() {
        long all = 2 * pairs + onlyFirst + onlySecond;
        return all == 0 ? 1 : 2.0 * pairs / all;
    }

    /// Of the pairs; empty where there are none.
    public OptionalDouble meanOverlap() {
        return mean(overlapSum, pairs);
    }

    /// Share of the pairs with the same label; empty where there are none.
    public OptionalDouble labelAgreement() {
        return mean((double) sameLabel, pairs);
    }

    /// By how much the second is surer than the first of what both see; empty where there is nothing.
    public OptionalDouble meanScoreShift() {
        return mean(scoreShiftSum, sameLabel);
    }

    /// By how much the two differ in how sure they are; empty where there is nothing that both see.
    public OptionalDouble meanScoreDifference() {
        return mean(scoreDifferenceSum, sameLabel);
    }

    /// How many annotations more the second has than the first, over all images; negative where it has fewer.
    public long countDifference() {
        return onlySecond - onlyFirst;
    }

    private static OptionalDouble mean(double sum, long count) {
        return count == 0 ? OptionalDouble.empty() : OptionalDouble.of(sum / count);
    }
}
