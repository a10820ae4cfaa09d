package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import java.util.List;

/// The rule **floored-to-pixels**: coordinates on pixel edges as those of whole pixels, and back, as Supervisely's library does
/// it (`_to_pixel_coordinate_system_json` and `_round_subpixel_coordinates` in `geometry/geometry.py` and
/// `geometry/rectangle.py`).
///
/// Pure functions.
final class PixelBoxes {
    static final String RULE = "floored-to-pixels";

    /// How much of a pixel a box has to cover for the pixel to be part of it.
    private static final double LEAST_COVERED = 0.3;

    private PixelBoxes() {}

    /// The pixels that the points lie in; those out of the image in the nearest of it.
    static List<Point> pixels(List<Point> points, ImageSize size) {
        return points.stream()
                .map(point -> new Point(pixel(point.x(), size.width()), pixel(point.y(), size.height())))
                .toList();
    }

    private static double pixel(double at, int extent) {
        return Math.clamp(Math.floor(at), 0.0, extent - 1.0);
    }

    /// The centre of a pixel: what a point is that is said by its pixel. One that is no whole number is no pixel's, and stays.
    static Point centre(Point pixel) {
        return new Point(centre(pixel.x()), centre(pixel.y()));
    }

    private static double centre(double pixel) {
        return pixel == Math.rint(pixel) ? pixel + 0.5 : pixel;
    }

    /// The whole pixels that a box covers, at least one.
    static Rect covered(Rect box) {
        boolean isInOne =
                Math.floor(box.x()) == Math.floor(box.right()) && Math.floor(box.y()) == Math.floor(box.bottom());
        double left = isInOne ? Math.floor(box.x()) : begun(box.x());
        double top = isInOne ? Math.floor(box.y()) : begun(box.y());
        double right = isInOne ? left + 1 : ended(box.right());
        double bottom = isInOne ? top + 1 : ended(box.bottom());
        return new Rect(left, top, Math.max(1, right - left), Math.max(1, bottom - top));
    }

    /// The same, and within the image: a box that touches no more than its last pixel a little is of that.
    static Rect coveredIn(Rect box, ImageSize size) {
        Rect covered = covered(box);
        double left = Math.min(covered.x(), size.width() - 1.0);
        double top = Math.min(covered.y(), size.height() - 1.0);
        return new Rect(
                left,
                top,
                Math.min(covered.width(), size.width() - left),
                Math.min(covered.height(), size.height() - top));
    }

    private static double begun(double at) {
        return at - Math.floor(at) >= 1 - LEAST_COVERED ? Math.ceil(at) : Math.floor(at);
    }

    private static double ended(double at) {
        return at - Math.floor(at) >= LEAST_COVERED ? Math.ceil(at) : Math.floor(at);
    }
}
