package dev.firstpass.postprocess.family;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class BestCandidatesTest {
    private record Found(int index, float score) {}

    private static List<Found> best(int most, float... scores) {
        BestCandidates best = new BestCandidates(most);
        for (int i = 0; i < scores.length; i++) {
            best.add(i, scores[i]);
        }
        List<Found> found = new ArrayList<>();
        best.forEach((index, score) -> found.add(new Found(index, score)));
        return found;
    }

    @Test
    void forEach_ofEqualScores_isByIndex() {
        assertEquals(
                List.of(new Found(1, .5f), new Found(3, .5f), new Found(0, .25f), new Found(2, 0)),
                best(10, .25f, .5f, -0f, .5f));
    }

    /// Few different scores, so that many are equal; more than there is room for, so that most are let go.
    @Property(tries = 200)
    void forEach_ofAnyNumber_isTheHeadOfAllSorted(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int most, @ForAll @IntRange(max = 1000) int count) {
        Random random = new Random(seed);
        float[] scores = new float[count];
        for (int i = 0; i < count; i++) {
            scores[i] = random.nextInt(30) / 30f;
        }
        List<Found> expected = IntStream.range(0, count)
                .mapToObj(i -> new Found(i, scores[i]))
                .sorted(Comparator.comparingDouble((Found found) -> -found.score())
                        .thenComparingInt(Found::index))
                .limit(most)
                .toList();
        assertEquals(expected, best(most, scores));
    }
}
