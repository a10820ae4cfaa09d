package dev.firstpass.postprocess.family;

import static dev.firstpass.postprocess.family.FamilyInputs.f32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Placement;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/// What the golden cases of `semantic` do not show.
final class SemanticFamilyTest {
    private final ModelFamily family = new SemanticFamily();

    private ModelSpec spec(int classes, Map<String, String> parameters) {
        String names =
                IntStream.range(0, classes).mapToObj(i -> "'c" + i + "'").collect(Collectors.joining(", ", "[", "]"));
        return family.recognise(FamilyInputs.signature(
                        f32("input", 1, 3, 64, 64), Map.of("names", names), f32("logits", 1, classes, 16, 16)))
                .orElseThrow()
                .spec()
                .withParameters(parameters);
    }

    private List<Annotation> found(ModelSpec spec, FakeOutputs outputs, ImageTransform transform) {
        return FamilyInputs.done(family, outputs, transform, FamilyInputs.withThreshold(spec, 0));
    }

    private static BitMask mask(Annotation annotation) {
        return ((Annotation.Mask) annotation).runs().toBitMask();
    }

    /// A map with numbers of some classes, blended by the plainest code there is.
    private record Map3(float[] values, int classes, int width, int height, ImageTransform transform) {
        static Map3 random(long seed, int classes, int width, int height, ImageTransform transform) {
            Random random = new Random(seed);
            float[] values = new float[classes * width * height];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian() * 3;
            }
            return new Map3(values, classes, width, height, transform);
        }

        double across(int x) {
            return (transform.xx() * (x + .5) + transform.x0())
                    * width
                    / transform.input().width();
        }

        double down(int y) {
            return (transform.yy() * (y + .5) + transform.y0())
                    * height
                    / transform.input().height();
        }

        double column(int x) {
            return Math.clamp(across(x) - .5, 0, width - 1.0);
        }

        double row(int y) {
            return Math.clamp(down(y) - .5, 0, height - 1.0);
        }

        float cell(int label, int column, int row) {
            return values[(label * height + Math.min(row, height - 1)) * width + Math.min(column, width - 1)];
        }

        double blended(int label, int x, int y) {
            int left = (int) column(x);
            int top = (int) row(y);
            double right = column(x) - left;
            double down = row(y) - top;
            return (1 - down) * ((1 - right) * cell(label, left, top) + right * cell(label, left + 1, top))
                    + down * ((1 - right) * cell(label, left, top + 1) + right * cell(label, left + 1, top + 1));
        }

        double probability(int label, int x, int y) {
            int column = (int) across(x);
            int row = (int) down(y);
            double sum = 0;
            for (int k = 0; k < classes; k++) {
                sum += Math.exp(cell(k, column, row));
            }
            return Math.exp(cell(label, column, row)) / sum;
        }

