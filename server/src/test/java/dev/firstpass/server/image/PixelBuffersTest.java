package dev.firstpass.server.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.image.PixelMemory.Use;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

final class PixelBuffersTest {
    static final List<String> FILES = HostileBytesTest.FILES;

    private static final int BGR = opencv_core.CV_8UC3;

    private final ImageDecoder decoder = new ImageDecoder(new ImageLimits(1_000_000, 8_000_000, 65_535));

    private static long address(PixelBuffers buffers, Use use, int rows, int columns) {
        try (Mat mat = buffers.take(use, rows, columns, BGR)) {
            return mat.data().address();
        }
    }

    @Test
    void take_ofNoMoreThanBefore_isTheSameMemory() {
        try (PixelBuffers buffers = new PixelBuffers()) {
            long first = address(buffers, Use.STORED, 20, 10);

            assertEquals(first, address(buffers, Use.STORED, 10, 19));
            assertNotEquals(first, address(buffers, Use.UPRIGHT, 20, 10));
            assertEquals(2 * 600, buffers.heldBytes());
        }
    }

    @Test
    void take_ofMore_grows() {
        try (PixelBuffers buffers = new PixelBuffers()) {
            address(buffers, Use.STORED, 20, 10);
            address(buffers, Use.STORED, 40, 10);

            assertEquals(1200, buffers.heldBytes());
        }
    }

    @Test
    void settle_overTheBound_letsGoOfTheLargest() {
        int rows = (int) (PixelBuffers.KEPT_BYTES / 3000);
        try (PixelBuffers buffers = new PixelBuffers()) {
            address(buffers, Use.RESIZED, 100, 100);
            address(buffers, Use.STORED, rows, 1000);
            buffers.settle();
            assertEquals(30_000, buffers.heldBytes());

            address(buffers, Use.STORED, rows - 1000, 1000);
            buffers.settle();
            assertEquals(30_000 + HugePages.whole(3000L * (rows - 1000)), buffers.heldBytes());
        }
    }

    @Test
    void take_ofMuch_beginsWithALargePage_andCountsWholeOnes() {
        try (PixelBuffers buffers = new PixelBuffers()) {
            long address = address(buffers, Use.STORED, 1728, 2304);

            assertEquals(0, HugePages.toNext(address));
            assertEquals(6 * HugePages.BYTES, buffers.heldBytes());
            assertEquals(address, address(buffers, Use.STORED, 1728, 2304 + 100));
        }
    }

    @Test
    void largePages_areCountedUp() {
        assertEquals(0, HugePages.whole(0));
        assertEquals(HugePages.BYTES, HugePages.whole(1));
        assertEquals(HugePages.BYTES, HugePages.whole(HugePages.BYTES));
        assertEquals(2 * HugePages.BYTES, HugePages.whole(HugePages.BYTES + 1));
        assertEquals(HugePages.BYTES - 1, HugePages.toNext(HugePages.BYTES + 1));
        assertEquals(0, HugePages.toNext(-HugePages.BYTES));
    }

    @Test
    void close_twice_holdsNothing() {
        PixelBuffers buffers = new PixelBuffers();
        address(buffers, Use.STORED, 20, 10);
        buffers.close();
        buffers.close();

        assertEquals(0, buffers.heldBytes());
    }

    /// Fills whatever was taken before with one value.
    private static void soil(PixelBuffers buffers, int value) {
        for (Use use : Use.values()) {
            try (Mat mat = buffers.take(use, 200, 1000, BGR)) {
                OpenCv.memory(mat).fill((byte) value);
            }
        }
    }

    private byte[] pixels(byte[] image, PixelBuffers buffers) {
        try (Raster raster = decoder.decode(image, _ -> 1, buffers)) {
            return bytes(raster);
        }
    }

    private static byte[] bytes(Raster raster) {
        MemorySegment memory = OpenCv.memory(raster.mat());
        return memory.toArray(ValueLayout.JAVA_BYTE);
    }

    @ParameterizedTest
    @FieldSource("FILES")
    void decode_intoSoiledMemory_isAsIntoNew(String name) {
        byte[] image = TestImages.file(name);
        try (PixelBuffers buffers = new PixelBuffers();
                Raster fresh = decoder.decode(image)) {
            soil(buffers, 0xa5);

            assertTrue(Arrays.equals(bytes(fresh), pixels(image, buffers)));
        }
    }

    /// What one image was must not show in the next, however damaged that is.
    @Property(tries = 400)
    void decode_ofDamagedImage_showsNothingOfTheOneBefore(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] image = TestImages.file(FILES.get(random.nextInt(FILES.size())));
        for (int i = 0; i <= random.nextInt(6); i++) {
            image[image.length / 4 + random.nextInt(image.length * 3 / 4)] = (byte) random.nextInt();
        }
        try (PixelBuffers buffers = new PixelBuffers()) {
            soil(buffers, 0x11);
            String first = outcome(image, buffers);
            soil(buffers, 0xee);

            assertEquals(first, outcome(image, buffers));
        }
    }

    private String outcome(byte[] image, PixelBuffers buffers) {
        try {
            return Integer.toString(Arrays.hashCode(pixels(image, buffers)));
        } catch (ImageException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
