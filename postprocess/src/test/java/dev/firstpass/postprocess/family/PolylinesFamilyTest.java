package dev.firstpass.postprocess.family;

import static dev.firstpass.postprocess.family.FamilyInputs.f32;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.tensor.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Lines drawn into maps.
final class PolylinesFamilyTest {
    private static final int SIDE = 32;
    private static final ImageTransform SAME = FamilyInputs.stretch(new ImageSize(64, 64), new ImageSize(64, 64));

    private final ModelFamily family = new PolylinesFamily();
    private final float[] scores = new float[SIDE * SIDE];
    private final float[] offsets = new float[4 * SIDE * SIDE];

    private ModelSpec spec(Map<String, String> parameters) {
        return family.recognise(FamilyInputs.signature(
                        f32("image", 1, 64, 64, 3),
                        Map.of(),
                        f32("offsets", 1, SIDE, SIDE, 4),
                        f32("scores", 1, SIDE, SIDE, 1)))
                .orElseThrow()
                .spec()
                .withParameters(parameters);
    }

    private void line(int x, int y, float score, float... ends) {
        scores[y * SIDE + x] = score;
        System.arraycopy(ends, 0, offsets, 4 * (y * SIDE + x), 4);
    }

    private List<Annotation> found(Map<String, String> parameters) {
        FakeOutputs outputs = new FakeOutputs()
                .with("offsets", Shape.of(1, SIDE, SIDE, 4), offsets)
                .with("scores", Shape.of(1, SIDE, SIDE, 1), scores);
        return FamilyInputs.done(family, outputs, SAME, FamilyInputs.withThreshold(spec(parameters), 0.05));
    }

    private static List<List<Point>> points(List<Annotation> found) {
        return found.stream().map(one -> ((Annotation.Polyline) one).points()).toList();
    }

    @Test
    void interpret_peak_isALineBetweenItsEnds() {
        line(16, 10, .9f, -14, 2, 12, -4);
        List<Annotation> found = found(Map.of());

        assertEquals(List.of(List.of(new Point(4, 24), new Point(56, 12))), points(found));
        assertEquals(10 * SIDE + 16, found.getFirst().candidate().index());
        assertEquals(.9f, found.getFirst().candidate().score());
    }

    @Test
    void interpret_lesserOneNearbyAndShortOne_areNoLines() {
        line(16, 10, .9f, -14, 2, 12, -4);
        line(18, 12, .8f, -14, 2, 12, -4);
        line(5, 25, .7f, -5, 0, 10, 0);

        assertEquals(1, found(Map.of()).size());
        assertEquals(1, found(Map.of("minLength", "15")).size());
        assertEquals(2, found(Map.of("minLength", "14")).size());
        assertEquals(3, found(Map.of("minLength", "14", "window", "3")).size());
    }

    @Test
    void interpret_lineThatReachesOut_isCutNotBent() {
        line(8, 8, .9f, -16, -16, 16, 16);

        assertEquals(List.of(List.of(new Point(0, 0), new Point(48, 48))), points(found(Map.of())));
    }

    @Test
    void interpret_lineOutside_isNone() {
        line(2, 8, .9f, -5, -20, -5, 20);

        assertEquals(List.of(), found(Map.of()));
    }

    @Test
    void interpret_channelsFirstAndLogits_giveTheSame() {
        line(16, 10, .9f, -14, 2, 12, -4);
        List<Annotation> expected = found(Map.of());
        float[] turned = new float[offsets.length];
        float[] logits = new float[scores.length];
        for (int cell = 0; cell < scores.length; cell++) {
            logits[cell] = scores[cell] > 0 ? (float) Math.log(.9 / .1) : -20;
            for (int i = 0; i < 4; i++) {
                turned[i * scores.length + cell] = offsets[4 * cell + i];
            }
        }
        FakeOutputs outputs = new FakeOutputs()
                .with("offsets", Shape.of(1, 4, SIDE, SIDE), turned)
                .with("scores", Shape.of(1, 1, SIDE, SIDE), logits);
        List<Annotation> found = FamilyInputs.done(
                family, outputs, SAME, FamilyInputs.withThreshold(spec(Map.of("gives", "logits")), 0.05));

        assertEquals(points(expected), points(found));
        assertEquals(.9, found.getFirst().candidate().score(), 1e-6);
    }
}
