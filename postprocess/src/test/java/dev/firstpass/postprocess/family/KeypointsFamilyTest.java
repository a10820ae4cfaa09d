package dev.firstpass.postprocess.family;

import static dev.firstpass.postprocess.family.FamilyInputs.f32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.annotation.Keypoint.Visibility;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Joints drawn into outputs whose places are worked out by hand.
final class KeypointsFamilyTest {
    private static final ImageSize INPUT = new ImageSize(24, 32);

    /// Twice as large as the row, so a pixel of it is half a pixel of the row.
    private static final ImageTransform TWICE = FamilyInputs.stretch(new ImageSize(48, 64), INPUT);

    private final ModelFamily family = new KeypointsFamily();

    private static ModelSignature heatmaps(int joints) {
        return FamilyInputs.signature(f32("input", 1, 3, 32, 24), Map.of(), f32("heatmaps", 1, joints, 8, 6));
    }

    private List<Keypoint> joints(ModelSpec spec, FakeOutputs outputs) {
        List<Annotation> found = FamilyInputs.done(family, outputs, TWICE, FamilyInputs.withThreshold(spec, 0));
        return ((Annotation.Keypoints) found.getFirst()).points();
    }

    private ModelSpec spec(ModelSignature signature) {
        return family.recognise(signature).orElseThrow().spec();
    }

    /// Cell (2, 3) is pixel (8, 12) of the row, whose centre is (8.5, 12.5): (17, 25) in the asset. The neighbour on the right and
    /// the one above are greater than those across: a quarter of a cell is a pixel of the row and two of the asset.
    @Test
    void heatmaps_shiftAQuarterTowardsTheGreaterNeighbour() {
        float[] map = new float[48];
        map[3 * 6 + 2] = .9f;
        map[3 * 6 + 3] = .5f;
        map[3 * 6 + 1] = .2f;
        map[2 * 6 + 2] = .4f;
        Keypoint joint = joints(spec(heatmaps(1)), new FakeOutputs().with("heatmaps", Shape.of(1, 1, 8, 6), map))
                .getFirst();

        assertEquals(new Point(19, 23), joint.at());
        assertEquals(.9f, joint.score());
        assertEquals(Visibility.VISIBLE, joint.visibility());
    }

    /// As in HRNet's code, the second column and row count as the edge too.
    @Test
    void heatmaps_nearTheEdge_doNotShift() {
        float[] map = new float[48];
        map[3 * 6 + 1] = .9f;
        map[3 * 6 + 2] = .5f;
        Keypoint joint = joints(spec(heatmaps(1)), new FakeOutputs().with("heatmaps", Shape.of(1, 1, 8, 6), map))
                .getFirst();

        assertEquals(new Point(9, 25), joint.at());
    }

    @Test
    void heatmaps_jointBelowItsThreshold_isAbsentAndCountsForTheScore() {
        float[] maps = new float[96];
        maps[3 * 6 + 3] = .9f;
        maps[48] = .1f;
        FakeOutputs outputs = new FakeOutputs().with("heatmaps", Shape.of(1, 2, 8, 6), maps);
        List<Annotation> found = FamilyInputs.done(family, outputs, TWICE, FamilyInputs.of(spec(heatmaps(2))));

        assertEquals(.5, found.getFirst().candidate().score(), 1e-7);
        assertEquals(
                List.of(Visibility.VISIBLE, Visibility.ABSENT),
                ((Annotation.Keypoints) found.getFirst())
                        .points().stream().map(Keypoint::visibility).toList());
        maps[3 * 6 + 3] = .2f;
        assertEquals(
                List.of(),
                FamilyInputs.done(
                        family,
                        new FakeOutputs().with("heatmaps", Shape.of(1, 2, 8, 6), maps),
                        TWICE,
                        FamilyInputs.of(spec(heatmaps(2)))));
    }

    /// Two values for each column and row of the row: 21 is pixel 10.5, at (11, ...) on edges.
    @Test
    void simcc_isTheGreatestOnEachAxis() {
        ModelSignature signature = FamilyInputs.signature(
                f32("input", -1, 3, 32, 24), Map.of(), f32("simcc_x", -1, 1, 48), f32("simcc_y", -1, 1, 64));
        float[] across = new float[48];
        across[21] = .8f;
        float[] down = new float[64];
        down[30] = .6f;
        Keypoint joint = joints(
                        spec(signature),
                        new FakeOutputs()
                                .with("simcc_x", Shape.of(1, 1, 48), across)
                                .with("simcc_y", Shape.of(1, 1, 64), down))
                .getFirst();

        assertEquals(new Point(22, 31), joint.at());
        assertEquals(.6f, joint.score());
    }

    @Test
    void moveNet_isReadAsItIs() {
        ModelSignature signature = FamilyInputs.signature(
                new TensorInfo("input", ElementType.INT32, Shape.of(1, 192, 192, 3)),
                Map.of(),
                f32("output_0", 1, 1, 17, 3));
        Recognition recognition = family.recognise(signature).orElseThrow();
        float[] values = new float[51];
        values[0] = .25f;
        values[1] = .75f;
        values[2] = .9f;
        ImageTransform transform = ImageTransform.letterbox(new ImageSize(100, 50), new ImageSize(192, 192));
        List<Annotation> found = FamilyInputs.done(
                family,
                new FakeOutputs().with("output_0", Shape.of(1, 1, 17, 3), values),
                transform,
                FamilyInputs.withThreshold(recognition.spec(), 0));
        Keypoint nose = ((Annotation.Keypoints) found.getFirst()).points().getFirst();

        assertEquals("nose", nose.name());
        assertEquals(75, nose.at().x(), 1e-9);
        // A quarter of the square is where the picture begins.
        assertEquals(0, nose.at().y(), 1e-9);
        assertEquals(Map.of(), recognition.questions());
        assertEquals(1, recognition.spec().firstStage().input().scale());
    }

    @Test
    void recognise_mapsThatMayBeASegmentation_areNotTaken() {
        assertTrue(family.recognise(
                        FamilyInputs.signature(f32("input", 1, 3, 512, 512), Map.of(), f32("logits", 1, 17, 128, 128)))
                .isEmpty());
        Recognition hrnet = family.recognise(
                        FamilyInputs.signature(f32("input", -1, 3, 256, 192), Map.of(), f32("output", -1, 17, 64, 48)))
                .orElseThrow();
        assertEquals(Map.of(), hrnet.questions());
        assertEquals(
                InputSpec.Resize.LETTERBOX, hrnet.spec().firstStage().input().resize());
        Recognition hands = family.recognise(
                        FamilyInputs.signature(f32("input", -1, 3, 256, 256), Map.of(), f32("heatmap", -1, 21, 64, 64)))
                .orElseThrow();
        assertEquals(Set.of("parameters.keypoints"), hands.questions().keySet());
    }
}
