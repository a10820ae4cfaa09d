package dev.firstpass.postprocess.family;

import static dev.firstpass.postprocess.family.FamilyInputs.f32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Faces drawn into a head.
final class FacesFamilyTest {
    private static final ImageTransform SAME = FamilyInputs.stretch(new ImageSize(128, 128), new ImageSize(128, 128));

    private final ModelFamily family = new FacesFamily();
    private final float[] scores = new float[896];
    private final float[] boxes = new float[896 * 16];

    FacesFamilyTest() {
        Arrays.fill(scores, -20);
    }

    private static ModelSignature whole() {
        return FamilyInputs.signature(
                f32("input", 1, 128, 128, 3),
                Map.of(),
                f32("classificators", 1, 896, 1),
                f32("regressors", 1, 896, 16));
    }

    private ModelSpec spec() {
        return family.recognise(whole()).orElseThrow().spec();
    }

    private void face(int anchor, float logit, float... numbers) {
        scores[anchor] = logit;
        System.arraycopy(numbers, 0, boxes, 16 * anchor, numbers.length);
    }

    private List<Annotation> found(ModelSpec spec) {
        FakeOutputs outputs = new FakeOutputs()
                .with("classificators", Shape.of(1, 896, 1), scores)
                .with("regressors", Shape.of(1, 896, 16), boxes);
        return FamilyInputs.done(family, outputs, SAME, FamilyInputs.withThreshold(spec, 0.5));
    }

    private static Rect box(Annotation annotation) {
        return annotation.bounds().orElseThrow();
    }

    /// Anchors 2 and 3 are in the second cell of the first row, of 8 pixels: at (12, 4). Anchor 512 + 6 * 9 is in the second cell of
    /// the second row of the 8 x 8: at (24, 24).
    @Test
    void interpret_anchorsOfBothGrids_areWhereTheyAre() {
        face(3, 4, 10, 20, 12, 16);
        face(512 + 54, 3, 60, 40, 30, 20);
        List<Annotation> found = found(spec());

        assertEquals(
                List.of(3, 566),
                found.stream().map(one -> one.candidate().index()).toList());
        assertEquals(new Rect(16, 16, 12, 16), box(found.get(0)));
        assertEquals(new Rect(69, 54, 30, 20), box(found.get(1)));
        assertEquals(1 / (1 + Math.exp(-4)), found.getFirst().candidate().score(), 1e-6);
    }

    /// The mean by score of those from 0.5 on; the best one's score and index.
    @Test
    void interpret_facesThatOverlap_areBlended() {
        face(272, 2, 0, 0, 40, 40);
        face(273, 1, 4, 0, 40, 40);
        // Too unlikely to have a say, but no face of its own either.
        face(274, -1, 0, 8, 40, 40);
        List<Annotation> found = found(spec());

        double first = 1 / (1 + Math.exp(-2.0));
        double second = 1 / (1 + Math.exp(-1.0));
        assertEquals(1, found.size());
        assertEquals(272, found.getFirst().candidate().index());
        assertEquals(
                68 - 20 + 4 * second / (first + second), box(found.getFirst()).x(), 1e-5);
        assertEquals(48, box(found.getFirst()).y(), 1e-5);
    }

    @Test
    void interpret_pose_hasSixPointsAndTheBox() {
        face(272, 2, 0, 0, 40, 40, -10, -12, 10, -12, 0, 0, 0, 10, -18, -4, 18, -4);
        ModelSpec spec = spec().withParameters(Map.of("task", "pose"));
        Annotation.Keypoints face = (Annotation.Keypoints) found(spec).getFirst();

        assertEquals(6, face.points().size());
        assertEquals("right_eye", face.points().getFirst().name());
        assertEquals(new Point(58, 56), face.points().getFirst().at());
        assertEquals(new Rect(48, 48, 40, 40), face.box().orElseThrow());
        assertEquals(GeometryKind.KEYPOINTS, family.nativeGeometry(spec.parameters()));
    }

    /// The same head in four outputs, and in one.
    @Test
    void interpret_otherOutputs_giveTheSame() {
        face(3, 4, 10, 20, 12, 16);
        face(512 + 54, 3, 60, 40, 30, 20);
        List<Annotation> expected = found(spec());
        ModelSpec four = family.recognise(FamilyInputs.signature(
                        f32("input:0", 1, 128, 128, 3),
                        Map.of(),
                        f32("s2", 1, 384, 1),
                        f32("s1", 1, 512, 1),
                        f32("b1", 1, 512, 16),
                        f32("b2", 1, 384, 16)))
                .orElseThrow()
                .spec();
        FakeOutputs parts = new FakeOutputs()
                .with("s2", Shape.of(1, 384, 1), Arrays.copyOfRange(scores, 512, 896))
                .with("s1", Shape.of(1, 512, 1), Arrays.copyOf(scores, 512))
                .with("b1", Shape.of(1, 512, 16), Arrays.copyOf(boxes, 512 * 16))
                .with("b2", Shape.of(1, 384, 16), Arrays.copyOfRange(boxes, 512 * 16, 896 * 16));
        assertEquals(expected, FamilyInputs.done(family, parts, SAME, FamilyInputs.withThreshold(four, 0.5)));

        ModelSpec one = family.recognise(
                        FamilyInputs.signature(f32("input", 1, 128, 128, 3), Map.of(), f32("output", 1, 896, 17)))
                .orElseThrow()
                .spec();
        float[] rows = new float[896 * 17];
        for (int anchor = 0; anchor < 896; anchor++) {
            rows[17 * anchor] = scores[anchor];
            System.arraycopy(boxes, 16 * anchor, rows, 17 * anchor + 1, 16);
        }
        FakeOutputs output = new FakeOutputs().with("output", Shape.of(1, 896, 17), rows);
        assertEquals(expected, FamilyInputs.done(family, output, SAME, FamilyInputs.withThreshold(one, 0.5)));
    }

    @Test
    void recognise_otherNumberOfAnchors_isNone() {
        assertTrue(family.recognise(FamilyInputs.signature(
                        f32("input", 1, 128, 128, 3), Map.of(), f32("s", 1, 900, 1), f32("b", 1, 900, 16)))
                .isEmpty());
    }
}
