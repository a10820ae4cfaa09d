package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Vectors are those that Encord's and CVAT's own code gave.
final class RowMajorTest {
    @ParameterizedTest
    @CsvSource({
        "0110/0111/0000, 1 2 2 3 4, 12212",
        "1110/1010/1110/0000, 0 3 1 1 1 1 1 3 5, 031N00024",
        "11/11, 0 4, 04",
        "00/00, 4, 4",
        "110/111, 0 2 1 3, 0211"
    })
    void counts_ofAMask_areAlongItsRows(String picture, String counts, String text) {
        BitMask mask = Samples.mask(picture.split("/", -1));
        int[] expected = java.util.Arrays.stream(counts.split(" ", -1))
                .mapToInt(Integer::parseInt)
                .toArray();

        assertArrayEquals(expected, RowMajor.counts(mask));
        assertEquals(text, RowMajor.text(mask));
        assertEquals(RunLengths.of(mask), RunLengths.of(RowMajor.mask(expected, mask.size())));
        assertEquals(RunLengths.of(mask), RunLengths.of(RowMajor.ofText(text, mask.size())));
    }

    @Property(tries = 300)
    void counts_ofAnyMask_areItAgain(
            @ForAll @IntRange(min = 1, max = 140) int width,
            @ForAll @IntRange(min = 1, max = 20) int height,
            @ForAll long seed) {
        java.util.Random random = new java.util.Random(seed);
        BitMask mask = new BitMask(new ImageSize(width, height));
        int density = 1 + random.nextInt(6);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                if (random.nextInt(density) == 0) {
                    mask.set(x, y);
                }
            }
        }

        assertEquals(RunLengths.of(mask), RunLengths.of(RowMajor.mask(RowMajor.counts(mask), mask.size())));
        assertEquals(RunLengths.of(mask), RunLengths.of(RowMajor.ofText(RowMajor.text(mask), mask.size())));
        if (mask.area() > 0) {
            CroppedMask crop = CroppedMask.of(RunLengths.of(mask));
            assertEquals(RunLengths.of(mask), crop.in(Optional.of(mask.size())));
        }
    }

    @Test
    void mask_ofTooManyPixels_isRefused() {
        ImageSize size = new ImageSize(2, 2);
        assertEquals(
                "rle: run 1 of 4 after 1 pixels (expected: >= 0, and 4 in all)",
                assertThrows(IllegalArgumentException.class, () -> RowMajor.mask(new int[] {1, 4}, size))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> RowMajor.mask(new int[] {1, -1}, size));
    }

    @Test
    void crop_outOfTheImage_isRefused() {
        CroppedMask crop = new CroppedMask(3, 0, Samples.mask("11"));
        assertEquals(
                "mask: columns 3 to 4, rows 0 to 0 (expected: within the image of 4x4)",
                assertThrows(IllegalArgumentException.class, () -> crop.in(Optional.of(new ImageSize(4, 4))))
                        .getMessage());
    }
}
