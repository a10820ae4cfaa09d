package dev.firstpass.postprocess.family;

import static dev.firstpass.postprocess.family.FamilyInputs.f32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.tensor.Shape;
import java.util.List;
import java.util.Map;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

final class TextRegionsFamilyTest {
    private static final ModelFamily FAMILY = new TextRegionsFamily();
    private static final int WIDTH = 160;
    private static final int HEIGHT = 96;

    /// A kernel of 80x10 cells: grows by 800 x 1.6 / 180 = 7.11 cells on each side; the asset is twice the map.
    @Test
    void interpret_levelLine_growsByAreaTimesRatioOverPerimeter() {
        float[] map = new float[WIDTH * HEIGHT];
        FamilySample.fill(map, WIDTH, 40, 30, 120, 40, .8f);
        List<Annotation> found = found(map);
        assertEquals(1, found.size());
        double grown = 800 * 1.6 / 180;
        Rect bounds = found.getFirst().bounds().orElseThrow();
        assertEquals(2 * (40 - grown), bounds.x(), 0.1);
        assertEquals(2 * (30 - grown), bounds.y(), 0.1);
        assertEquals(2 * (80 + 2 * grown), bounds.width(), 0.2);
        assertEquals(2 * (10 + 2 * grown), bounds.height(), 0.2);
        assertEquals(.8, found.getFirst().candidate().score(), 1e-6);
        assertEquals(30 * WIDTH + 40, found.getFirst().candidate().index());
        assertEquals("text", found.getFirst().candidate().label());
    }

    @Test
    void interpret_corners_areTopLeftTopRightBottomRightBottomLeft() {
        float[] map = new float[WIDTH * HEIGHT];
        FamilySample.fill(map, WIDTH, 40, 30, 120, 40, .8f);
        List<Point> corners = corners(found(map).getFirst());
        assertEquals(4, corners.size());
        assertTrue(corners.get(0).x() < corners.get(1).x()
                && corners.get(0).y() == corners.get(1).y());
        assertTrue(corners.get(1).y() < corners.get(2).y()
                && corners.get(3).x() < corners.get(2).x());
    }

