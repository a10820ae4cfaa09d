package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.io.IOException;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The vectors are what Label Studio's own converter (label-studio-sdk, `converter/brush.py`) writes for these masks.
final class BrushRleTest {
    static Stream<Arguments> vectors() {
        return Stream.of(
                Arguments.of(Samples.mask("1"), bytes(0, 0, 0, 4, 57, 27, 252, 127, 224)),
                Arguments.of(Samples.mask("101"), bytes(0, 0, 0, 12, 57, 27, 252, 127, 241, 128, 71, 254)),
                Arguments.of(Samples.mask("11", "11"), bytes(0, 0, 0, 16, 57, 27, 253, 255, 240)),
                Arguments.of(Samples.mask("00", "00"), bytes(0, 0, 0, 16, 57, 27, 253, 240, 0)),
                Arguments.of(
                        Samples.mask("0110", "0111", "0000"),
                        bytes(0, 0, 0, 48, 57, 27, 252, 96, 19, 255, 206, 1, 111, 254, 248, 0)),
                Arguments.of(
                        full(200), bytes(0, 2, 113, 0, 57, 27, 255, 255, 255, 255, 255, 255, 255, 253, 195, 255, 252)));
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void write_referenceMask_givesTheReferenceBytes(BitMask mask, int[] expected) throws IOException {
        assertArrayEquals(expected, encode(mask));
    }

    @Property(tries = 200)
    void decode_ofAnyMask_givesTheMask(
            @ForAll @IntRange(min = 1, max = 90) int width,
            @ForAll @IntRange(min = 1, max = 60) int height,
            @ForAll @IntRange(min = 1, max = 400) int meanRun,
            @ForAll long seed)
            throws IOException {
        BitMask mask = random(width, height, meanRun, seed);
        int[] alpha = BrushRleDecoder.alpha(encode(mask), mask.size());
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                assertEquals(mask.get(x, y) ? 255 : 0, alpha[y * width + x], "pixel " + x + "," + y);
            }
        }
    }

    @Test
    void write_moreSamplesThanTheHeaderCanSay_isRefused() {
        BitMask mask = new BitMask(new ImageSize(1 << 16, 1 << 14));
        assertThrows(IllegalArgumentException.class, () -> encode(mask));
    }

    static BitMask random(int width, int height, int meanRun, long seed) {
        Random random = new Random(seed);
        ImageSize size = new ImageSize(width, height);
        IntStream.Builder counts = IntStream.builder();
        int rest = width * height;
        while (rest > 0) {
            int run = Math.min(rest, 1 + random.nextInt(2 * meanRun));
            counts.add(run);
            rest -= run;
        }
        return new RunLengths(size, counts.build().toArray()).toBitMask();
    }

    private static BitMask full(int side) {
        BitMask mask = new BitMask(new ImageSize(side, side));
        for (int y = 0; y < side; y++) {
            mask.setRun(y, 0, side);
        }
        return mask;
    }

    private static int[] encode(BitMask mask) throws IOException {
        IntStream.Builder bytes = IntStream.builder();
        BrushRle.write(mask, bytes::add);
        return bytes.build().toArray();
    }

    private static int[] bytes(int... values) {
        return values;
    }
}
