package dev.firstpass.postprocess.spec;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;

/// How large a finding has to be, in pixels of the asset. It is measured as the model gives it, whatever geometry is
/// wanted of it:
///
/// - **side**: the shorter side of a box and of a rotated box, or of the bounds of a polygon or mask; the longer side of
///   the bounds of a polyline and of keypoints, which may be as thin as a line;
/// - **area**: of the geometry itself, without its holes. Polylines and keypoints have none, and are not measured by it.
///
/// A classification, and keypoints of which none is present, have no size and meet every rule.
///
/// Immutable.
///
/// @param side in pixels; 0 asks for nothing
/// @param area in square pixels; 0 asks for nothing
public record MinimumSize(double side, double area) {
    public static final double MOST_SIDE = 1e6;
    public static final double MOST_AREA = 1e12;

    /// Everything is large enough.
    public static final MinimumSize NONE = new MinimumSize(0, 0);

    public MinimumSize {
        if (!(side >= 0 && side <= MOST_SIDE)) {
            throw new IllegalArgumentException("side: " + side + " (expected: 0.." + MOST_SIDE + ")");
        }
        if (!(area >= 0 && area <= MOST_AREA)) {
            throw new IllegalArgumentException("area: " + area + " (expected: 0.." + MOST_AREA + ")");
        }
    }

    /// Whether a finding is large enough.
    public boolean isMetBy(Annotation annotation) {
        return (side == 0 || side(annotation) >= side) && (area == 0 || area(annotation) >= area);
    }

    private static double side(Annotation annotation) {
        return switch (annotation) {
            case Annotation.Box box -> shorter(box.box());
            case Annotation.RotatedBox box ->
                Math.min(box.box().width(), box.box().height());
            case Annotation.Polygon _, Annotation.Mask _ ->
                annotation.bounds().map(MinimumSize::shorter).orElse(Double.POSITIVE_INFINITY);
            case Annotation.Polyline _, Annotation.Keypoints _ ->
                annotation
                        .bounds()
                        .map(bounds -> Math.max(bounds.width(), bounds.height()))
                        .orElse(Double.POSITIVE_INFINITY);
            case Annotation.Classification _ -> Double.POSITIVE_INFINITY;
        };
    }

    private static double shorter(Rect rect) {
        return Math.min(rect.width(), rect.height());
    }

    private static double area(Annotation annotation) {
        return switch (annotation) {
            case Annotation.Box box -> box.box().area();
            case Annotation.RotatedBox box -> box.box().width() * box.box().height();
            case Annotation.Polygon polygon ->
                polygon.parts().stream().mapToDouble(PolygonPart::area).sum();
            case Annotation.Mask mask -> mask.runs().area();
            case Annotation.Polyline _, Annotation.Keypoints _, Annotation.Classification _ -> Double.POSITIVE_INFINITY;
        };
    }
}
