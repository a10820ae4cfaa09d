package dev.firstpass.postprocess.annotation;

import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.Contours;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.MinAreaRect;
import dev.firstpass.postprocess.geometry.OutlineRule;
import dev.firstpass.postprocess.geometry.Outlines;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rasterizer;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The one place where an annotation's geometry is turned into another kind, for requests that ask for one and for
/// formats that lack one. Each rule is named `from-to-to` after the kinds' ids.
///
/// | from \ to | box | rotated-box | polygon | mask |
/// |---|---|---|---|---|
/// | box | - | angle 0 | its corners | pixels whose centre is inside |
/// | rotated-box | its bounds | - | its corners | pixels whose centre is inside |
/// | polygon | its bounds | least-area rectangle | - | pixels whose centre is inside |
/// | mask | bounds of its pixels | least-area rectangle | outline, simplified | - |
/// | polyline, keypoints | their bounds | no rule | no rule | no rule |
///
/// No geometry becomes a polyline, keypoints or a classification, and a classification has nothing to convert. A box
/// made from bounds is cut to the image. What is then left without area (a box of no width, a polygon that covers no
/// pixel centre) is unsupported rather than an annotation that no tool accepts.
public final class Conversions {
    /// Outlines without a wish of their own are simplified by this tolerance, in asset pixels: it removes the
    /// staircase of slanted edges and nothing a labeler would see.
    public static final double DEFAULT_SIMPLIFY = 1.0;

    private Conversions() {}

    /// The annotation as `kind`.
    ///
    /// @param size of the asset
    /// @param simplify tolerance in asset pixels for outlines traced from masks; 0 keeps every corner
    public static Conversion to(GeometryKind kind, Annotation annotation, ImageSize size, double simplify) {
        return to(kind, annotation, size, OutlineRule.tolerance(simplify));
    }

    /// The annotation as `kind`.
    ///
    /// @param size of the asset
    /// @param outline how masks become polygons; a mask of nothing but specks becomes none
    public static Conversion to(GeometryKind kind, Annotation annotation, ImageSize size, OutlineRule outline) {
        if (annotation.kind() == kind) {
            return new Conversion.Unchanged(annotation);
        }
        String rule = annotation.kind().id() + "-to-" + kind.id();
        if (!hasRule(annotation.kind(), kind)) {
            return new Conversion.Unsupported(rule + ": no rule");
        }
        return convert(kind, annotation, size, outline)
                .<Conversion>map(converted -> new Conversion.Converted(converted, rule))
                .orElseGet(() -> new Conversion.Unsupported(rule + ": covers no area of the image"));
    }

    /// Whether some annotation of kind `from` can become `to`; true for equal kinds.
    public static boolean hasRule(GeometryKind from, GeometryKind to) {
        if (from == to) {
            return true;
        }
        return switch (from) {
            case BOX, ROTATED_BOX, POLYGON, MASK -> isArea(to);
            case POLYLINE, KEYPOINTS -> to == GeometryKind.BOX;
            case CLASSIFICATION -> false;
        };
    }

    private static boolean isArea(GeometryKind kind) {
        return switch (kind) {
            case BOX, ROTATED_BOX, POLYGON, MASK -> true;
            case POLYLINE, KEYPOINTS, CLASSIFICATION -> false;
        };
    }

    private static Optional<? extends Annotation> convert(
            GeometryKind kind, Annotation from, ImageSize size, OutlineRule rule) {
        return switch (kind) {
            case BOX -> toBox(from, size);
            case ROTATED_BOX -> toRotatedBox(from);
            case POLYGON -> toPolygon(from, rule);
            case MASK -> toMask(from, size);
            case POLYLINE, KEYPOINTS, CLASSIFICATION -> Optional.empty();
        };
    }

    private static Optional<Annotation.Box> toBox(Annotation from, ImageSize size) {
        return from.bounds()
                .map(bounds -> bounds.clippedTo(size))
                .filter(box -> box.area() > 0)
                .map(box -> new Annotation.Box(from.candidate(), box));
    }

    private static Optional<Annotation.RotatedBox> toRotatedBox(Annotation from) {
        return rotatedRect(from)
                .filter(rect -> rect.width() * rect.height() > 0)
                .map(rect -> new Annotation.RotatedBox(from.candidate(), rect));
    }

    private static Optional<RotatedRect> rotatedRect(Annotation from) {
        return switch (from) {
            case Annotation.Box box -> Optional.of(upright(box.box()));
            case Annotation.RotatedBox box -> Optional.of(box.box());
            case Annotation.Polygon polygon -> Optional.of(MinAreaRect.of(outerPoints(polygon.parts())));
            case Annotation.Mask mask ->
                Optional.of(MinAreaRect.of(outerPoints(Contours.of(mask.runs().toBitMask()))));
            case Annotation.Polyline _, Annotation.Keypoints _, Annotation.Classification _ -> Optional.empty();
        };
    }

    private static RotatedRect upright(Rect rect) {
        return new RotatedRect(
                rect.x() + rect.width() / 2, rect.y() + rect.height() / 2, rect.width(), rect.height(), 0);
    }

    private static List<Point> outerPoints(List<PolygonPart> parts) {
        return parts.stream().flatMap(part -> part.outer().points().stream()).toList();
    }

    private static Optional<Annotation.Polygon> toPolygon(Annotation from, OutlineRule rule) {
        return Optional.of(outline(from, rule))
                .filter(parts -> parts.stream().mapToDouble(PolygonPart::area).sum() > 0)
                .map(parts -> new Annotation.Polygon(from.candidate(), parts));
    }

    private static List<PolygonPart> outline(Annotation from, OutlineRule rule) {
        return switch (from) {
            case Annotation.Box box -> quadrilateral(box.box().corners());
            case Annotation.RotatedBox box -> quadrilateral(box.box().corners());
            case Annotation.Polygon polygon -> polygon.parts();
            case Annotation.Mask mask -> Outlines.of(mask.runs().toBitMask(), rule);
            case Annotation.Polyline _, Annotation.Keypoints _, Annotation.Classification _ -> List.of();
        };
    }

    private static List<PolygonPart> quadrilateral(List<Point> corners) {
        return List.of(new PolygonPart(new Ring(corners), List.of()));
    }

    private static Optional<Annotation.Mask> toMask(Annotation from, ImageSize size) {
        BitMask mask = Rasterizer.rasterize(outline(from, OutlineRule.EXACT), size);
        return Stream.of(RunLengths.of(mask))
                .filter(runs -> runs.area() > 0)
                .map(runs -> new Annotation.Mask(from.candidate(), runs))
                .findFirst();
    }
}
