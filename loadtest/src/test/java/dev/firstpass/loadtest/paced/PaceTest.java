package dev.firstpass.loadtest.paced;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class PaceTest {
    @Test
    void metadata_readBack_isTheSamePace() {
        assertEquals(Pace.GPU, Pace.of(Pace.GPU.metadata()));
    }

    @Test
    void metadata_withoutAPace_isRefusedByName() {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> Pace.of(Map.of()));
        assertEquals("paced.fixed-nanos: not in the model's metadata (expected: a paced model)", refused.getMessage());
        Map<String, String> odd = new HashMap<>(Pace.GPU.metadata());
        odd.put("paced.row-nanos", "soon");
        assertThrows(IllegalArgumentException.class, () -> Pace.of(odd));
        odd.put("paced.row-nanos", "-1");
        assertThrows(IllegalArgumentException.class, () -> Pace.of(odd));
    }

    @Test
    void runs_onTheWhole_takeTheMeanAndNowAndThenTwiceThat() {
        Random random = new Random(1);
        int runs = 20_000;
        long twice = 0;
        double sum = 0;
        long mean = Pace.GPU.meanNanos(8, Pace.GPU.referenceElements());
        for (int run = 0; run < runs; run++) {
            long nanos = Pace.GPU.nanos(8, Pace.GPU.referenceElements(), random);
            sum += nanos;
            twice += nanos > 1.7 * mean ? 1 : 0;
        }
        assertEquals(18_000_000, mean);
        assertEquals(1.002, sum / runs / mean, 0.002);
        assertEquals(0.002, (double) twice / runs, 0.001);
    }

    @Test
    void times_two_isTwiceAsLong() {
        assertEquals(
                2.0 * Pace.GPU.meanNanos(3, 40_000), (double) Pace.GPU.times(2).meanNanos(3, 40_000), 2);
    }
}
