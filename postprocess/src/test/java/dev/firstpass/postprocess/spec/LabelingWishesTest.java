package dev.firstpass.postprocess.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.postprocess.annotation.GeometryKind;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class LabelingWishesTest {
    private static final LabelingWishes PROJECT = new LabelingWishes(
            Map.of("dog", "Hund"),
            Optional.of(0.4),
            Map.of("dog", 0.6),
            Set.of("dog", "cat"),
            OptionalInt.of(50),
            Optional.of(new GeometryWish.Of(GeometryKind.POLYGON)),
            Optional.empty(),
            OptionalInt.of(64),
            OptionalLong.of(20),
            Optional.of(2.0),
            Optional.of(8.0),
            Optional.of(100.0));

    private static LabelingWishes simplified(double tolerance) {
        return LabelingWishes.ofRequest(
                Optional.empty(), Set.of(), OptionalInt.empty(), Optional.empty(), Optional.of(tolerance));
    }

    @Test
    void nothing_isAsUsual_andLeavesAllBelowAsItIs() {
        assertEquals(LabelingSpec.NONE, LabelingWishes.NONE.spec(""));
        assertEquals(PROJECT, LabelingWishes.NONE.over(PROJECT));
        assertEquals(PROJECT, PROJECT.over(LabelingWishes.NONE));
    }

    @Test
    void spec_hasAllThatIsWished() {
        assertEquals(
                new LabelingSpec(
                        "fields@3",
                        Map.of("dog", "Hund"),
                        Optional.of(0.4),
                        Map.of("dog", 0.6),
                        Set.of("dog", "cat"),
                        50,
                        Optional.of(GeometryKind.POLYGON),
                        new Outlining(Optional.empty(), OptionalInt.of(64), 20, Optional.of(2.0)),
                        new MinimumSize(8, 100)),
                PROJECT.spec("fields@3"));
    }

    @Test
    void request_overridesWhatItNames_andNothingElse() {
        LabelingWishes request = LabelingWishes.ofRequest(
                Optional.of(0.2),
                Set.of("cat"),
                OptionalInt.of(300),
                Optional.of(new GeometryWish.Native()),
                Optional.of(1.5));
        LabelingSpec both = request.over(PROJECT).spec("fields@3");

        assertEquals(Map.of("dog", "Hund"), both.mapping());
        assertEquals(Optional.of(0.2), both.threshold());
        assertEquals(Map.of(), both.thresholds(), "one threshold for all labels takes the place of each label's");
        assertEquals(Set.of("cat"), both.classes());
        assertEquals(300, both.max());
        assertEquals(Optional.empty(), both.geometry());
        assertEquals(
                new Outlining(Optional.of(1.5), OptionalInt.empty(), 20, Optional.of(2.0)),
                both.outlining(),
                "a tolerance takes the place of a number of vertices");
        assertEquals(new MinimumSize(8, 100), both.minimum());
    }

    @Test
    void thresholdsOfLabels_areAddedToThoseBelow() {
        LabelingWishes above = new LabelingWishes(
                Map.of(),
                Optional.empty(),
                Map.of("cat", 0.9),
                Set.of(),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        assertEquals(Map.of("cat", 0.9, "dog", 0.6), above.over(PROJECT).thresholds());
        assertEquals(Optional.of(0.4), above.over(PROJECT).threshold());
    }

    /// So that it does not matter in which order layers are laid together.
    @Test
    void over_isAssociative() {
        LabelingWishes a = simplified(1);
        LabelingWishes b = PROJECT;
        LabelingWishes c = LabelingWishes.ofRequest(
                Optional.of(0.1), Set.of("cow"), OptionalInt.of(9), Optional.empty(), Optional.of(3.0));
        assertEquals(a.over(b).over(c), a.over(b.over(c)));
        assertEquals(c.over(b).over(a), c.over(b.over(a)));
    }

    private static String refusal(
            Optional<Double> threshold, Map<String, Double> thresholds, OptionalInt max, Optional<Double> minSide) {
        return String.valueOf(assertThrows(
                        IllegalArgumentException.class,
                        () -> new LabelingWishes(
                                Map.of(),
                                threshold,
                                thresholds,
                                Set.of(),
                                max,
                                Optional.empty(),
                                Optional.empty(),
                                OptionalInt.empty(),
                                OptionalLong.empty(),
                                Optional.empty(),
                                minSide,
                                Optional.empty()))
                .getMessage());
    }

    /// When it is wished, and not only when an answer is made by it.
    @Test
    void nonsense_isRefusedByName() {
        Optional<Double> none = Optional.empty();
        OptionalInt usual = OptionalInt.empty();
        assertEquals("threshold: 2.0 (expected: 0..1)", refusal(Optional.of(2.0), Map.of(), usual, none));
        assertEquals("threshold: -1.0 (expected: 0..1)", refusal(none, Map.of("dog", -1.0), usual, none));
        assertEquals("max: 0 (expected: >= 1)", refusal(none, Map.of(), OptionalInt.of(0), none));
        assertEquals("side: -1.0 (expected: 0..1000000.0)", refusal(none, Map.of(), usual, Optional.of(-1.0)));
        assertEquals(
                "simplify: -1.0 (expected: 0..1000.0)",
                assertThrows(IllegalArgumentException.class, () -> simplified(-1))
                        .getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> new Outlining(Optional.of(1.0), OptionalInt.of(8), 1, Optional.empty()));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Outlining(Optional.empty(), OptionalInt.of(2), 1, Optional.empty()));
    }

    @Test
    void geometryWishes_areReadAndWrittenById() {
        assertEquals(Optional.of(new GeometryWish.Native()), GeometryWish.ofId("native"));
        assertEquals(Optional.of(new GeometryWish.Of(GeometryKind.ROTATED_BOX)), GeometryWish.ofId("rotated-box"));
        assertEquals(Optional.empty(), GeometryWish.ofId("cube"));
        assertEquals("native", new GeometryWish.Native().id());
        assertEquals("rotated-box", new GeometryWish.Of(GeometryKind.ROTATED_BOX).id());
    }
}
