package dev.firstpass.postprocess.family;

import static dev.firstpass.postprocess.family.FamilyInputs.f32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.Suppression;
import dev.firstpass.postprocess.spec.Thresholds;
import dev.firstpass.postprocess.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SalientFamilyTest {
    private static final ModelFamily FAMILY = new SalientFamily();
    private static final ImageSize ROW = new ImageSize(8, 8);

    /// Cells of 10x10 asset pixels; between a cell of 1 and one of 0 the value falls to 0.5 at their common edge.
    @Test
    void interpret_block_isCutAtItsEdges() {
        float[] map = new float[64];
        FamilySample.fill(map, 8, 2, 3, 6, 5, 1);
        Annotation.Mask mask = only(map, stretch(80, 80));
        assertEquals(new Rect(20, 30, 40, 20), mask.bounds().orElseThrow());
        assertEquals("salient", mask.candidate().label());
        assertEquals(0, mask.candidate().index());
        // The corners of a bilinear block are rounded off, the rest is full.
        assertEquals(800, (double) mask.runs().area(), 4 * 25);
        assertTrue(mask.candidate().score() > 0.75 && mask.candidate().score() < 1);
    }

    @Test
    void interpret_weakMap_isStretchedFirst() {
        float[] strong = new float[64];
        FamilySample.fill(strong, 8, 2, 3, 6, 5, 1);
        float[] weak = new float[64];
        Arrays.fill(weak, .1f);
        FamilySample.fill(weak, 8, 2, 3, 6, 5, .2f);
        Annotation.Mask expected = only(strong, stretch(80, 80));
        Annotation.Mask found = only(weak, stretch(80, 80));
        assertEquals(expected.runs(), found.runs());
        assertEquals(expected.candidate().score(), found.candidate().score(), 1e-6);
    }

    @Test
    void interpret_mapOfTheAssetsSize_isCutCellByCell() {
        float[] map = new float[64];
        map[0] = 1f;
        map[9] = .6f;
        map[18] = .4f;
        map[63] = .51f;
        Annotation.Mask mask = only(map, stretch(8, 8));
        assertEquals(3, mask.runs().area());
        assertEquals((1 + .6 + .51) / 3, mask.candidate().score(), 1e-6);
    }

    @Test
    void interpret_letterboxedRow_readsThePartThatShowsTheAsset() {
        float[] map = new float[64];
        FamilySample.fill(map, 8, 0, 2, 4, 6, 1);
        ImageTransform letterbox = ImageTransform.scaling(new ImageSize(80, 40), ROW, .1, .1, 0, 2);
        Annotation.Mask mask = only(map, letterbox);
        assertEquals(new Rect(0, 0, 40, 40), mask.bounds().orElseThrow());
    }

    @Test
    void interpret_constantMap_hasNoAnnotation() {
        float[] map = new float[64];
        Arrays.fill(map, .7f);
        assertEquals(List.of(), found(map, stretch(80, 80)));
    }

    @Test
    void interpret_secondRow_isRefused() {
        FakeOutputs outputs = new FakeOutputs().with("out", Shape.of(1, 1, 8, 8), new float[64]);
        RowOutput row = new RowOutput(outputs, stretch(8, 8));
        assertThrows(OutputInvalidException.class, () -> FAMILY.interpret(List.of(row, row), FamilyInputs.of(model())));
    }

    @Test
    void recognise_sizesThatDiffer_isEmpty() {
        assertTrue(FAMILY.recognise(FamilyInputs.signature(
                        f32("in", 1, 3, 320, 320), Map.of(), f32("a", 1, 1, 320, 320), f32("b", 1, 1, 160, 160)))
                .isEmpty());
    }

    @Test
    void check_moreThanOneClass_isRefused() {
        ModelSpec two = new ModelSpec(
                "salient", model().stages(), List.of("a", "b"), Thresholds.of(.5), Suppression.STANDARD, Map.of());
        assertThrows(IllegalArgumentException.class, () -> FAMILY.check(two));
    }

    private static ImageTransform stretch(int width, int height) {
        return FamilyInputs.stretch(new ImageSize(width, height), ROW);
    }

    private static Annotation.Mask only(float[] map, ImageTransform transform) {
        List<Annotation> found = found(map, transform);
        assertEquals(1, found.size());
        return (Annotation.Mask) found.getFirst();
    }

    private static List<Annotation> found(float[] map, ImageTransform transform) {
        FakeOutputs outputs = new FakeOutputs()
                .with("fused", Shape.of(1, 1, 8, 8), map)
                .with("side", Shape.of(1, 1, 8, 8), new float[64]);
        return FamilyInputs.done(FAMILY, outputs, transform, FamilyInputs.of(model()));
    }

    private static ModelSpec model() {
        return FAMILY.recognise(FamilyInputs.signature(
                        f32("in", 1, 3, 8, 8), Map.of(), f32("fused", 1, 1, 8, 8), f32("side", 1, 1, 8, 8)))
                .orElseThrow()
                .spec();
    }
}
