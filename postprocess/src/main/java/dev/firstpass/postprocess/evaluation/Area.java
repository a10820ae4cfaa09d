package dev.firstpass.postprocess.evaluation;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.geometry.Areas;
import dev.firstpass.postprocess.geometry.CocoPolygons;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.util.List;

/// What an annotation covers of an image, in the form in which it is compared.
///
/// Immutable, all variants.
sealed interface Area {
    record Box(Rect rect) implements Area {
        @Override
        public double pixels() {
            return rect.area();
        }
    }

    record Pixels(RunLengths runs) implements Area {
        @Override
        public double pixels() {
            return runs.area();
        }
    }

    /// A figure.
    ///
    /// @param joints none where nothing is known of them
    /// @param box of the figure
    /// @param pixels of the figure
    record Joints(List<Keypoint> joints, Rect box, double pixels) implements Area {
        public Joints {
            joints = List.copyOf(joints);
        }
    }

    /// @param box around it
    /// @param pixels that a label is said to cover, or a finding covers
    static Area of(Annotation annotation, Rect box, double pixels, Compared compared, ImageSize size) {
        return switch (compared) {
            case BOXES -> new Box(box);
            case SHAPES -> new Pixels(pixels(annotation, box, size));
            case JOINTS -> new Joints(joints(annotation), box, pixels);
        };
    }

    private static List<Keypoint> joints(Annotation annotation) {
        return annotation instanceof Annotation.Keypoints figure ? figure.points() : List.of();
    }

    private static RunLengths pixels(Annotation annotation, Rect box, ImageSize size) {
        return switch (annotation) {
            case Annotation.Mask mask -> mask.runs();
            case Annotation.Polygon polygon -> CocoPolygons.pixels(polygon.parts(), size);
            case Annotation.RotatedBox rotated -> pixels(rotated.box().corners(), size);
            case Annotation.Box _, Annotation.Polyline _, Annotation.Keypoints _, Annotation.Classification _ ->
                pixels(box.corners(), size);
        };
    }

    private static RunLengths pixels(List<Point> corners, ImageSize size) {
        return CocoPolygons.pixels(List.of(new PolygonPart(new Ring(corners), List.of())), size);
    }

    /// How many pixels it covers.
    double pixels();

    /// The area of an annotation's own shape in pixels, whatever it is compared by.
    static double of(Annotation annotation, Rect box) {
        return switch (annotation) {
            case Annotation.Mask mask -> mask.runs().area();
            case Annotation.Polygon polygon ->
                polygon.parts().stream().mapToDouble(PolygonPart::area).sum();
            case Annotation.RotatedBox rotated ->
                rotated.box().width() * rotated.box().height();
            case Annotation.Box _, Annotation.Polyline _, Annotation.Keypoints _, Annotation.Classification _ ->
                box.area();
        };
    }

    /// Intersection over union, or, where the label is a crowd, over what the finding itself covers; of figures [Oks].
    static double overlap(Area finding, Area label, boolean isCrowd) {
        if (finding instanceof Box(Rect a) && label instanceof Box(Rect b)) {
            return isCrowd ? share(a, b) : a.iou(b);
        }
        if (finding instanceof Pixels(RunLengths a) && label instanceof Pixels(RunLengths b)) {
            if (!isCrowd) {
                return Areas.iou(a, b);
            }
            long own = a.area();
            return own == 0 ? 0 : (double) Areas.intersection(a, b) / own;
        }
        if (finding instanceof Joints found && label instanceof Joints known) {
            return Oks.of(found.joints, known.joints, known.box, known.pixels);
        }
        throw new IllegalArgumentException("areas of two kinds (expected: of one)");
    }

    private static double share(Rect finding, Rect label) {
        double width = Math.min(finding.right(), label.right()) - Math.max(finding.x(), label.x());
        double height = Math.min(finding.bottom(), label.bottom()) - Math.max(finding.y(), label.y());
        return width <= 0 || height <= 0 ? 0 : width * height / finding.area();
    }

    /// Whether somebody who corrects labels would leave it as it is where `label` is right: each edge of a box within 2
    /// pixels, or a hundredth of the side, of its place; outlines and figures from an overlap of 0.9 on.
    static boolean isLeftAlone(Area finding, Area label) {
        if (finding instanceof Box(Rect a) && label instanceof Box(Rect b)) {
            double across = Math.max(Edits.PIXELS, Edits.SHARE_OF_SIDE * b.width());
            double down = Math.max(Edits.PIXELS, Edits.SHARE_OF_SIDE * b.height());
            return Math.abs(a.x() - b.x()) <= across
                    && Math.abs(a.right() - b.right()) <= across
                    && Math.abs(a.y() - b.y()) <= down
                    && Math.abs(a.bottom() - b.bottom()) <= down;
        }
        return overlap(finding, label, false) >= Edits.LEFT_ALONE;
    }
}
