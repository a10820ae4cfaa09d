package dev.firstpass.server.runtime.batch.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayDeque;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

final class RollingQuantileTest {
    @Property(tries = 50)
    void quantile_isThatOfTheLastValuesSorted(@ForAll @LongRange(min = 0, max = 1_000_000) long seed) {
        Random random = new Random(seed);
        RollingQuantile quantile = new RollingQuantile(20, 0.9);
        ArrayDeque<Double> recent = new ArrayDeque<>();
        for (int index = 0; index < 200; index++) {
            double value = random.nextInt(10);
            quantile.add(value);
            recent.add(value);
            if (recent.size() > 20) {
                recent.removeFirst();
            }
            double[] sorted =
                    recent.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            assertEquals(sorted[Math.min(sorted.length - 1, (int) (0.9 * sorted.length))], quantile.orElse(-1));
        }
    }

    @Test
    void empty_hasNone() {
        RollingQuantile quantile = new RollingQuantile(4, 0.5);
        assertEquals(7, quantile.orElse(7));
        quantile.add(1);
        quantile.clear();
        assertEquals(7, quantile.orElse(7));
    }
}
