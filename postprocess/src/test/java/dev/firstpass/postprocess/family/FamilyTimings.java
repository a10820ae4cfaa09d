package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Conversions;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.RunLengths;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/// Prints how long the families and the costly conversions take at real sizes. Run by hand; no test depends on a
/// time.
final class FamilyTimings {
    private static final int ROUNDS = 200;
    private static final ImageSize PHOTO = new ImageSize(4000, 3000);

    private FamilyTimings() {}

    public static void main(String[] args) {
        print("ssd, 1917 anchors x 90 classes", FamilyTimings::ssd);
        print("text-regions, 1536x1152, 60 lines", FamilyTimings::textRegions);
        print("salient, 320x320 to 4000x3000", FamilyTimings::salient);
        Annotation mask = FamilyTimings.salient().get().getFirst();
        BitMask bits = ((Annotation.Mask) mask).runs().toBitMask();
        print("bits to runs, 4000x3000", () -> () -> List.of(RunLengths.of(bits)));
        print("mask to polygon, 4000x3000", () -> () -> List.of(Conversions.to(GeometryKind.POLYGON, mask, PHOTO, 1)));
    }

    private static void print(String what, Supplier<? extends Supplier<?>> setUp) {
        Supplier<?> work = setUp.get();
        double[] millis = new double[ROUNDS];
        int results = 0;
        for (int i = 0; i < ROUNDS; i++) {
            long start = System.nanoTime();
            results += work.get().hashCode() & 1;
            millis[i] = (System.nanoTime() - start) / 1e6;
        }
        double[] warm = Arrays.copyOfRange(millis, ROUNDS / 2, ROUNDS);
        Arrays.sort(warm);
        System.out.printf(
                Locale.ROOT,
                "%-36s median %7.3f ms, 95%% %7.3f ms (%d)%n",
                what,
                warm[warm.length / 2],
                warm[warm.length * 95 / 100],
                results);
    }

    /// Scores as a real detector gives them: nearly all near zero, some 300 above the floor.
    static Supplier<List<Annotation>> ssd() {
        Random random = new Random(1);
        float[] boxes = new float[1917 * 4];
        for (int i = 0; i < boxes.length; i += 4) {
            boxes[i] = random.nextFloat() * .8f;
            boxes[i + 1] = random.nextFloat() * .8f;
            boxes[i + 2] = boxes[i] + .2f;
            boxes[i + 3] = boxes[i + 1] + .2f;
        }
        float[] scores = new float[1917 * 90];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = random.nextInt(600) == 0 ? random.nextFloat() : random.nextFloat() * .01f;
        }
        FakeOutputs outputs = new FakeOutputs()
                .with("boxes", Shape.of(1, 1917, 4), boxes)
                .with("scores", Shape.of(1, 1917, 90), scores);
        ModelSpec model = new SsdFamily()
                .recognise(FamilyInputs.signature(
                        FamilyInputs.f32("image", -1, 300, 300, 3),
                        Map.of(),
                        FamilyInputs.f32("boxes", -1, 1917, 4),
                        FamilyInputs.f32("scores", -1, 1917, 90)))
                .orElseThrow()
                .spec();
        return run(new SsdFamily(), outputs, new ImageSize(300, 300), model);
    }

    static Supplier<List<Annotation>> textRegions() {
        float[] map = new float[1536 * 1152];
        for (int line = 0; line < 60; line++) {
            int top = 10 + line / 2 * 36;
            int left = 40 + line % 2 * 740;
            FamilySample.fill(map, 1536, left, top, left + 680, top + 12, .9f);
        }
        FakeOutputs outputs = new FakeOutputs().with("sigmoid_0.tmp_0", Shape.of(1, 1, 1152, 1536), map);
        ModelSpec model = new TextRegionsFamily()
                .recognise(FamilySample.of("text-regions").openBatch())
                .orElseThrow()
                .spec();
        return run(new TextRegionsFamily(), outputs, new ImageSize(1536, 1152), model);
    }

    static Supplier<List<Annotation>> salient() {
        float[] map = new float[320 * 320];
        for (int y = 0; y < 320; y++) {
            for (int x = 0; x < 320; x++) {
                double angle = Math.atan2(y - 160, x - 160);
                double radius = 100 + 20 * Math.sin(9 * angle);
                map[y * 320 + x] = (float) (1 / (1 + Math.exp((Math.hypot(x - 160, y - 160) - radius) / 2)));
            }
        }
        FakeOutputs outputs = new FakeOutputs().with("side0", Shape.of(1, 1, 320, 320), map);
        ModelSpec model = new SalientFamily()
                .recognise(FamilySample.of("salient").openBatch())
                .orElseThrow()
                .spec();
        return run(new SalientFamily(), outputs, new ImageSize(320, 320), model);
    }

    private static Supplier<List<Annotation>> run(
            ModelFamily family, FakeOutputs outputs, ImageSize input, ModelSpec model) {
        ImageTransform transform = FamilyInputs.stretch(PHOTO, input);
        FamilyInput given = FamilyInputs.of(model);
        return () -> FamilyInputs.done(family, outputs, transform, given);
    }
}
