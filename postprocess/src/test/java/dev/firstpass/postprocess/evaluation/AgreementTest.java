package dev.firstpass.postprocess.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.geometry.Rect;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class AgreementTest {
    private static final double CLOSE = 1e-9;

    @Test
    void answers_thatDiffer_areToldInFigures() {
        Agreement agreement = Agreement.of(
                List.of(
                        box("dog", 0.9, 0, 0, 10, 10),
                        box("cat", 0.8, 100, 0, 10, 10),
                        box("car", 0.7, 200, 0, 10, 10)),
                List.of(
                        box("dog", 0.8, 0, 0, 10, 8),
                        box("horse", 0.8, 100, 0, 10, 10),
                        box("car", 0.5, 300, 0, 10, 10),
                        box("car", 0.4, 400, 0, 10, 10)));
        assertEquals(2, agreement.pairs());
        assertEquals(1, agreement.sameLabel());
        assertEquals(1, agreement.onlyFirst());
        assertEquals(2, agreement.onlySecond());
        assertEquals(1, agreement.countDifference());
        assertEquals(4.0 / 7, agreement.matched(), CLOSE);
        assertEquals(0.9, agreement.meanOverlap().orElseThrow(), CLOSE);
        assertEquals(0.5, agreement.labelAgreement().orElseThrow(), CLOSE);
        assertEquals(-0.1, agreement.meanScoreShift().orElseThrow(), CLOSE);
        assertEquals(0.1, agreement.meanScoreDifference().orElseThrow(), CLOSE);
    }

    @Test
    void sameLabel_goesBeforeBetterOverlapWithAnother() {
        Agreement agreement = Agreement.of(
                List.of(box("zebra", 0.6, 0, 0, 10, 10), box("giraffe", 0.9, 0, 0, 10, 10)),
                List.of(box("giraffe", 0.9, 0, 0, 10, 9), box("zebra", 0.6, 0, 0, 10, 9)));
        assertEquals(2, agreement.sameLabel());
    }

    @Test
    void emptyAnswers_agree() {
        Agreement agreement = Agreement.of(List.of(), List.of());
        assertEquals(1, agreement.matched());
        assertEquals(OptionalDouble.empty(), agreement.meanOverlap());
        assertEquals(OptionalDouble.empty(), agreement.meanScoreShift());
    }

    @Property(tries = 200)
    void answer_withItself_agreesInEverything(@ForAll long seed, @ForAll @IntRange(max = 12) int count) {
        List<Annotation> answer = answer(seed, count);
        Agreement agreement = Agreement.of(answer, answer);
        assertEquals(count, agreement.sameLabel());
        assertEquals(1, agreement.matched());
        assertEquals(0, agreement.scoreDifferenceSum(), CLOSE);
        assertEquals(count, agreement.overlapSum(), CLOSE);
    }

    @Property(tries = 200)
    void sides_changed_changeTheSignsAlone(@ForAll long seed, @ForAll @IntRange(max = 10) int count) {
        List<Annotation> first = answer(seed, count);
        List<Annotation> second = moved(first, seed);
        Agreement there = Agreement.of(first, second);
        Agreement back = Agreement.of(second, first);
        assertEquals(there.pairs(), back.pairs());
        assertEquals(there.sameLabel(), back.sameLabel());
        assertEquals(there.onlyFirst(), back.onlySecond());
        assertEquals(there.overlapSum(), back.overlapSum(), CLOSE);
        assertEquals(there.scoreShiftSum(), -back.scoreShiftSum(), CLOSE);
        assertEquals(there.countDifference(), -back.countDifference());
    }

    @Property(tries = 200)
    void figures_stayWithinTheirRanges_andAddUp(@ForAll long seed, @ForAll @IntRange(max = 10) int count) {
        List<Annotation> first = answer(seed, count);
        List<Annotation> second = answer(seed + 1, count / 2);
        Agreement one = Agreement.of(first, second);
        assertEquals(first.size(), one.pairs() + one.onlyFirst());
        assertEquals(second.size(), one.pairs() + one.onlySecond());
        assertTrue(one.matched() >= 0 && one.matched() <= 1);
        one.meanOverlap().ifPresent(overlap -> assertTrue(overlap >= 0.5 && overlap <= 1 + CLOSE));
        Agreement two = one.plus(Agreement.of(second, first));
        assertEquals(2, two.images());
        assertEquals(2 * one.pairs(), two.pairs());
        assertEquals(0, two.countDifference());
        assertEquals(one, Agreement.NONE.plus(one));
    }

    private static List<Annotation> answer(long seed, int count) {
        Random random = new Random(seed);
        List<Annotation> answer = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            answer.add(box(
                    "c" + random.nextInt(3),
                    random.nextDouble(),
                    random.nextInt(200),
                    random.nextInt(200),
                    1 + random.nextInt(60),
                    1 + random.nextInt(60)));
        }
        return answer;
    }

    private static List<Annotation> moved(List<Annotation> answer, long seed) {
        Random random = new Random(~seed);
        return answer.stream()
                .filter(_ -> random.nextInt(5) > 0)
                .map(annotation -> {
                    Rect bounds = annotation.bounds().orElseThrow();
                    return box(
                            annotation.candidate().label(),
                            random.nextDouble(),
                            bounds.x() + random.nextInt(5),
                            bounds.y(),
                            bounds.width(),
                            bounds.height());
                })
                .toList();
    }

    static Annotation box(String label, double score, double x, double y, double width, double height) {
        return new Annotation.Box(new Candidate(0, label, score), new Rect(x, y, width, height));
    }
}
