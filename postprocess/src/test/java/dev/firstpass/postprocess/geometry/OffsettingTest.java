package dev.firstpass.postprocess.geometry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

final class OffsettingTest {
    /// Area 400, perimeter 100: grows by 400 * 1.5 / 100 = 6 on each side, corners rounded.
    @Test
    void unclip_rectangle_growsByAreaTimesRatioOverPerimeter() {
        Ring grown = Offsetting.unclip(Rings.of(0, 0, 40, 0, 40, 10, 0, 10), 1.5);
        Rect bounds = grown.bounds();
        assertEquals(-6, bounds.x(), 1e-9);
        assertEquals(-6, bounds.y(), 1e-9);
        assertEquals(52, bounds.width(), 1e-9);
        assertEquals(22, bounds.height(), 1e-9);
        double exact = 400 + 6 * 100 + Math.PI * 36;
        assertEquals(exact, grown.signedArea(), 0.02 * Math.PI * 36);
    }

    @Test
    void unclip_ringWithoutArea_isReturned() {
        Ring flat = Rings.of(0, 0, 5, 0, 9, 0);
        assertSame(flat, Offsetting.unclip(flat, 2));
    }
}
