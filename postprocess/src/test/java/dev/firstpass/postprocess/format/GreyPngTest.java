package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.postprocess.geometry.BitMask;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class GreyPngTest {
    @Property(tries = 200)
    void of_anyMask_isReadBackByImageIo(
            @ForAll @IntRange(min = 1, max = 200) int width,
            @ForAll @IntRange(min = 1, max = 60) int height,
            @ForAll @IntRange(min = 1, max = 400) int meanRun,
            @ForAll long seed)
            throws IOException {
        BitMask mask = BrushRleTest.random(width, height, meanRun, seed);
        assertSame(mask, GreyPng.of(mask));
    }

    @Test
    void of_aMaskThatFillsManyBuffers_isReadBackByImageIo() throws IOException {
        BitMask noise = BrushRleTest.random(1500, 1100, 2, 7);
        assertSame(noise, GreyPng.of(noise));
    }

    /// One channel of 8 bits, samples 0 and 1, the mask's pixels.
    static void assertSame(BitMask mask, byte[] png) throws IOException {
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
        assertEquals(BufferedImage.TYPE_BYTE_GRAY, image.getType());
        assertEquals(mask.size().width(), image.getWidth());
        assertEquals(mask.size().height(), image.getHeight());
        Raster raster = image.getRaster();
        assertEquals(1, raster.getNumBands());
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                assertEquals(mask.get(x, y) ? 1 : 0, raster.getSample(x, y, 0), "pixel " + x + "," + y);
            }
        }
    }
}
