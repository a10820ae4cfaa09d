package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RotatedRect;
import java.util.List;

/// What the rule `floored-to-pixels` makes of an annotation, said a second time: points become the centres of the pixels they lie
/// in, a box is of the pixels that it covers by 0.3.
///
/// Pure functions.
final class WholePixels {
    private WholePixels() {}

    static Annotation of(Annotation annotation, ImageSize size) {
        return switch (annotation) {
            case Annotation.Box box -> {
                Rect covered = covered(box.box());
                double left = Math.min(covered.x(), size.width() - 1);
                double top = Math.min(covered.y(), size.height() - 1);
                yield new Annotation.Box(
                        box.candidate(),
                        Rect.ofCorners(
                                left,
                                top,
                                Math.min(left + covered.width(), size.width()),
                                Math.min(top + covered.height(), size.height())));
            }
            case Annotation.RotatedBox box -> {
                RotatedRect said = box.box();
                Rect covered = covered(new Rect(
                        said.cx() - said.width() / 2, said.cy() - said.height() / 2, said.width(), said.height()));
                yield new Annotation.RotatedBox(
                        box.candidate(),
                        new RotatedRect(
                                (covered.x() + covered.right()) / 2,
                                (covered.y() + covered.bottom()) / 2,
                                covered.width(),
                                covered.height(),
                                said.angle()));
            }
            case Annotation.Polygon polygon ->
                new Annotation.Polygon(
                        polygon.candidate(),
                        polygon.parts().stream()
                                .map(part -> new PolygonPart(
                                        ring(part.outer(), size),
                                        part.holes().stream()
                                                .map(hole -> ring(hole, size))
                                                .toList()))
                                .toList());
            case Annotation.Polyline line ->
                new Annotation.Polyline(
                        line.candidate(),
                        line.points().stream().map(point -> centre(point, size)).toList());
            case Annotation.Keypoints keypoints ->
                new Annotation.Keypoints(
                        keypoints.candidate(),
                        keypoints.points().stream()
                                .map(joint -> new Keypoint(
                                        joint.name(), centre(joint.at(), size), joint.visibility(), joint.score()))
                                .toList());
            case Annotation.Mask _, Annotation.Classification _ -> throw new AssertionError("floored: " + annotation);
        };
    }

    private static Ring ring(Ring ring, ImageSize size) {
        return new Ring(ring.points().stream().map(point -> centre(point, size)).toList());
    }

    private static Point centre(Point point, ImageSize size) {
        return new Point(
                Math.min(Math.floor(point.x()), size.width() - 1) + 0.5,
                Math.min(Math.floor(point.y()), size.height() - 1) + 0.5);
    }

    private static Rect covered(Rect box) {
        List<Double> x = span(box.x(), box.right());
        List<Double> y = span(box.y(), box.bottom());
        boolean isInOne =
                Math.floor(box.x()) == Math.floor(box.right()) && Math.floor(box.y()) == Math.floor(box.bottom());
        return isInOne
                ? new Rect(Math.floor(box.x()), Math.floor(box.y()), 1, 1)
                : new Rect(x.getFirst(), y.getFirst(), x.getLast() - x.getFirst(), y.getLast() - y.getFirst());
    }

    private static List<Double> span(double from, double to) {
        double first = from % 1 != 0 && from - Math.floor(from) >= 0.7 ? Math.floor(from) + 1 : Math.floor(from);
        double end = to - Math.floor(to) >= 0.3 ? Math.floor(to) + 1 : Math.floor(to);
        return List.of(first, Math.max(end, first + 1));
    }
}
