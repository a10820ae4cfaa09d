package dev.firstpass.postprocess.geometry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The run lengths are what `pycocotools.mask.frPyObjects` and `merge` 2.0.11 give.
final class CocoPolygonsTest {
    private static final ImageSize SIZE = new ImageSize(9, 8);

    @Test
    void square_onPixelEdges_isAsCocoHasIt() {
        assertRuns("a04400000g0", new double[] {2, 1, 6, 1, 6, 5, 2, 5});
    }

    @Test
    void triangle_slanted_isAsCocoHasIt() {
        assertRuns("9263M1OO2N1O1O7", new double[] {0.5, 0.5, 8.3, 2.2, 3.1, 7.7});
    }

    @Test
    void bow_crossingItself_isAsCocoHasIt() {
        assertRuns("954O1N90G2N17", new double[] {1, 1, 8, 7, 8, 1, 1, 7});
    }

    @Test
    void parts_overlapping_isAsCocoHasIt() {
        assertRuns(
                "944002N02N00014", new double[] {1, 1, 5, 1, 5, 5, 1, 5}, new double[] {3.2, 3.3, 8.1, 3, 8, 7.6, 3, 7
                });
    }

    @Test
    void sliver_withoutPixels_isAsCocoHasIt() {
        assertRuns("X2", new double[] {2.1, 2.1, 2.3, 2.1, 2.3, 2.3});
    }

    @Test
    void beyond_theImage_isAsCocoHasIt() {
        assertRuns("0X2", new double[] {-4, -3, 20, 2, 5, 30});
    }

    @Test
    void corner_givenTwice_isAsCocoHasIt() {
        assertRuns("a04400000g0", new double[] {2, 1, 2, 1, 6, 1, 6, 5, 6, 5, 2, 5});
    }

    @Test
    void holes_areLeftOutOfTheirPart() {
        PolygonPart part = new PolygonPart(ring(0, 0, 9, 0, 9, 8, 0, 8), List.of(ring(3, 2, 6, 2, 6, 5, 3, 5)));

        assertEquals(72 - 9, CocoPolygons.pixels(List.of(part), SIZE).area());
    }

    private static void assertRuns(String expected, double[]... rings) {
        List<PolygonPart> parts = Arrays.stream(rings)
                .map(ring -> new PolygonPart(ring(ring), List.of()))
                .toList();
        assertEquals(expected, CocoRle.encode(CocoPolygons.pixels(parts, SIZE)));
    }

    private static Ring ring(double... numbers) {
        return new Ring(IntStream.range(0, numbers.length / 2)
                .mapToObj(i -> new Point(numbers[2 * i], numbers[2 * i + 1]))
                .toList());
    }
}
