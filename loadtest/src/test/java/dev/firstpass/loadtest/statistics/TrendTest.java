package dev.firstpass.loadtest.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.loadtest.statistics.Trend.Point;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class TrendTest {
    /// By hand: the products' sum over the squares' is 82.75 / 82.5, the residuals' squares sum up to 0.240242, so that the slope's
    /// error is sqrt(0.240242 / 8 / 82.5); Student's value for 8 degrees of freedom is 2.306004.
    @Test
    void line_throughKnownPoints_isTheTextbooks() {
        double[] values = {1.1, 1.9, 3.2, 3.8, 5.1, 6.2, 6.8, 8.1, 8.9, 10.2};
        Trend trend = Trend.of(IntStream.range(0, values.length)
                .mapToObj(i -> new Point(i + 1, values[i]))
                .toList());

        double half = 2.306004 * Math.sqrt(0.2402424 / 8 / 82.5);
        assertEquals(82.75 / 82.5, trend.slope().value(), 1e-9);
        assertEquals(82.75 / 82.5 - half, trend.slope().low(), 2e-4);
        assertEquals(82.75 / 82.5 + half, trend.slope().high(), 2e-4);
    }

    @Test
    void intervals_ofManyLines_holdTheTruthAsOftenAsTheySay() {
        Random random = new Random(5);
        int held = 0;
        for (int run = 0; run < 2000; run++) {
            List<Point> points = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                points.add(new Point(i / 120.0, 100 + 3 * i / 120.0 + random.nextGaussian()));
            }
            held += Trend.of(points).slope().contains(3) ? 1 : 0;
        }
        assertEquals(0.95, held / 2000.0, 0.015);
    }

    @Test
    void fewPoints_orAllAtOneTime_areRefused() {
        assertThrows(IllegalArgumentException.class, () -> Trend.of(List.of(new Point(0, 1), new Point(1, 2))));
        List<Point> same = IntStream.range(0, 20).mapToObj(i -> new Point(1, i)).toList();
        assertThrows(IllegalArgumentException.class, () -> Trend.of(same));
    }
}
