package dev.firstpass.server.frontend;

/// Numbers as doors write them that have no label format to do so.
///
/// Pure functions.
public final class WireNumbers {
    private static final double PIXEL_PARTS = 1e4;
    private static final double SCORE_PARTS = 1e6;

    private WireNumbers() {}

    /// A coordinate in pixels, moved by 0.00005 at most, as label formats do.
    public static double pixels(double value) {
        return Math.rint(value * PIXEL_PARTS) / PIXEL_PARTS;
    }

    /// A score, moved by 0.0000005 at most.
    public static double score(double value) {
        return Math.rint(value * SCORE_PARTS) / SCORE_PARTS;
    }
}
