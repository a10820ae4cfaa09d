package dev.firstpass.postprocess.geometry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The vectors come from a run of cocoapi's own `common/maskApi.c`, compiled with gcc.
final class CocoRleTest {
    @Test
    void encode_smallMask_isCocosString() {
        RunLengths runs = RunLengths.of(Masks.of("0110", "0111", "0000"));
        assertArrayEquals(new int[] {3, 2, 1, 2, 2, 1, 1}, runs.counts());
        assertEquals("32101OO", CocoRle.encode(runs));
        assertEquals(5, runs.area());
        assertEquals(new Rect(1, 0, 3, 2), runs.bounds());
    }

    @Test
    void encode_fullAndEmptyMask_areCocosStrings() {
        assertEquals("04", CocoRle.encode(RunLengths.of(Masks.of("11", "11"))));
        RunLengths empty = RunLengths.of(Masks.of("00", "00"));
        assertEquals("4", CocoRle.encode(empty));
        assertEquals(new Rect(0, 0, 0, 0), empty.bounds());
    }

    @Test
    void encode_ring_isCocosString() {
        RunLengths runs = RunLengths.of(Masks.of("1110", "1010", "1110", "0000"));
        assertArrayEquals(new int[] {0, 3, 1, 1, 1, 1, 1, 3, 5}, runs.counts());
        assertEquals("031N00024", CocoRle.encode(runs));
    }

    @Test
    void encode_longAndFallingCounts_isCocosString() {
        RunLengths runs = new RunLengths(new ImageSize(70052, 1), new int[] {5, 3, 70000, 1, 2, 40, 1});
        assertEquals("53`[T2NbdkMW1O", CocoRle.encode(runs));
        assertEquals(runs, CocoRle.decode("53`[T2NbdkMW1O", runs.size()));
    }

    @Test
    void encode_bigRectangle_isCocosString() {
        BitMask mask = new BitMask(new ImageSize(1000, 1000));
        for (int y = 50; y < 950; y++) {
            mask.setRun(y, 100, 900);
        }
        RunLengths runs = RunLengths.of(mask);
        int[] counts = runs.counts();
        assertEquals(1601, counts.length);
        assertArrayEquals(new int[] {100050, 900, 100, 900}, java.util.Arrays.copyOf(counts, 4));
        String text = CocoRle.encode(runs);
        assertEquals(1610, text.length());
        assertTrue(text.startsWith("bfQ3Tl0T3000000"), text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", // covers nothing
                "3", // covers too little
                "5", // covers too much
                "T", // ends within a value
                "0\u00e4", // no such character
                " ", // below the first character
                "O", // a negative count
                "TTTTTTTTTTTT0", // a value that never ends
            })
    void decode_brokenString_isRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> CocoRle.decode(text, new ImageSize(2, 2)));
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void decode_ofEncoded_givesTheSameRuns(@ForAll("masks") BitMask mask) {
        RunLengths runs = RunLengths.of(mask);
        assertEquals(runs, CocoRle.decode(CocoRle.encode(runs), runs.size()));
    }

    @Provide
    Arbitrary<BitMask> masks() {
        return Masks.any();
    }
}
