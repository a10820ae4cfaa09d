package dev.firstpass.postprocess.geometry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/// Suppression beyond that of boxes: rotated, masks, soft, and merging.
final class NmsVariantsTest {
    private static final Rect BOX = new Rect(0, 0, 10, 10);

    /// Intersection 50 with BOX, union 150.
    private static final Rect THIRD = new Rect(5, 0, 10, 10);

    @Test
    void linear_overlap_losesItsShare() {
        List<Nms.Scored> kept =
                SoftNms.linear(List.of(scored(BOX, 0.9, 0, 0), scored(THIRD, 0.6, 0, 1)), 0.3, 0.01, 10);
        assertEquals(List.of(0, 1), indices(kept));
        assertEquals(0.6 * (1 - 1 / 3.0), kept.get(1).score(), 1e-12);
    }

    @Test
    void linear_overlapNotAboveTheLimitOrOfAnotherGroup_keepsItsScore() {
        assertEquals(
                0.6,
                SoftNms.linear(List.of(scored(BOX, 0.9, 0, 0), scored(THIRD, 0.6, 0, 1)), 50.0 / 150, 0.01, 10)
                        .get(1)
                        .score());
        assertEquals(
                0.6,
                SoftNms.linear(List.of(scored(BOX, 0.9, 0, 0), scored(BOX, 0.6, 1, 1)), 0.3, 0.01, 10)
                        .get(1)
                        .score());
    }

    @Test
    void gaussian_overlap_fallsByTheBellCurve() {
        List<Nms.Scored> kept = SoftNms.gaussian(
                List.of(scored(THIRD, 0.6, 0, 1), scored(BOX, 0.9, 0, 0), scored(BOX, 0.8, 0, 2)), 0.5, 0.2, 10);
        assertEquals(List.of(0, 1), indices(kept));
        assertEquals(0.6 * Math.exp(-1 / 9.0 / 0.5), kept.get(1).score(), 1e-12);
    }

    /// The second best falls behind the third: who is scored down first decides who scores whom down.
    @Test
    void linear_rankingThatChanges_isFollowed() {
        List<Nms.Scored> kept = SoftNms.linear(
                List.of(scored(BOX, 0.9, 0, 0), scored(new Rect(2, 0, 10, 10), 0.8, 0, 1), scored(THIRD, 0.7, 0, 2)),
                0.3,
                0.01,
                10);
        assertEquals(List.of(0, 2, 1), indices(kept));
    }

