package dev.firstpass.loadtest.drive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

final class ArrivalsTest {
    private static final double SECONDS = 50;

    @Property(tries = 50)
    void poisson_ofAnyRate_hasItsMeanAndExponentialGaps(
            @ForAll @DoubleRange(min = 20, max = 500) double rate, @ForAll @LongRange(min = 0, max = 1000) long seed) {
        long[] nanos = Arrivals.poisson(rate, SECONDS, seed);
        double expected = rate * SECONDS;
        assertEquals(expected, nanos.length, 5 * Math.sqrt(expected));
        long[] gaps = IntStream.range(1, nanos.length)
                .mapToLong(i -> nanos[i] - nanos[i - 1])
                .toArray();
        double mean = 1e9 / rate;
        double beyond = (double) IntStream.range(0, gaps.length)
                        .filter(i -> gaps[i] > mean)
                        .count()
                / gaps.length;
        assertEquals(Math.exp(-1), beyond, 5 * Math.sqrt(0.24 / gaps.length));
        assertTrue(IntStream.range(0, gaps.length).allMatch(i -> gaps[i] >= 0));
        assertTrue(nanos[nanos.length - 1] < SECONDS * 1e9);
        assertArrayEquals(nanos, Arrivals.poisson(rate, SECONDS, seed));
    }

    @Property(tries = 20)
    void bursts_onTheWhole_haveTheirRate(@ForAll @LongRange(min = 0, max = 1000) long seed) {
        long[] nanos = Arrivals.bursts(100, 400, seed);
        assertEquals(40_000, nanos.length, 4_000);
        assertTrue(IntStream.range(1, nanos.length).allMatch(i -> nanos[i] >= nanos[i - 1]));
    }

    @Test
    void rate_ofNothing_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> Arrivals.poisson(0, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> Arrivals.bursts(1, Double.NaN, 1));
    }
}
