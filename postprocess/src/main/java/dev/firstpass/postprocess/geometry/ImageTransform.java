package dev.firstpass.postprocess.geometry;

import java.util.List;

/// The affine map from asset pixels (EXIF-upright, pixel edges) to the pixels of one model input row, and back:
///
/// `inputX = xx * x + xy * y + x0`, `inputY = yx * x + yy * y + y0`.
///
/// Letterbox, stretch, tile offset, flip, turn and rotated crop are all of this one type, so nothing downstream needs to
/// know which of them happened: each has a factory here, [#andThen] makes one of two and [#inverse] the way back, from
/// "input" to "asset". The map is invertible by construction; a round trip is exact but for rounding in double, and
/// exact altogether where scales are powers of two and offsets whole.
///
/// Immutable.
///
/// @param asset size of the upright asset
/// @param input size of the row's image
public record ImageTransform(
        ImageSize asset, ImageSize input, double xx, double xy, double x0, double yx, double yy, double y0) {
    public ImageTransform {
        double determinant = xx * yy - xy * yx;
        if (!Double.isFinite(determinant) || determinant == 0 || !Double.isFinite(x0) || !Double.isFinite(y0)) {
            throw new IllegalArgumentException("determinant: " + determinant + ", offset: " + x0 + "," + y0
                    + " (expected: finite, the determinant not 0)");
        }
    }

    /// The image as it is.
    public static ImageTransform identity(ImageSize size) {
        return scaling(size, size, 1, 1, 0, 0);
    }

    /// Scales each axis by itself, then moves: all that letterbox and stretch need.
    public static ImageTransform scaling(
            ImageSize asset, ImageSize input, double scaleX, double scaleY, double offsetX, double offsetY) {
        return new ImageTransform(asset, input, scaleX, 0, offsetX, 0, scaleY, offsetY);
    }

    /// Each axis by itself until it fills the input.
    public static ImageTransform stretch(ImageSize asset, ImageSize input) {
        return Placement.stretch(input).transform(asset, input);
    }

    /// The whole asset in the middle of the input, as Ultralytics does it ([Placement#letterbox]).
    public static ImageTransform letterbox(ImageSize asset, ImageSize input) {
        return Placement.letterbox(asset, input).transform(asset, input);
    }

    /// The whole asset in the input's top-left corner, as YOLOX does it ([Placement#letterboxTopLeft]).
    public static ImageTransform letterboxTopLeft(ImageSize asset, ImageSize input) {
        return Placement.letterboxTopLeft(asset, input).transform(asset, input);
    }

    /// A tile of the asset, pixel for pixel.
    ///
    /// @param area in asset pixels, its width and height whole; it may reach beyond the asset
    public static ImageTransform tile(ImageSize asset, Rect area) {
        ImageSize size = new ImageSize((int) Math.rint(area.width()), (int) Math.rint(area.height()));
        return scaling(asset, size, 1, 1, -area.x(), -area.y());
    }

    /// A part of the asset that fills the input.
    ///
    /// @param area in asset pixels, with an area
    public static ImageTransform crop(ImageSize asset, Rect area, ImageSize input) {
        double scaleX = input.width() / area.width();
        double scaleY = input.height() / area.height();
        return scaling(asset, input, scaleX, scaleY, -area.x() * scaleX, -area.y() * scaleY);
    }

    /// A turned part of the asset, set upright, that fills the input: the rectangle's top-left corner (before its turn)
    /// comes to lie on the input's.
    ///
    /// @param area in asset pixels, with an area
    public static ImageTransform rotatedCrop(ImageSize asset, RotatedRect area, ImageSize input) {
        double cos = Math.cos(Math.toRadians(area.angle()));
        double sin = Math.sin(Math.toRadians(area.angle()));
        double scaleX = input.width() / area.width();
        double scaleY = input.height() / area.height();
        double xx = cos * scaleX;
        double xy = sin * scaleX;
        double yx = -sin * scaleY;
        double yy = cos * scaleY;
        return new ImageTransform(
                asset,
                input,
                xx,
                xy,
                input.width() / 2.0 - xx * area.cx() - xy * area.cy(),
                yx,
                yy,
                input.height() / 2.0 - yx * area.cx() - yy * area.cy());
    }

    /// Left becomes right.
    public static ImageTransform mirrored(ImageSize size) {
        return upright(Orientation.MIRRORED, size);
    }

    /// Top becomes bottom.
    public static ImageTransform flipped(ImageSize size) {
        return upright(Orientation.FLIPPED, size);
    }

    /// From the pixels as they are stored to the upright image: what the orientation says is done to them. Here the
    /// "asset" is the stored image; [#inverse] gives coordinates of the stored frame for tools that want those.
    public static ImageTransform upright(Orientation orientation, ImageSize stored) {
        ImageSize upright = orientation.upright(stored);
        int width = stored.width();
        int height = stored.height();
        return switch (orientation) {
            case UPRIGHT -> identity(stored);
            case MIRRORED -> new ImageTransform(stored, upright, -1, 0, width, 0, 1, 0);
            case ROTATE_180 -> new ImageTransform(stored, upright, -1, 0, width, 0, -1, height);
            case FLIPPED -> new ImageTransform(stored, upright, 1, 0, 0, 0, -1, height);
            case TRANSPOSE -> new ImageTransform(stored, upright, 0, 1, 0, 1, 0, 0);
            case ROTATE_90 -> new ImageTransform(stored, upright, 0, -1, height, 1, 0, 0);
            case TRANSVERSE -> new ImageTransform(stored, upright, 0, -1, height, -1, 0, width);
            case ROTATE_270 -> new ImageTransform(stored, upright, 0, 1, 0, -1, 0, width);
        };
    }

    /// First this, then `next`, as one.
    ///
    /// @throws IllegalArgumentException if `next` does not begin with the size that this ends with
    public ImageTransform andThen(ImageTransform next) {
        if (!next.asset.equals(input)) {
            throw new IllegalArgumentException("transform: begins with " + next.asset + " (expected: " + input + ")");
        }
        return new ImageTransform(
                asset,
                next.input,
                next.xx * xx + next.xy * yx,
                next.xx * xy + next.xy * yy,
                next.xx * x0 + next.xy * y0 + next.x0,
                next.yx * xx + next.yy * yx,
                next.yx * xy + next.yy * yy,
                next.yx * x0 + next.yy * y0 + next.y0);
    }

    /// The way back: what is called asset here is its input, and the other way round.
    public ImageTransform inverse() {
        double determinant = determinant();
        return new ImageTransform(
                input,
                asset,
                yy / determinant,
                -xy / determinant,
                (xy * y0 - yy * x0) / determinant,
                -yx / determinant,
                xx / determinant,
                (yx * x0 - xx * y0) / determinant);
    }

    private double determinant() {
        return xx * yy - xy * yx;
    }

    public Point toInput(Point point) {
        return new Point(xx * point.x() + xy * point.y() + x0, yx * point.x() + yy * point.y() + y0);
    }

    public Point toAsset(Point point) {
        double determinant = determinant();
        double dx = point.x() - x0;
        double dy = point.y() - y0;
        return new Point((yy * dx - xy * dy) / determinant, (xx * dy - yx * dx) / determinant);
    }

    /// The bounds in input pixels of a rectangle of asset pixels; not clipped.
    public Rect toInput(Rect rect) {
        return Ring.boundsOf(rect.corners().stream().map(this::toInput).toList());
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

    /// A rotated rectangle in input pixels. Where both axes are scaled alike it is the very rectangle; else it would be
    /// a slanted one, and what is given is the rectangle of least area around that.
    public RotatedRect toInput(RotatedRect rect) {
        return moved(rect);
    }

    /// A rotated rectangle in asset pixels, as [#toInput(RotatedRect)].
    public RotatedRect toAsset(RotatedRect rect) {
        return inverse().moved(rect);
    }

    /// Corners of a rectangle stay corners where axes keep their right angle: turned or mirrored, or scaled each by
    /// itself with the rectangle along the axes.
    private RotatedRect moved(RotatedRect rect) {
        double cos = Math.cos(Math.toRadians(rect.angle()));
        double sin = Math.sin(Math.toRadians(rect.angle()));
        double ux = xx * cos + xy * sin;
        double uy = yx * cos + yy * sin;
        double vx = -xx * sin + xy * cos;
        double vy = -yx * sin + yy * cos;
        double along = Math.hypot(ux, uy);
        double across = Math.hypot(vx, vy);
        if (Math.abs(ux * vx + uy * vy) > 1e-12 * along * across) {
            return MinAreaRect.of(rect.corners().stream().map(this::toInput).toList());
        }
        Point centre = toInput(new Point(rect.cx(), rect.cy()));
        return new RotatedRect(
                centre.x(),
                centre.y(),
                rect.width() * along,
                rect.height() * across,
                Math.toDegrees(Math.atan2(uy, ux)));
    }

    /// Polygons in input pixels; where the map mirrors, rings are turned round, so that outer ones still run clockwise as
    /// seen.
    public List<PolygonPart> toInput(List<PolygonPart> parts) {
        return parts.stream()
                .map(part -> new PolygonPart(
                        moved(part.outer()),
                        part.holes().stream().map(this::moved).toList()))
                .toList();
    }

    /// Polygons in asset pixels, as [#toInput(List)].
    public List<PolygonPart> toAsset(List<PolygonPart> parts) {
        return inverse().toInput(parts);
    }

    private Ring moved(Ring ring) {
        List<Point> points = ring.points().stream().map(this::toInput).toList();
        return new Ring(determinant() < 0 ? points.reversed() : points);
    }

    /// The mask in the input's frame: a pixel is set if its centre lies in a set pixel of the asset's. Flips, turns
    /// and tiles lose nothing but what they cut off; where pixels become larger, [#toAsset(BitMask)] gives the same mask
    /// back. Costs a step for each pixel of the input.
    ///
    /// @param mask of the asset's size
    public BitMask toInput(BitMask mask) {
        return inverse().sampled(mask);
    }

    /// The mask in the asset's frame: a pixel is set if its centre lies in a set pixel of the input's. Costs a step for
    /// each pixel of the asset.
    ///
    /// @param mask of the input's size
    public BitMask toAsset(BitMask mask) {
        return sampled(mask);
    }

    private BitMask sampled(BitMask mask) {
        if (!mask.size().equals(input)) {
            throw new IllegalArgumentException("mask: " + mask.size() + " (expected: " + input + ")");
        }
        BitMask sampled = new BitMask(asset);
        for (int y = 0; y < asset.height(); y++) {
            double rowX = xy * (y + 0.5) + x0;
            double rowY = yy * (y + 0.5) + y0;
            for (int x = 0; x < asset.width(); x++) {
                double atX = Math.floor(xx * (x + 0.5) + rowX);
                double atY = Math.floor(yx * (x + 0.5) + rowY);
                if (mask.get((int) atX, (int) atY)) {
                    sampled.set(x, y);
                }
            }
        }
        return sampled;
    }
}
