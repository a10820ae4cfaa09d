package dev.firstpass.postprocess.geometry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class NmsTest {
    private static final Rect BOX = new Rect(0, 0, 10, 10);

    /// Intersection 50, union 150.
    private static final Rect THIRD = new Rect(5, 0, 10, 10);

    @Test
    void keep_overlapOfTheSameGroup_keepsTheBetter() {
        assertEquals(List.of(1), indices(Nms.keep(List.of(scored(BOX, 0.6, 0, 0), scored(BOX, 0.9, 0, 1)), 0.5, 10)));
    }

    @Test
    void keep_overlapOfAnotherGroup_keepsBoth() {
        assertEquals(
                List.of(1, 0), indices(Nms.keep(List.of(scored(BOX, 0.6, 3, 0), scored(BOX, 0.9, 4, 1)), 0.5, 10)));
    }

    @Test
    void keep_iouEqualToTheLimit_staysAndAboveGoes() {
        List<Nms.Scored> pair = List.of(scored(BOX, 0.9, 0, 0), scored(THIRD, 0.8, 0, 1));
        assertEquals(2, Nms.keep(pair, 50.0 / 150, 10).size());
        assertEquals(1, Nms.keep(pair, 0.33, 10).size());
    }

    @Test
    void keep_suppressedBox_suppressesNothing() {
        List<Nms.Scored> chain = List.of(
                scored(new Rect(0, 0, 10, 10), 0.9, 0, 0),
                scored(new Rect(4, 0, 10, 10), 0.8, 0, 1),
                scored(new Rect(8, 0, 10, 10), 0.7, 0, 2));
        assertEquals(List.of(0, 2), indices(Nms.keep(chain, 0.4, 10)));
    }

    @Test
    void keep_equalScores_goesByIndexWhateverTheOrder() {
        List<Nms.Scored> equal = List.of(scored(BOX, 0.5, 0, 7), scored(BOX, 0.5, 0, 3));
        assertEquals(List.of(3), indices(Nms.keep(equal, 0.5, 10)));
    }

    @Test
    void keep_limit_keepsTheBest() {
        List<Nms.Scored> apart = List.of(
                scored(new Rect(0, 0, 1, 1), 0.1, 0, 0),
                scored(new Rect(5, 0, 1, 1), 0.3, 0, 1),
                scored(new Rect(9, 0, 1, 1), 0.2, 0, 2));
        assertEquals(List.of(1, 2), indices(Nms.keep(apart, 0.5, 2)));
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void keep_anyBoxes_leavesNoConflictAndDropsOnlyForOne(@ForAll long seed) {
        Random random = new Random(seed);
        List<Nms.Scored> all = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            Rect box = new Rect(random.nextInt(30), random.nextInt(30), 1 + random.nextInt(20), 1 + random.nextInt(20));
            all.add(scored(box, random.nextInt(10) / 10.0, random.nextInt(3), i));
        }
        List<Nms.Scored> kept = Nms.keep(all, 0.4, 1000);
        List<Nms.Scored> shuffled = new ArrayList<>(all);
        Collections.shuffle(shuffled, random);
        assertEquals(kept, Nms.keep(shuffled, 0.4, 1000));
        for (Nms.Scored candidate : all) {
            boolean beaten = kept.stream()
                    .anyMatch(other -> other.group() == candidate.group()
                            && other.box().iou(candidate.box()) > 0.4
                            && better(other, candidate));
            assertTrue(kept.contains(candidate) != beaten);
        }
    }

    private static boolean better(Nms.Scored a, Nms.Scored b) {
        return a.score() > b.score() || (a.score() == b.score() && a.index() < b.index());
    }

    private static Nms.Scored scored(Rect box, double score, int group, int index) {
        return new Nms.Scored(box, score, group, index);
    }

    private static List<Integer> indices(List<Nms.Scored> kept) {
        return kept.stream().map(Nms.Scored::index).toList();
    }
}