    /// A line painted at any slant is found at that slant.
    @Property(tries = 60, edgeCases = EdgeCasesMode.NONE)
    void interpret_slantedLine_isFoundAtItsAngle(@ForAll @DoubleRange(min = -40, max = 40) double angle) {
        RotatedRect line = new RotatedRect(80, 48, 70, 12, angle);
        float[] map = new float[WIDTH * HEIGHT];
        double cos = Math.cos(Math.toRadians(angle));
        double sin = Math.sin(Math.toRadians(angle));
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                double dx = x + .5 - line.cx();
                double dy = y + .5 - line.cy();
                if (Math.abs(dx * cos + dy * sin) <= 35 && Math.abs(dy * cos - dx * sin) <= 6) {
                    map[y * WIDTH + x] = .9f;
                }
            }
        }
        List<Annotation> found = found(map);
        assertEquals(1, found.size());
        List<Point> corners = corners(found.getFirst());
        double dx = corners.get(1).x() - corners.get(0).x();
        double dy = corners.get(1).y() - corners.get(0).y();
        assertEquals(angle, Math.toDegrees(Math.atan2(dy, dx)), 2.0);
        assertTrue(found.getFirst().candidate().score() > .8);
    }

    @Test
    void interpret_score_isTheMeanOfTheKernel() {
        float[] map = new float[WIDTH * HEIGHT];
        FamilySample.fill(map, WIDTH, 40, 30, 80, 40, .9f);
        FamilySample.fill(map, WIDTH, 80, 30, 120, 40, .5f);
        FamilySample.fill(map, WIDTH, 60, 34, 70, 36, .1f);
        double expected = (.9 * (400 - 20) + .5 * 400) / 780;
        assertEquals(expected, found(map).getFirst().candidate().score(), 1e-5);
    }

    @Test
    void interpret_weakRegion_isReportedForTheThresholdToCount() {
        float[] map = new float[WIDTH * HEIGHT];
        FamilySample.fill(map, WIDTH, 40, 30, 120, 40, .35f);
        assertEquals(1, found(map).size());
    }

    @Test
    void interpret_belowTheKernelThreshold_isNothing() {
        float[] map = new float[WIDTH * HEIGHT];
        FamilySample.fill(map, WIDTH, 40, 30, 120, 40, .3f);
        assertEquals(List.of(), found(map));
    }

    @Test
    void interpret_narrowRegion_isLeftOut() {
        float[] map = new float[WIDTH * HEIGHT];
        FamilySample.fill(map, WIDTH, 40, 30, 120, 33, .9f);
        FamilySample.fill(map, WIDTH, 10, 60, 11, 61, .9f);
        assertEquals(List.of(), found(map));
        FamilySample.fill(map, WIDTH, 40, 33, 120, 34, .9f);
        assertEquals(1, found(map).size());
    }

    @Test
    void interpret_lineAtTheBorder_isCutToTheAsset() {
        float[] map = new float[WIDTH * HEIGHT];
        FamilySample.fill(map, WIDTH, 0, 0, 80, 10, .9f);
        Rect bounds = found(map).getFirst().bounds().orElseThrow();
        assertEquals(0, bounds.x());
        assertEquals(0, bounds.y());
    }

    @Test
    void parameters_eachChangesWhatIsFound() {
        float[] map = new float[WIDTH * HEIGHT];
        FamilySample.fill(map, WIDTH, 40, 30, 120, 40, .8f);
        FamilySample.fill(map, WIDTH, 40, 60, 60, 70, .25f);
        assertEquals(found(map), found(map, Map.of("mapThreshold", "0.3", "unclipRatio", "1.6", "minSide", "4")));
        assertEquals(2, found(map, Map.of("mapThreshold", "0.2")).size());
        assertEquals(
                1, found(map, Map.of("mapThreshold", "0.2", "maxRegions", "1")).size());
        assertEquals(List.of(), found(map, Map.of("minSide", "10.5")));
        assertEquals(List.of(), found(map, Map.of("minAssetSide", "100")));
        double grown = 800 * 1.0 / 180;
        Rect bounds = found(map, Map.of("unclipRatio", "1")).getFirst().bounds().orElseThrow();
        assertEquals(2 * (80 + 2 * grown), bounds.width(), 0.2);
    }

    @Test
    void recognise_paddleExport_isFedAsPaddleDoes() {
        Recognition recognition = FAMILY.recognise(FamilyInputs.signature(
                        f32("x", -1, 3, -1, -1), Map.of(), f32("sigmoid_0.tmp_0", -1, 1, -1, -1)))
                .orElseThrow();
        InputSpec input = recognition.spec().firstStage().input();
        assertEquals(InputSpec.ColorOrder.BGR, input.color());
        assertEquals(new ImageSize(1536, 1152), input.size().of(new ImageSize(4000, 3000)));
        assertEquals(new ImageSize(992, 736), input.size().of(new ImageSize(640, 480)));
        assertEquals(0.9, recognition.confidence());
    }

    @Test
    void recognise_inputOfFixedSize_isEmpty() {
        assertTrue(FAMILY.recognise(FamilyInputs.signature(
                        f32("x", 1, 3, 320, 320), Map.of(), f32("sigmoid_0.tmp_0", 1, 1, 320, 320)))
                .isEmpty());
    }

    @Test
    void interpret_logits_areRefused() {
        float[] map = new float[WIDTH * HEIGHT];
        map[5] = -2f;
        assertThrows(OutputInvalidException.class, () -> found(map));
    }

    private static List<Annotation> found(float[] map) {
        return found(map, Map.of());
    }

    private static List<Annotation> found(float[] map, Map<String, String> parameters) {
        FakeOutputs outputs = new FakeOutputs().with("sigmoid_0.tmp_0", Shape.of(1, 1, HEIGHT, WIDTH), map);
        return FamilyInputs.done(
                FAMILY,
                outputs,
                FamilyInputs.stretch(new ImageSize(2 * WIDTH, 2 * HEIGHT), new ImageSize(WIDTH, HEIGHT)),
                FamilyInputs.of(model().withParameters(parameters)));
    }

    private static List<Point> corners(Annotation annotation) {
        return ((Annotation.Polygon) annotation).parts().getFirst().outer().points();
    }

    private static ModelSpec model() {
        return FAMILY.recognise(FamilyInputs.signature(
                        f32("x", -1, 3, -1, -1), Map.of(), f32("sigmoid_0.tmp_0", -1, 1, -1, -1)))
                .orElseThrow()
                .spec();
    }
}
