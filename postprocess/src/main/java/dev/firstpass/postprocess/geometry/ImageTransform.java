package dev.firstpass.postprocess.geometry;

import java.util.List;

/// The affine map from asset pixels (EXIF-upright, pixel edges) to the pixels of one model input row, and back:
///
/// `inputX = xx * x + xy * y + x0`, `inputY = yx * x + yy * y + y0`.
///
/// Letterbox, stretch, tile offset and rotated crop are all of this one type, so nothing downstream needs to know
/// which of them happened. The map is invertible by construction; a round trip is exact but for rounding in double.
///
/// Immutable.
///
/// @param asset size of the upright asset
/// @param input size of the row's image
public record ImageTransform(
        ImageSize asset, ImageSize input, double xx, double xy, double x0, double yx, double yy, double y0) {
    public ImageTransform {
        double determinant = xx * yy - xy * yx;
        if (!Double.isFinite(determinant) || determinant == 0) {
            throw new IllegalArgumentException("determinant: " + determinant + " (expected: finite and not 0)");
        }
    }

    /// Scales each axis by itself, then moves: all that letterbox and stretch need.
    public static ImageTransform scaling(
            ImageSize asset, ImageSize input, double scaleX, double scaleY, double offsetX, double offsetY) {
        return new ImageTransform(asset, input, scaleX, 0, offsetX, 0, scaleY, offsetY);
    }

    public Point toInput(Point point) {
        return new Point(xx * point.x() + xy * point.y() + x0, yx * point.x() + yy * point.y() + y0);
    }

    public Point toAsset(Point point) {
        double determinant = xx * yy - xy * yx;
        double dx = point.x() - x0;
        double dy = point.y() - y0;
        return new Point((yy * dx - xy * dy) / determinant, (xx * dy - yx * dx) / determinant);
    }

    /// The bounds in asset pixels of a rectangle of input pixels; not clipped.
    public Rect toAsset(Rect rect) {
        Point a = toAsset(new Point(rect.x(), rect.y()));
        Point b = toAsset(new Point(rect.right(), rect.bottom()));
        if (xy == 0 && yx == 0) {
            return Rect.ofCorners(a.x(), a.y(), b.x(), b.y());
        }
        Point c = toAsset(new Point(rect.right(), rect.y()));
        Point d = toAsset(new Point(rect.x(), rect.bottom()));
        return Ring.boundsOf(List.of(a, b, c, d));
    }
}
