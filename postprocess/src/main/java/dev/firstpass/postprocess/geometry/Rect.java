package dev.firstpass.postprocess.geometry;

import java.util.List;

/// An axis-parallel rectangle on pixel edges: `x`, `y` is the top-left corner; a box that covers pixel columns a to b
/// has x = a and width = b + 1 - a. Width and height are never negative.
///
/// Immutable.
public record Rect(double x, double y, double width, double height) {
    public Rect {
        if (!(width >= 0) || !(height >= 0)) {
            throw new IllegalArgumentException("rect: " + width + "x" + height + " (expected: >= 0)");
        }
    }

    /// The rectangle between two corners given in any order.
    public static Rect ofCorners(double x0, double y0, double x1, double y1) {
        return new Rect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
    }

    public double right() {
        return x + width;
    }

    public double bottom() {
        return y + height;
    }

    /// Top-left, top-right, bottom-right, bottom-left.
    public List<Point> corners() {
        return List.of(new Point(x, y), new Point(right(), y), new Point(right(), bottom()), new Point(x, bottom()));
    }

    public double area() {
        return width * height;
    }

    /// The part of this rectangle that lies within an image of `size`; of width or height 0 where nothing does.
    public Rect clippedTo(ImageSize size) {
        double left = Math.clamp(x, 0.0, size.width());
        double top = Math.clamp(y, 0.0, size.height());
        return new Rect(
                left,
                top,
                Math.clamp(right(), left, size.width()) - left,
                Math.clamp(bottom(), top, size.height()) - top);
    }

    /// The smallest rectangle around this and another.
    public Rect around(Rect other) {
        double left = Math.min(x, other.x);
        double top = Math.min(y, other.y);
        return new Rect(left, top, Math.max(right(), other.right()) - left, Math.max(bottom(), other.bottom()) - top);
    }

    /// Intersection over union, 0 where both are empty. No `+ 1`: edges, not pixel indexes.
    public double iou(Rect other) {
        double overlap = overlap(other);
        return overlap == 0 ? 0 : overlap / (area() + other.area() - overlap);
    }

    /// Intersection over the smaller area: 1 where one lies within the other, 0 where they do not overlap.
    public double ios(Rect other) {
        double overlap = overlap(other);
        return overlap == 0 ? 0 : overlap / Math.min(area(), other.area());
    }

    private double overlap(Rect other) {
        double overlapWidth = Math.min(right(), other.right()) - Math.max(x, other.x);
        double overlapHeight = Math.min(bottom(), other.bottom()) - Math.max(y, other.y);
        return overlapWidth <= 0 || overlapHeight <= 0 ? 0 : overlapWidth * overlapHeight;
    }
}
