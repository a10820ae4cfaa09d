package dev.firstpass.postprocess.family;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

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
        new ScoreMap(new float[] {0, 1}, new ImageSize(2, 1), twice).assetRows().row(0, row);
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
        ScoreMap fast = new ScoreMap(values, size, new ImageTransform(asset, input, scaleX, 0, x0, 0, scaleY, y0));
        ScoreMap general =
                new ScoreMap(values, size, new ImageTransform(asset, input, scaleX, 1e-12, x0, 0, scaleY, y0));
        for (int y = 0; y < asset.height(); y++) {
            float[] a = new float[asset.width()];
            float[] b = new float[asset.width()];
            fast.assetRows().row(y, a);
            general.assetRows().row(y, b);
            assertArrayEquals(a, b, 1e-5f);
        }
    }

    @Test
    void toAsset_mapOfAnotherSizeThanTheInput_isScaledFirst() {
        ImageTransform half = ImageTransform.scaling(new ImageSize(200, 100), new ImageSize(100, 50), .5, .5, 0, 0);
        ScoreMap quarter = new ScoreMap(new float[25 * 10], new ImageSize(25, 10), half);
        assertEquals(new Point(80, 50), quarter.toAsset(new Point(10, 5)));
    }
}
