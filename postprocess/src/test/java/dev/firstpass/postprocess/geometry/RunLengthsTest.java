package dev.firstpass.postprocess.geometry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

final class RunLengthsTest {
    @Test
    void of_emptyMask_isOneUnsetRun() {
        assertArrayEquals(new int[] {4}, RunLengths.of(Masks.of("00", "00")).counts());
    }

    @Test
    void of_fullMask_beginsWithAnEmptyRun() {
        assertArrayEquals(new int[] {0, 4}, RunLengths.of(Masks.of("11", "11")).counts());
    }

    @Test
    void of_runAcrossColumns_isOneRun() {
        RunLengths runs = RunLengths.of(Masks.of("010", "110", "110"));
        assertArrayEquals(new int[] {1, 5, 3}, runs.counts());
        assertEquals(new Rect(0, 0, 2, 3), runs.bounds());
    }

    @Test
    void toBitMask_ofRunsWithEmptyOnes_setsTheSamePixels() {
        RunLengths longForm = new RunLengths(new ImageSize(2, 2), new int[] {1, 1, 0, 1, 1});
        assertArrayEquals(
                new int[] {1, 2, 1}, RunLengths.of(longForm.toBitMask()).counts());
    }

    @Test
    void new_countsThatDoNotCoverTheImage_areRefused() {
        assertThrows(IllegalArgumentException.class, () -> new RunLengths(new ImageSize(2, 2), new int[] {5}));
    }

    /// The counts against a scan pixel by pixel, which is slow and obviously right.
    @Property(edgeCases = EdgeCasesMode.NONE)
    void of_anyMask_equalsTheScanByPixel(@ForAll("masks") BitMask mask) {
        int[] naive = ColumnScan.counts(mask);
        RunLengths runs = RunLengths.of(mask);
        assertArrayEquals(naive, runs.counts());
        assertEquals(mask.area(), runs.area());
        assertEquals(Masks.picture(mask), Masks.picture(runs.toBitMask()));
    }

    @Provide
    Arbitrary<BitMask> masks() {
        return Masks.any();
    }

    private static final class ColumnScan {
        static int[] counts(BitMask mask) {
            IntList counts = new IntList();
            boolean current = false;
            int length = 0;
            for (int x = 0; x < mask.size().width(); x++) {
                for (int y = 0; y < mask.size().height(); y++) {
                    if (mask.get(x, y) != current) {
                        counts.add(length);
                        length = 0;
                        current = !current;
                    }
                    length++;
                }
            }
            counts.add(length);
            return counts.toArray();
        }
    }
}
