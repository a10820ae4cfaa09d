package dev.firstpass.postprocess.geometry;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// What outlines and run lengths leave for the collector depends on the shapes, not on the image around them: the same shapes
/// in 42 times the pixels cost the same bytes. Bytes that the thread has allocated, so no time is looked at.
final class GeometryGarbageTest {
    private static final ImageSize SMALL = new ImageSize(640, 640);
    private static final ImageSize LARGE = new ImageSize(4096, 4096);
    private static final int ROUNDS = 10;

    /// A few numbers for each row.
    private static final long ROWS = 4096 * 16L;

    /// A bit for each pixel.
    private static final long ONE_MASK = 4096L * 4096 / 8;

    /// 20 discs in the upper left 640x640 pixels.
    private static BitMask discs(ImageSize size) {
        BitMask mask = new BitMask(size);
        for (int i = 0; i < 20; i++) {
            int cx = 64 + i % 5 * 128;
            int cy = 80 + i / 5 * 160;
            for (int y = cy - 50; y < cy + 50; y++) {
                for (int x = cx - 50; x < cx + 50; x++) {
                    if (Math.hypot(x + 0.5 - cx, y + 0.5 - cy) < 40 + i / 3.0) {
                        mask.set(x, y);
                    }
                }
            }
        }
        return mask;
    }

    private static <T> long bytesEach(T from, Function<T, ?> work) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Object last = "";
        for (int i = 0; i < ROUNDS; i++) {
            last = work.apply(from);
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < ROUNDS; i++) {
            last = work.apply(from);
        }
        long each = (threads.getCurrentThreadAllocatedBytes() - before) / ROUNDS;
        assertNotEquals("", last);
        return each;
    }

    /// @param most bytes that the larger image may cost more
    private static void assertSameGarbage(long most, Function<BitMask, ?> work) {
        long small = bytesEach(discs(SMALL), work);
        long large = bytesEach(discs(LARGE), work);
        assertTrue(
                large - small <= most, () -> small + " and " + large + " bytes (expected: at most " + most + " more)");
    }

    @Test
    void contours_ofTheSameShapes_leaveTheSameWhateverTheImage() {
        assertSameGarbage(ROWS, Contours::of);
    }

    @Test
    void outlines_ofTheSameShapes_leaveTheSameWhateverTheImage() {
        assertSameGarbage(ROWS, mask -> Outlines.of(mask, OutlineRule.tolerance(1)));
    }

    @Test
    void outlinesOfABudget_ofTheSameShapes_leaveTheSameWhateverTheImage() {
        assertSameGarbage(ROWS, mask -> Outlines.of(mask, OutlineRule.vertices(200)));
    }

    @Test
    void compressedRunLengths_ofTheSameShapes_leaveTheSameWhateverTheImage() {
        assertSameGarbage(ROWS, mask -> CocoRle.encode(RunLengths.of(mask)));
    }

    @Test
    void maskOfRunLengths_ofALargeImage_isOneMask() {
        RunLengths runs = RunLengths.of(discs(LARGE));
        long each = bytesEach(runs, RunLengths::toBitMask);
        assertTrue(each <= ONE_MASK + (1 << 10), () -> each + " bytes (expected: <= " + ONE_MASK + " and 1 KiB)");
    }
}
