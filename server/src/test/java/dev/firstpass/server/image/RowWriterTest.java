package dev.firstpass.server.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Placement;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.InputSpec.ColorOrder;
import dev.firstpass.postprocess.spec.InputSpec.Layout;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;

/// Every way that a row is written, against the definition.
final class RowWriterTest {
    private static final List<ElementType> TYPES =
            List.of(ElementType.FLOAT32, ElementType.FLOAT16, ElementType.UINT8, ElementType.INT32);

    /// What the channels are normalised with.
    enum Numbers {
        AS_THEY_ARE,
        ALIKE,
        EACH_ITS_OWN;

        double scale() {
            return this == AS_THEY_ARE ? 1 : 1 / 255.0;
        }

        List<Double> mean() {
            return switch (this) {
                case AS_THEY_ARE -> List.of(0.0, 0.0, 0.0);
                case ALIKE -> List.of(0.5, 0.5, 0.5);
                case EACH_ITS_OWN -> List.of(0.485, 0.456, 0.406);
            };
        }

        List<Double> std() {
            return switch (this) {
                case AS_THEY_ARE -> List.of(1.0, 1.0, 1.0);
                case ALIKE -> List.of(0.25, 0.25, 0.25);
                case EACH_ITS_OWN -> List.of(0.229, 0.224, 0.225);
            };
        }
    }

    private static InputSpec spec(ElementType type, Layout layout, Numbers numbers, ImageSize size) {
        return new InputSpec(
                "x",
                new SizeRule.Fixed(size),
                InputSpec.Resize.LETTERBOX,
                InputSpec.Sampling.HALF_PIXEL,
                114,
                ColorOrder.RGB,
                layout,
                type,
                numbers.scale(),
                numbers.mean(),
                numbers.std());
    }

    /// Odd widths, so that vectors have tails; pictures that are a part of a larger one, so that rows are apart; padding on no,
    /// some or all sides; bands in any order, or one for all.
    @Property(tries = 600)
    void write_anyRow_isTheDefinition(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 70) int width,
            @ForAll @IntRange(min = 1, max = 20) int height,
            @ForAll Layout layout,
            @ForAll Numbers numbers,
            @ForAll @IntRange(max = 3) int typeIndex,
            @ForAll boolean floats,
            @ForAll boolean oneBand) {
        Random random = new Random(seed);
        ElementType type = TYPES.get(typeIndex);
        int bands = oneBand ? 1 : 3;
        Placement place = new Placement(random.nextInt(3), random.nextInt(3), width, height);
        ImageSize size =
                new ImageSize(place.left() + width + random.nextInt(3), place.top() + height + random.nextInt(3));
        InputSpec spec = spec(type, layout, numbers, size);
        int[] bandOf = oneBand ? new int[3] : bandOf(random);
        float[] samples = samples(random, width * height * bands, floats);

        float[] expected = expected(spec, size, place, samples, bandOf, bands);
        float[] written = written(spec, size, place, samples, bandOf, bands, floats);

        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], written[i], tolerance(type, expected[i]), "number " + i);
        }
    }

    private static double tolerance(ElementType type, float value) {
        return switch (type) {
            case FLOAT32 -> 2 * Math.ulp(Math.max(1, Math.abs(value)));
            case FLOAT16 -> Math.max(1, Math.abs(value)) / 1000;
            default -> 0;
        };
    }

    private static int[] bandOf(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> new int[] {0, 1, 2};
            case 1 -> new int[] {2, 1, 0};
            case 2 -> new int[] {1, 2, 0};
            default -> new int[] {0, 0, 0};
        };
    }

    private static float[] samples(Random random, int count, boolean fractions) {
        float[] samples = new float[count];
        for (int i = 0; i < count; i++) {
            samples[i] = random.nextInt(256);
            // No value half way between two numbers, which a row of whole numbers may round either way.
            samples[i] += fractions && samples[i] < 255 ? random.nextInt(3) * .25f - (samples[i] > 0 ? .25f : 0) : 0;
            samples[i] = Math.abs(samples[i] % 1) == .5f ? (float) Math.floor(samples[i]) : samples[i];
        }
        return samples;
    }

    private static float[] expected(
            InputSpec spec, ImageSize size, Placement place, float[] samples, int[] bandOf, int bands) {
        float[] row = new float[(int) size.pixels() * 3];
        boolean real = spec.dtype() == ElementType.FLOAT32 || spec.dtype() == ElementType.FLOAT16;
        for (int channel = 0; channel < 3; channel++) {
            for (int y = 0; y < size.height(); y++) {
                for (int x = 0; x < size.width(); x++) {
                    int px = x - place.left();
                    int py = y - place.top();
                    boolean inside = px >= 0 && py >= 0 && px < place.width() && py < place.height();
                    double pixel = inside ? samples[(py * place.width() + px) * bands + bandOf[channel]] : 114;
                    double value = real
                            ? (pixel * spec.scale() - spec.mean().get(channel))
                                    / spec.std().get(channel)
                            : Math.rint(pixel);
                    int at = spec.layout() == Layout.NCHW
                            ? (channel * size.height() + y) * size.width() + x
                            : (y * size.width() + x) * 3 + channel;
                    row[at] = (float) value;
                }
            }
        }
        return row;
    }

    private static float[] written(
            InputSpec spec, ImageSize size, Placement place, float[] samples, int[] bandOf, int bands, boolean floats) {
        OpenCv.ready();
        int depth = floats ? opencv_core.CV_32F : opencv_core.CV_8U;
        long bytes = RowFiller.rowBytes(spec, size);
        try (Arena arena = Arena.ofConfined();
                PixelBuffers buffers = new PixelBuffers();
                Mat whole = new Mat(place.height() + 1, place.width() + 2, opencv_core.CV_MAKETYPE(depth, bands));
                Mat columns = whole.colRange(1, place.width() + 1);
                Mat image = columns.rowRange(0, place.height())) {
            MemorySegment memory = OpenCv.memory(whole);
            for (int i = 0; i < samples.length; i++) {
                int line = place.width() * bands;
                long at = (long) (i / line) * (place.width() + 2) * bands + bands + i % line;
                if (floats) {
                    memory.setAtIndex(ValueLayout.JAVA_FLOAT, at, samples[i]);
                } else {
                    memory.set(ValueLayout.JAVA_BYTE, at, (byte) samples[i]);
                }
            }
            MemorySegment row = arena.allocate(bytes + 8);
            row.fill((byte) 0x5a);
            new RowWriter(spec, size, place, row.asSlice(0, bytes), 1, buffers).write(image, bandOf);
            assertEquals(0x5a5a5a5a5a5a5a5aL, row.get(ValueLayout.JAVA_LONG_UNALIGNED, bytes), "after the row");
            return new Tensor("row", spec.dtype(), RowFiller.rowShape(spec, size), row.asSlice(0, bytes)).floats();
        }
    }
}
