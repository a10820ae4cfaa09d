package dev.firstpass.postprocess.family;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Point;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class ScoreMapTest {
    /// What PyTorch's `interpolate(mode="bilinear", align_corners=False)` is defined to give for [0, 1] at 4 places:
    /// positions -0.25, 0.25, 0.75, 1.25, held at the ends.
    @Test
    void assetRows_twoCellsToFour_isHalfPixelBilinear() {
        ImageTransform twice = ImageTransform.scaling(new ImageSize(4, 1), new ImageSize(2, 1), .5, 1, 0, 0);
        float[] row = new float[4];
        new ScoreMap(new float[] {0, 1}, new MapPlace(new ImageSize(2, 1), twice))
                .assetRows()
                .row(0, 0, 4, row);
        assertArrayEquals(new float[] {0, .25f, .75f, 1}, row);
    }

    /// The general way, one pixel at a time, gives what the fast one gives. A vanishing rotation selects it.
    @Property(tries = 100)
    void assetRows_fastAndGeneralWay_agree(@ForAll long seed) {
        Random random = new Random(seed);
        ImageSize asset = new ImageSize(1 + random.nextInt(60), 1 + random.nextInt(60));
        ImageSize input = new ImageSize(1 + random.nextInt(30), 1 + random.nextInt(30));
        ImageSize size = new ImageSize(1 + random.nextInt(30), 1 + random.nextInt(30));
        float[] values = new float[(int) size.pixels()];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat();
        }
        double scaleX = 0.1 + random.nextDouble();
        double scaleY = 0.1 + random.nextDouble();
        double x0 = random.nextDouble() * 10 - 5;
        double y0 = random.nextDouble() * 10 - 5;
        ScoreMap fast = new ScoreMap(
                values, new MapPlace(size, new ImageTransform(asset, input, scaleX, 0, x0, 0, scaleY, y0)));
        ScoreMap general = new ScoreMap(
                values, new MapPlace(size, new ImageTransform(asset, input, scaleX, 1e-12, x0, 0, scaleY, y0)));
        for (int y = 0; y < asset.height(); y++) {
            float[] a = new float[asset.width()];
            float[] b = new float[asset.width()];
            fast.assetRows().row(y, 0, a.length, a);
            general.assetRows().row(y, 0, b.length, b);
            assertArrayEquals(a, b, 1e-5f);
        }
    }

    /// What a mask is made of lies inside: outside of it, no pixel is above.
    @Property(tries = 300)
    void windowAbove_anyMap_leavesOutNothingAbove(@ForAll long seed) {
        Random random = new Random(seed);
        ImageSize asset = new ImageSize(1 + random.nextInt(60), 1 + random.nextInt(60));
        ImageSize input = new ImageSize(1 + random.nextInt(30), 1 + random.nextInt(30));
        ImageSize size = new ImageSize(1 + random.nextInt(30), 1 + random.nextInt(30));
        float[] values = new float[(int) size.pixels()];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(20) == 0 ? random.nextFloat() : 0;
        }
        ImageTransform transform = new ImageTransform(
                asset,
                input,
                0.1 + random.nextDouble(),
                0,
                random.nextDouble() * 10 - 5,
                0,
                0.1 + random.nextDouble(),
                random.nextDouble() * 10 - 5);
        ScoreMap map = new ScoreMap(values, new MapPlace(size, transform));
        ScoreMap.Window window = map.windowAbove(.5f);
        for (int y = 0; y < asset.height(); y++) {
            float[] row = new float[asset.width()];
            map.assetRows().row(y, 0, row.length, row);
            for (int x = 0; x < row.length; x++) {
                boolean inside = x >= window.left() && x < window.right() && y >= window.top() && y < window.bottom();
                assertTrue(inside || row[x] <= .5f, x + ", " + y + " of " + window);
            }
        }
    }

    @Test
    void windowAbove_oneCell_isAroundIt() {
        float[] values = new float[100];
        values[35] = 1;
        ImageTransform tenth = ImageTransform.scaling(new ImageSize(100, 100), new ImageSize(10, 10), .1, .1, 0, 0);
        ScoreMap map = new ScoreMap(values, new MapPlace(new ImageSize(10, 10), tenth));
        assertEquals(new ScoreMap.Window(45, 25, 65, 45), map.windowAbove(.5f));
        assertEquals(new ScoreMap.Window(0, 0, 0, 0), map.windowAbove(2));
    }

    @Test
    void toAsset_mapOfAnotherSizeThanTheInput_isScaledFirst() {
        ImageTransform half = ImageTransform.scaling(new ImageSize(200, 100), new ImageSize(100, 50), .5, .5, 0, 0);
        MapPlace quarter = new MapPlace(new ImageSize(25, 10), half);
        assertEquals(new Point(80, 50), quarter.toAsset(new Point(10, 5)));
    }
}
