package dev.firstpass.server.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.postprocess.geometry.ImageSize;
import org.junit.jupiter.api.Test;

final class RasterTest {
    @Test
    void pixels_decodedElsewhere_areThoseThatWereGiven() {
        byte[] bgr = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, (byte) 200};
        try (Raster raster = Raster.ofBgr(new ImageSize(2, 2), bgr)) {
            assertEquals(3, raster.bands());
            assertEquals(3, raster.sample(0, 0, 0), "red");
            assertEquals(4, raster.sample(1, 0, 2), "blue");
            assertEquals(200, raster.sample(1, 1, 0), "red");
        }
    }

    @Test
    void pixels_tooFewOrTooMany_areRefused() {
        assertThrows(IllegalArgumentException.class, () -> Raster.ofBgr(new ImageSize(2, 2), new byte[11]));
    }
}