    @Test
    void gaussian_withoutWidth_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> SoftNms.gaussian(List.of(), 0, 0, 1));
    }

    /// An object over three tiles: the pieces at the ends do not overlap each other.
    @Test
    void merge_piecesInARow_becomeOne() {
        List<Nmm.Merged> merged = Nmm.merge(
                List.of(
                        scored(new Rect(0, 0, 10, 4), 0.5, 0, 0),
                        scored(new Rect(4, 0, 12, 4), 0.9, 0, 1),
                        scored(new Rect(9, 0, 12, 4), 0.7, 0, 2),
                        scored(new Rect(9, 0, 12, 4), 0.6, 1, 3)),
                0.5,
                10);
        assertEquals(2, merged.size());
        assertEquals(scored(new Rect(0, 0, 21, 4), 0.9, 0, 1), merged.getFirst().box());
        assertEquals(List.of(1, 2, 0), indices(merged.getFirst().pieces()));
        assertEquals(List.of(3), indices(merged.getLast().pieces()));
    }

    @Test
    void merge_smallBoxWithinALarge_isTakenUpWhateverItsIou() {
        List<Nms.Scored> pair = List.of(scored(new Rect(0, 0, 100, 100), 0.5, 0, 0), scored(BOX, 0.9, 0, 1));
        assertEquals(0.01, BOX.iou(new Rect(0, 0, 100, 100)), 1e-12);
        assertEquals(1, Nmm.merge(pair, 0.5, 10).size());
        assertEquals(2, Nmm.merge(pair, 1, 10).size());
    }

    @Test
    void keepMasks_goByPixelsNotByBounds() {
        BitMask down = new BitMask(new ImageSize(20, 20));
        BitMask up = new BitMask(new ImageSize(20, 20));
        for (int i = 0; i < 20; i++) {
            down.setRun(i, i, i + 2);
            up.setRun(i, 18 - i, 20 - i);
        }
        Nms.Masked first = new Nms.Masked(RunLengths.of(down), 0.9, 0, 0);
        Nms.Masked second = new Nms.Masked(RunLengths.of(up), 0.8, 0, 1);
        Nms.Masked same = new Nms.Masked(RunLengths.of(down), 0.7, 0, 2);
        assertEquals(List.of(0, 1), indices(Nms.keepMasks(List.of(same, second, first), 0.5, 10)));
    }

    /// In a row of three, the first suppresses the second and the second the third: greedy keeps the third, fast does not.
    @Test
    void keepRotatedFast_suppressedBox_suppressesAsWell() {
        List<Nms.Rotated> chain = IntStream.range(0, 3)
                .mapToObj(i -> rotated(new RotatedRect(10 + 6 * i, 10, 20, 10, 0), 0.9 - 0.1 * i, 0, i))
                .toList();
        assertEquals(List.of(0, 2), indices(Nms.keepRotated(chain, 0.5, 10)));
        assertEquals(List.of(0), indices(Nms.keepRotatedFast(chain, 0.5, 10)));
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void anyWay_givesTheSameWhateverTheOrder(@ForAll long seed) {
        Random random = new Random(seed);
        List<Nms.Scored> boxes = new ArrayList<>();
        List<Nms.Rotated> rotated = new ArrayList<>();
        List<Nms.Masked> masks = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            Rect box = new Rect(random.nextInt(30), random.nextInt(30), 1 + random.nextInt(20), 1 + random.nextInt(20));
            double score = random.nextInt(8) / 8.0;
            int group = random.nextInt(3);
            boxes.add(scored(box, score, group, i));
            double angle = random.nextInt(180);
            rotated.add(rotated(new RotatedRect(box.x(), box.y(), box.width(), box.height(), angle), score, group, i));
            BitMask mask = Rasterizer.rasterize(
                    List.of(new PolygonPart(new Ring(box.corners()), List.of())), new ImageSize(32, 32));
            masks.add(new Nms.Masked(RunLengths.of(mask), score, group, i));
        }
        assertSameShuffled(boxes, random, all -> Nms.keep(all, 0.4, 20));
        assertSameShuffled(boxes, random, all -> SoftNms.linear(all, 0.3, 0.05, 20));
        assertSameShuffled(boxes, random, all -> SoftNms.gaussian(all, 0.5, 0.05, 20));
        assertSameShuffled(
                boxes,
                random,
                all -> Nmm.merge(all, 0.5, 20).stream().map(Nmm.Merged::box).toList());
        assertSameShuffled(rotated, random, all -> Nms.keepRotated(all, 0.4, 20));
        assertSameShuffled(rotated, random, all -> Nms.keepRotatedFast(all, 0.4, 20));
        assertSameShuffled(masks, random, all -> Nms.keepMasks(all, 0.4, 20));
    }

    /// No piece is lost, no two results would still merge, and no result is without its pieces.
    @Property(edgeCases = EdgeCasesMode.NONE)
    void merge_anyBoxes_holdsEachOnce(@ForAll long seed) {
        Random random = new Random(seed);
        List<Nms.Scored> all = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            Rect box = new Rect(random.nextInt(40), random.nextInt(40), 1 + random.nextInt(15), 1 + random.nextInt(15));
            all.add(scored(box, random.nextDouble(), random.nextInt(2), i));
        }
        List<Nmm.Merged> merged = Nmm.merge(all, 0.5, 100);
        List<Integer> pieces = merged.stream()
                .flatMap(one -> one.pieces().stream())
                .map(Nms.Scored::index)
                .sorted()
                .toList();
        assertEquals(IntStream.range(0, 25).boxed().toList(), pieces);
        for (Nmm.Merged one : merged) {
            assertEquals(one.pieces().getFirst().index(), one.box().index());
            assertEquals(
                    one.box().box(),
                    one.pieces().stream()
                            .map(Nms.Scored::box)
                            .reduce(Rect::around)
                            .orElseThrow());
        }
    }

    private static <T> void assertSameShuffled(List<T> candidates, Random random, UnaryOperator<List<T>> way) {
        List<T> shuffled = new ArrayList<>(candidates);
        Collections.shuffle(shuffled, random);
        assertEquals(way.apply(candidates), way.apply(shuffled));
        assertTrue(way.apply(candidates).size() <= 20);
    }

    private static Nms.Scored scored(Rect box, double score, int group, int index) {
        return new Nms.Scored(box, score, group, index);
    }

    private static Nms.Rotated rotated(RotatedRect box, double score, int group, int index) {
        return new Nms.Rotated(box, score, group, index);
    }

    private static List<Integer> indices(List<? extends Nms.Rival> kept) {
        return kept.stream().map(Nms.Rival::index).toList();
    }
}