        FakeOutputs outputs(boolean isFirst) {
            if (isFirst) {
                return new FakeOutputs().with("logits", Shape.of(1, classes, height, width), values);
            }
            float[] turned = new float[values.length];
            for (int i = 0; i < values.length; i++) {
                int label = i / (width * height);
                turned[i % (width * height) * classes + label] = values[i];
            }
            return new FakeOutputs().with("logits", Shape.of(1, height, width, classes), turned);
        }
    }

    @Property(tries = 60)
    void softmax_ofAnyMap_isTheGreatestOfTheBlendedNumbers(
            @ForAll long seed,
            @ForAll @IntRange(min = 2, max = 6) int classes,
            @ForAll @IntRange(min = 1, max = 9) int width,
            @ForAll @IntRange(min = 1, max = 9) int height,
            @ForAll @IntRange(min = 1, max = 40) int assetWidth,
            @ForAll @IntRange(min = 1, max = 40) int assetHeight,
            @ForAll boolean isFirst,
            @ForAll boolean isLetterboxed) {
        ImageSize asset = new ImageSize(assetWidth, assetHeight);
        ImageSize input = new ImageSize(32, 24);
        ImageTransform transform =
                isLetterboxed ? ImageTransform.letterbox(asset, input) : ImageTransform.stretch(asset, input);
        // Nowhere as many columns as classes, so that the axis is plain.
        Map3 map = Map3.random(seed, classes, width + 6, height + 6, transform);

        List<Annotation> found = found(spec(classes, Map.of("instances", "classes")), map.outputs(isFirst), transform);

        for (int label = 0; label < classes; label++) {
            int wanted = label;
            List<Annotation> of = found.stream()
                    .filter(one -> one.candidate().index() == wanted)
                    .toList();
            BitMask mask = of.isEmpty() ? new BitMask(asset) : mask(of.getFirst());
            double sum = 0;
            long area = 0;
            for (int y = 0; y < assetHeight; y++) {
                for (int x = 0; x < assetWidth; x++) {
                    double best = Double.NEGATIVE_INFINITY;
                    for (int k = 0; k < classes; k++) {
                        best = Math.max(best, k == label ? best : map.blended(k, x, y));
                    }
                    double lead = map.blended(label, x, y) - best;
                    assertTrue(mask.get(x, y) ? lead > -1e-4 : lead < 1e-4, "at " + x + "," + y);
                    if (mask.get(x, y)) {
                        sum += map.probability(label, x, y);
                        area++;
                    }
                }
            }
            if (area > 0) {
                assertEquals("c" + label, of.getFirst().candidate().label());
                assertEquals(sum / area, of.getFirst().candidate().score(), 1e-5);
            }
        }
    }

    @Property(tries = 60)
    void sigmoid_ofAnyMap_isWhatIsAboveTheThreshold(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 3) int classes,
            @ForAll @IntRange(min = 1, max = 40) int assetWidth,
            @ForAll @IntRange(min = 1, max = 40) int assetHeight,
            @ForAll boolean isFirst) {
        ImageSize asset = new ImageSize(assetWidth, assetHeight);
        ImageTransform transform = ImageTransform.stretch(asset, new ImageSize(32, 24));
        Map3 map = Map3.random(seed, classes, 8, 6, transform);
        ModelSpec spec = spec(classes, Map.of("instances", "classes", "activation", "sigmoid", "mapThreshold", "0.7"));
        double cut = Math.log(.7 / .3);

        for (Annotation one : found(spec, map.outputs(isFirst), transform)) {
            int label = one.candidate().index();
            double sum = 0;
            long area = 0;
            for (int y = 0; y < assetHeight; y++) {
                for (int x = 0; x < assetWidth; x++) {
                    double over = map.blended(label, x, y) - cut;
                    assertTrue(mask(one).get(x, y) ? over > -1e-4 : over < 1e-4, "at " + x + "," + y);
                    if (mask(one).get(x, y)) {
                        float value = map.cell(label, (int) map.across(x), (int) map.down(y));
                        sum += 1 / (1 + Math.exp(-value));
                        area++;
                    }
                }
            }
            assertEquals(sum / area, one.candidate().score(), 1e-5);
        }
    }

    /// Cells of four pixels each, no blending to think of: each pixel's centre is a quarter of a cell from the cell's own.
    private static FakeOutputs numbers(int width, long... labels) {
        byte[] bytes = new byte[labels.length];
        for (int i = 0; i < labels.length; i++) {
            bytes[i] = (byte) labels[i];
        }
        return new FakeOutputs()
                .with(new Tensor(
                        "logits",
                        ElementType.UINT8,
                        Shape.of(1, labels.length / width, width),
                        MemorySegment.ofArray(bytes)));
    }

    private static final long[] PICTURE = {
        0, 1, 0, 0,
        1, 0, 0, 2,
        0, 0, 2, 2,
        1, 0, 0, 2
    };

    private static final ImageTransform TWICE = ImageTransform.stretch(new ImageSize(8, 8), new ImageSize(64, 64));

    @Test
    void argmax_regions_hangTogetherByCornersAndHaveALeastArea() {
        Map<String, String> parameters = Map.of("activation", "argmax", "background", "0", "minArea", "8");
        List<Annotation> found = found(spec(3, parameters), numbers(4, PICTURE), TWICE);

        // Two cells by a corner, one by itself (left out, but counted), four.
        assertEquals(
                List.of(0, 2),
                found.stream().map(one -> one.candidate().index()).toList());
        assertEquals(
                List.of("c1", "c2"),
                found.stream().map(one -> one.candidate().label()).toList());
        assertEquals(new Rect(0, 0, 4, 4), found.getFirst().bounds().orElseThrow());
        assertEquals(8, mask(found.getFirst()).area());
        assertEquals(new Rect(4, 2, 4, 6), found.getLast().bounds().orElseThrow());
        assertEquals(16, mask(found.getLast()).area());
        assertEquals(1, found.getLast().candidate().score());
        assertTrue(mask(found.getLast()).get(4, 4) && !mask(found.getLast()).get(4, 2));
    }

    @Test
    void argmax_classes_areOneMaskEach() {
        Map<String, String> parameters = Map.of("activation", "argmax", "background", "-1", "instances", "classes");
        List<Annotation> found = found(spec(3, parameters), numbers(4, PICTURE), TWICE);

        assertEquals(
                List.of(0, 1, 2),
                found.stream().map(one -> one.candidate().index()).toList());
        assertEquals(64, found.stream().mapToLong(one -> mask(one).area()).sum());
    }

    @Test
    void argmax_numberThatIsNoClass_isRefused() {
        ModelSpec spec = spec(2, Map.of("activation", "argmax"));

        assertTrue(String.valueOf(assertThrows(
                                OutputInvalidException.class, () -> found(spec, numbers(4, PICTURE), TWICE))
                        .getMessage())
                .contains("0 to 1"));
    }

    /// What lies outside of a crop was not shown to the model: nothing is said of it.
    @Test
    void softmax_ofACrop_saysNothingOfTheRest() {
        ImageSize asset = new ImageSize(40, 20);
        ImageSize input = new ImageSize(20, 20);
        ImageTransform transform = Placement.centreCrop(asset, input, 1).transform(asset, input);
        float[] values = new float[2 * 16];
        FamilySample.fill(values, 4, 0, 0, 4, 4, 5);
        List<Annotation> found =
                found(spec(2, Map.of()), new FakeOutputs().with("logits", Shape.of(1, 2, 4, 4), values), transform);

        assertEquals(1, found.size());
        assertEquals(new Rect(10, 0, 20, 20), found.getFirst().bounds().orElseThrow());
    }

    @Test
    void recognise_mapsOfManyKinds_tellWhatTheyTell() {
        TensorInfo image = f32("input", 1, 3, 64, 64);
        Map<String, String> names = Map.of("names", "['background', 'cat', 'dog']");
        Recognition torch = family.recognise(
                        FamilyInputs.signature(image, names, f32("out", -1, 3, 64, 64), f32("aux", -1, 3, 64, 64)))
                .orElseThrow();
        assertEquals(Map.of("background", "0"), torch.spec().parameters());
        assertEquals("out", torch.spec().firstStage().outputs().get("map"));
        assertEquals(Set.of("input.mean"), torch.questions().keySet());

        Recognition keras = family.recognise(FamilyInputs.signature(
                        f32("input", -1, 64, 64, 3), Map.of("names", "['a', 'b']"), f32("conv", -1, 64, 64, 2)))
                .orElseThrow();
        assertEquals(Map.of("gives", "probabilities"), keras.spec().parameters());

        Recognition binary = family.recognise(
                        FamilyInputs.signature(image, Map.of("names", "['crack']"), f32("output", 1, 1, 64, 64)))
                .orElseThrow();
        assertEquals(Map.of("activation", "sigmoid"), binary.spec().parameters());

        Recognition deeplab = family.recognise(FamilyInputs.signature(
                        new TensorInfo("ImageTensor", ElementType.UINT8, Shape.of(1, -1, -1, 3)),
                        names,
                        new TensorInfo("SemanticPredictions", ElementType.INT64, Shape.of(1, -1, -1))))
                .orElseThrow();
        assertEquals(
                Map.of("activation", "argmax", "background", "0"),
                deeplab.spec().parameters());
        assertEquals(
                new SizeRule.ShortestSide(1, 513, 1),
                deeplab.spec().firstStage().input().size());
        assertEquals(Map.of(), deeplab.questions());
    }

    @Test
    void recognise_featuresOfAnEncoder_areNone() {
        assertTrue(family.recognise(
                        FamilyInputs.signature(f32("input", 1, 3, 1024, 1024), Map.of(), f32("output", 1, 256, 64, 64)))
                .isEmpty());
        assertFalse(family.recognise(
                        FamilyInputs.signature(f32("input", 1, 3, 512, 512), Map.of(), f32("logits", 1, 150, 128, 128)))
                .isEmpty());
    }

    @Test
    void check_backgroundBeyondTheClasses_isRefused() {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> family.check(spec(2, Map.of("background", "2"))));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("parameters.background: 2 "));
    }

    @Test
    void checkOutputs_classesThatDoNotFit_areRefused() {
        ModelSpec spec = spec(2, Map.of());

        assertThrows(
                IllegalArgumentException.class,
                () -> family.checkOutputs(spec, spec.firstStage(), List.of(f32("logits", 1, 3, 16, 16))));
    }
}
