package dev.firstpass.postprocess.geometry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

final class MinAreaRectTest {
    private static final double CLOSE = 1e-9;

    @Test
    void of_uprightBox_isThatBox() {
        RotatedRect rect = MinAreaRect.of(new RotatedRect(5, 3, 8, 2, 0).corners());
        assertEquals(new RotatedRect(5, 3, 8, 2, 0), rect);
    }

    @Test
    void of_pointsInLine_hasNoHeight() {
        RotatedRect rect = MinAreaRect.of(List.of(new Point(0, 0), new Point(2, 1), new Point(4, 2)));
        assertEquals(Math.hypot(4, 2), rect.width(), CLOSE);
        assertEquals(0, rect.height(), CLOSE);
    }

    @Test
    void of_onePoint_hasNoExtent() {
        assertEquals(new RotatedRect(3, 4, 0, 0, 0), MinAreaRect.of(List.of(new Point(3, 4), new Point(3, 4))));
    }

    @Test
    void of_noPoint_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> MinAreaRect.of(List.of()));
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void of_cornersOfARotatedRect_findsItAgain(
            @ForAll @DoubleRange(min = -44.9, max = 44.9) double angle,
            @ForAll @DoubleRange(min = 1, max = 50) double width,
            @ForAll @DoubleRange(min = 1, max = 50) double height,
            @ForAll long seed) {
        RotatedRect given = new RotatedRect(10, -7, width, height, angle);
        List<Point> corners = given.corners();
        Random random = new Random(seed);
        Stream<Point> inner = Stream.generate(() -> between(corners, random)).limit(20);
        RotatedRect found =
                MinAreaRect.of(Stream.concat(corners.stream(), inner).toList());
        assertEquals(width * height, found.width() * found.height(), 1e-6);
        assertEquals(10, found.cx(), 1e-6);
        assertEquals(-7, found.cy(), 1e-6);
        assertEquals(width, found.width(), 1e-6);
        assertEquals(height, found.height(), 1e-6);
        assertEquals(angle, found.angle(), 1e-4);
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void of_anyPoints_coversThemAndIsNoLargerThanTheBounds(@ForAll long seed) {
        Random random = new Random(seed);
        List<Point> points = Stream.generate(() -> new Point(random.nextInt(60), random.nextInt(40)))
                .limit(3 + random.nextInt(30))
                .toList();
        RotatedRect rect = MinAreaRect.of(points);
        assertTrue(rect.width() * rect.height() <= Ring.boundsOf(points).area() + CLOSE);
        assertTrue(rect.angle() >= -45 && rect.angle() < 45);
        double radians = Math.toRadians(rect.angle());
        for (Point point : points) {
            double dx = point.x() - rect.cx();
            double dy = point.y() - rect.cy();
            double u = dx * Math.cos(radians) + dy * Math.sin(radians);
            double v = dy * Math.cos(radians) - dx * Math.sin(radians);
            assertTrue(Math.abs(u) <= rect.width() / 2 + CLOSE && Math.abs(v) <= rect.height() / 2 + CLOSE);
        }
    }

    private static Point between(List<Point> corners, Random random) {
        double a = random.nextDouble();
        double b = random.nextDouble();
        Point p = corners.get(0);
        Point q = corners.get(1);
        Point r = corners.get(3);
        return new Point(
                p.x() + a * (q.x() - p.x()) + b * (r.x() - p.x()), p.y() + a * (q.y() - p.y()) + b * (r.y() - p.y()));
    }
}
