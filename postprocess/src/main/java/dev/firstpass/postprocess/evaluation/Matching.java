package dev.firstpass.postprocess.evaluation;

import dev.firstpass.postprocess.annotation.Annotation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.IntStream;

/// Which annotation of one answer is which of another: pairs of those that cover each other best come first, and each
/// is in one pair at most.
///
/// Immutable. Costs a comparison for each pair of annotations that may match.
///
/// @param pairs in the order in which they were found
/// @param onlyFirst positions in the first answer of those without a partner, ascending
/// @param onlySecond the same of the second
public record Matching(List<Pair> pairs, List<Integer> onlyFirst, List<Integer> onlySecond) {
    private static final Comparator<Pair> BEST_FIRST = Comparator.comparingDouble(Pair::overlap)
            .reversed()
            .thenComparingInt(pair -> pair.first() + pair.second())
            .thenComparingInt(Pair::first);

    public Matching {
        pairs = List.copyOf(pairs);
        onlyFirst = List.copyOf(onlyFirst);
        onlySecond = List.copyOf(onlySecond);
    }

    /// @param first position in the first answer
    /// @param second position in the second
    /// @param overlap as [Overlap] has it
    public record Pair(int first, int second, double overlap) {}

    /// Of annotations with the same label.
    ///
    /// @param least overlap of a pair
    public static Matching byLabel(List<Annotation> first, List<Annotation> second, double least) {
        return finished(pairs(first, second, least, Matching::isSameLabel), first.size(), second.size());
    }

    /// Of annotations with the same label, and then of those that are left, whatever their labels.
    ///
    /// @param least overlap of a pair
    public static Matching byShape(List<Annotation> first, List<Annotation> second, double least) {
        List<Pair> pairs = new ArrayList<>(pairs(first, second, least, Matching::isSameLabel));
        Matching same = finished(pairs, first.size(), second.size());
        List<Annotation> leftFirst = same.onlyFirst().stream().map(first::get).toList();
        List<Annotation> leftSecond =
                same.onlySecond().stream().map(second::get).toList();
        for (Pair pair : pairs(leftFirst, leftSecond, least, (_, _) -> true)) {
            pairs.add(new Pair(
                    same.onlyFirst().get(pair.first()), same.onlySecond().get(pair.second()), pair.overlap()));
        }
        return finished(pairs, first.size(), second.size());
    }

    private static boolean isSameLabel(Annotation a, Annotation b) {
        return a.candidate().label().equals(b.candidate().label());
    }

    private static List<Pair> pairs(
            List<Annotation> first, List<Annotation> second, double least, BiPredicate<Annotation, Annotation> may) {
        List<Pair> possible = new ArrayList<>();
        for (int i = 0; i < first.size(); i++) {
            for (int j = 0; j < second.size(); j++) {
                if (may.test(first.get(i), second.get(j))) {
                    double overlap = Overlap.of(first.get(i), second.get(j));
                    if (overlap > 0 && overlap >= least) {
                        possible.add(new Pair(i, j, overlap));
                    }
                }
            }
        }
        possible.sort(BEST_FIRST);
        Set<Integer> takenFirst = new HashSet<>();
        Set<Integer> takenSecond = new HashSet<>();
        List<Pair> pairs = new ArrayList<>();
        for (Pair pair : possible) {
            if (!takenFirst.contains(pair.first()) && !takenSecond.contains(pair.second())) {
                takenFirst.add(pair.first());
                takenSecond.add(pair.second());
                pairs.add(pair);
            }
        }
        return pairs;
    }

    private static Matching finished(List<Pair> pairs, int first, int second) {
        Set<Integer> inFirst = new HashSet<>(pairs.stream().map(Pair::first).toList());
        Set<Integer> inSecond = new HashSet<>(pairs.stream().map(Pair::second).toList());
        return new Matching(pairs, without(inFirst, first), without(inSecond, second));
    }

    private static List<Integer> without(Set<Integer> taken, int size) {
        return IntStream.range(0, size).boxed().filter(i -> !taken.contains(i)).toList();
    }
}
