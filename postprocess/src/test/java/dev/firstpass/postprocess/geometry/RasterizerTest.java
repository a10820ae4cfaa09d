package dev.firstpass.postprocess.geometry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.Point;

/// The first three cases come from a run of cocoapi's own `rleFrPoly`.
final class RasterizerTest {
    private static final ImageSize SIZE = new ImageSize(8, 6);
    private static final List<String> RECTANGLE =
            List.of("00000000", "01111000", "01111000", "01111000", "00000000", "00000000");

    @Test
    void rasterize_wholeNumberRectangle_equalsCoco() {
        assertEquals(RECTANGLE, filled(Rings.part(1, 1, 5, 1, 5, 4, 1, 4)));
    }

    @Test
    void rasterize_edgesOnPixelCentres_equalsCoco() {
        assertEquals(RECTANGLE, filled(Rings.part(0.5, 0.5, 4.5, 0.5, 4.5, 3.5, 0.5, 3.5)));
    }

    @Test
    void rasterize_triangle_equalsCoco() {
        assertEquals(
                List.of("11111110", "11111100", "11111000", "11100000", "11000000", "10000000"),
                filled(Rings.part(0, 0, 8, 0, 0, 6)));
    }

    @Test
    void rasterize_holeRunningEitherWay_isLeftOut() {
        Ring outer = Rings.of(0, 0, 8, 0, 8, 6, 0, 6);
        List<String> expected = List.of("11111111", "11000111", "11000111", "11111111", "11111111", "11111111");
        assertEquals(expected, filled(List.of(new PolygonPart(outer, List.of(Rings.of(2, 1, 5, 1, 5, 3, 2, 3))))));
        assertEquals(expected, filled(List.of(new PolygonPart(outer, List.of(Rings.of(2, 3, 5, 3, 5, 1, 2, 1))))));
    }

    @Test
    void rasterize_overlappingParts_areUnited() {
        List<PolygonPart> parts = new ArrayList<>(Rings.part(0, 0, 4, 0, 4, 1, 0, 1));
        parts.addAll(Rings.part(2, 0, 6, 0, 6, 1, 2, 1));
        assertEquals("11111100", filled(parts).getFirst());
    }

    @Test
    void rasterize_partsBeyondTheImage_areCutOff() {
        assertEquals(
                List.of("11111111", "11111111", "11111111", "11111111", "11111111", "11111111"),
                filled(Rings.part(-1e9, -1e9, 1e9, -1e9, 1e9, 1e9, -1e9, 1e9)));
        assertEquals(
                0,
                Rasterizer.rasterize(Rings.part(-9, -9, -1, -9, -1, -1), SIZE).area());
    }

    /// Every centre against JTS' own point-in-polygon test; random corners put no centre on an edge.
    @Property(edgeCases = EdgeCasesMode.NONE)
    void rasterize_anyTriangle_setsExactlyTheCentresInside(@ForAll long seed) {
        Random random = new Random(seed);
        double[] xy = random.doubles(6, -3, 12).toArray();
        List<PolygonPart> part = Rings.part(xy);
        BitMask mask = Rasterizer.rasterize(part, SIZE);
        Geometry triangle = JtsPolygons.of(part);
        for (int y = 0; y < SIZE.height(); y++) {
            for (int x = 0; x < SIZE.width(); x++) {
                Point centre = triangle.getFactory().createPoint(new Coordinate(x + 0.5, y + 0.5));
                assertEquals(triangle.covers(centre), mask.get(x, y), x + "," + y);
            }
        }
    }

    private static List<String> filled(List<PolygonPart> parts) {
        return Masks.picture(Rasterizer.rasterize(parts, SIZE));
    }
}
