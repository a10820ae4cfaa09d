package dev.firstpass.postprocess.annotation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ConversionsTest {
    private static final ImageSize SIZE = new ImageSize(20, 10);
    private static final Candidate CANDIDATE = new Candidate(17, "ship", 0.75, Map.of("text", "A"));

    /// Written out, not taken from the code under test.
    private static final Set<String> RULES = Set.of(
            "box-to-rotated-box",
            "box-to-polygon",
            "box-to-mask",
            "rotated-box-to-box",
            "rotated-box-to-polygon",
            "rotated-box-to-mask",
            "polygon-to-box",
            "polygon-to-rotated-box",
            "polygon-to-mask",
            "mask-to-box",
            "mask-to-rotated-box",
            "mask-to-polygon",
            "polyline-to-box",
            "keypoints-to-box");

    static Stream<Arguments> pairs() {
        return Stream.of(GeometryKind.values())
                .flatMap(from -> Stream.of(GeometryKind.values()).map(to -> Arguments.of(from, to)));
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void to_everyPairOfKinds_convertsByItsRuleOrSaysWhyNot(GeometryKind from, GeometryKind to) {
        Annotation sample = sample(from);
        String rule = from.id() + "-to-" + to.id();
        switch (Conversions.to(to, sample, SIZE, 0)) {
            case Conversion.Unchanged same -> {
                assertEquals(from, to);
                assertSame(sample, same.annotation());
            }
            case Conversion.Converted converted -> {
                assertTrue(RULES.contains(rule), rule);
                assertEquals(rule, converted.rule());
                assertEquals(to, converted.annotation().kind());
                assertEquals(CANDIDATE, converted.annotation().candidate());
                assertEquals(sample.bounds(), converted.annotation().bounds());
            }
            case Conversion.Unsupported unsupported -> {
                assertTrue(from != to && !RULES.contains(rule), rule);
                assertEquals(rule + ": no rule", unsupported.reason());
            }
        }
        assertEquals(from == to || RULES.contains(rule), Conversions.hasRule(from, to));
    }

    @Test
    void to_maskOfPolygonOfMask_isTheSameMask() {
        BitMask bits = new BitMask(SIZE);
        bits.setRun(1, 2, 9);
        bits.setRun(2, 2, 4);
        bits.setRun(2, 7, 9);
        bits.setRun(3, 2, 9);
        bits.set(15, 9);
        Annotation mask = new Annotation.Mask(CANDIDATE, RunLengths.of(bits));
        Annotation polygon = converted(GeometryKind.POLYGON, mask);
        assertEquals(2, ((Annotation.Polygon) polygon).parts().size());
        assertEquals(mask, converted(GeometryKind.MASK, polygon));
    }

    @Test
    void to_rotatedBoxOfSlantedPolygon_isItsLeastRectangle() {
        RotatedRect slanted = new RotatedRect(10, 5, 8, 2, 30);
        Annotation polygon =
                new Annotation.Polygon(CANDIDATE, List.of(new PolygonPart(new Ring(slanted.corners()), List.of())));
        RotatedRect found = ((Annotation.RotatedBox) converted(GeometryKind.ROTATED_BOX, polygon)).box();
        assertEquals(30, found.angle(), 1e-9);
        assertEquals(8, found.width(), 1e-9);
        assertEquals(2, found.height(), 1e-9);
    }

    @Test
    void to_boxOfWhatReachesOut_isCutToTheImage() {
        Annotation rotated = new Annotation.RotatedBox(CANDIDATE, new RotatedRect(0, 0, 8, 6, 0));
        assertEquals(new Annotation.Box(CANDIDATE, new Rect(0, 0, 4, 3)), converted(GeometryKind.BOX, rotated));
    }

    static Stream<Arguments> withoutArea() {
        Annotation flat = new Annotation.Box(CANDIDATE, new Rect(2, 2, 5, 0));
        Annotation tiny = new Annotation.Box(CANDIDATE, new Rect(2.6, 2.6, 0.2, 0.2));
        Annotation outside = new Annotation.RotatedBox(CANDIDATE, new RotatedRect(-50, 5, 4, 4, 10));
        Annotation level = new Annotation.Polyline(CANDIDATE, List.of(new Point(1, 3), new Point(9, 3)));
        Annotation absent = new Annotation.Keypoints(
                CANDIDATE, List.of(new Keypoint("nose", new Point(0, 0), Keypoint.Visibility.ABSENT, 0)));
        return Stream.of(
                Arguments.of(flat, GeometryKind.ROTATED_BOX),
                Arguments.of(flat, GeometryKind.POLYGON),
                Arguments.of(flat, GeometryKind.MASK),
                Arguments.of(tiny, GeometryKind.MASK),
                Arguments.of(outside, GeometryKind.BOX),
                Arguments.of(outside, GeometryKind.MASK),
                Arguments.of(level, GeometryKind.BOX),
                Arguments.of(absent, GeometryKind.BOX));
    }

    @ParameterizedTest
    @MethodSource("withoutArea")
    void to_whatLeavesNoArea_isUnsupported(Annotation annotation, GeometryKind kind) {
        Conversion.Unsupported unsupported =
                assertInstanceOf(Conversion.Unsupported.class, Conversions.to(kind, annotation, SIZE, 0));
        assertTrue(unsupported.reason().endsWith(": covers no area of the image"), unsupported.reason());
    }

    @Test
    void to_polygonOfMask_isSimplifiedByTheTolerance() {
        BitMask stairs = new BitMask(SIZE);
        for (int y = 0; y < 10; y++) {
            stairs.setRun(y, 0, 2 * y + 2);
        }
        Annotation mask = new Annotation.Mask(CANDIDATE, RunLengths.of(stairs));
        assertEquals(22, corners(Conversions.to(GeometryKind.POLYGON, mask, SIZE, 0)));
        assertTrue(corners(Conversions.to(GeometryKind.POLYGON, mask, SIZE, 1)) <= 5);
    }

    private static int corners(Conversion conversion) {
        Annotation annotation =
                assertInstanceOf(Conversion.Converted.class, conversion).annotation();
        return ((Annotation.Polygon) annotation)
                .parts()
                .getFirst()
                .outer()
                .points()
                .size();
    }

    private static Annotation converted(GeometryKind kind, Annotation from) {
        return assertInstanceOf(Conversion.Converted.class, Conversions.to(kind, from, SIZE, 0))
                .annotation();
    }

    /// Each covers or spans [2,6] x [1,4].
    private static Annotation sample(GeometryKind kind) {
        List<Point> corners = List.of(new Point(2, 1), new Point(6, 1), new Point(6, 4), new Point(2, 4));
        BitMask bits = new BitMask(SIZE);
        for (int y = 1; y < 4; y++) {
            bits.setRun(y, 2, 6);
        }
        return switch (kind) {
            case BOX -> new Annotation.Box(CANDIDATE, new Rect(2, 1, 4, 3));
            case ROTATED_BOX -> new Annotation.RotatedBox(CANDIDATE, new RotatedRect(4, 2.5, 4, 3, 0));
            case POLYGON -> new Annotation.Polygon(CANDIDATE, List.of(new PolygonPart(new Ring(corners), List.of())));
            case MASK -> new Annotation.Mask(CANDIDATE, RunLengths.of(bits));
            case POLYLINE -> new Annotation.Polyline(CANDIDATE, corners);
            case KEYPOINTS ->
                new Annotation.Keypoints(
                        CANDIDATE,
                        corners.stream()
                                .map(at -> new Keypoint("k", at, Keypoint.Visibility.VISIBLE, 1))
                                .toList());
            case CLASSIFICATION -> new Annotation.Classification(CANDIDATE);
        };
    }
}
