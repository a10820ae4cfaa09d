package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.annotation.Provenance;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// What each format can say, found out by letting it: an annotation of each kind is written alone, with the format's own
/// defaults, and what the writer reports of it is what it can say. So there is no list of it that could be wrong.
///
/// Pure functions. A row costs a dozen data sets of one small image, written to memory.
public final class FormatMatrix {
    private static final ImageSize SIZE = new ImageSize(64, 48);
    private static final List<String> CLASSES = List.of("cat");
    private static final Provenance LABELS = new Provenance("", "labels", 1, "", "", "");

    private FormatMatrix() {}

    /// What is tried: the kinds of geometry, polygons in their three sorts.
    public enum Shape {
        BOX(GeometryKind.BOX, "box"),
        ROTATED_BOX(GeometryKind.ROTATED_BOX, "rotated box"),
        POLYGON(GeometryKind.POLYGON, "polygon"),
        POLYGON_OF_PARTS(GeometryKind.POLYGON, "polygon of several parts"),
        POLYGON_WITH_HOLES(GeometryKind.POLYGON, "polygon with holes"),
        MASK(GeometryKind.MASK, "mask"),
        POLYLINE(GeometryKind.POLYLINE, "polyline"),
        KEYPOINTS(GeometryKind.KEYPOINTS, "keypoints"),
        CLASSIFICATION(GeometryKind.CLASSIFICATION, "classification");

        private final GeometryKind kind;
        private final String title;

        Shape(GeometryKind kind, String title) {
            this.kind = kind;
            this.title = title;
        }

        public GeometryKind kind() {
            return kind;
        }

        /// In words.
        public String title() {
            return title;
        }
    }

    /// What becomes of a shape in a format.
    ///
    /// Immutable, all variants.
    public sealed interface Said {
        /// It stands there as it is.
        record AsItIs() implements Said {}

        /// It is turned into something that the format can say.
        ///
        /// @param rules by name, in alphabetical order
        record ByRules(List<String> rules) implements Said {
            public ByRules {
                rules = List.copyOf(rules);
            }
        }

        /// It is not there.
        record LeftOut(String reason) implements Said {}
    }

    /// What one format can say.
    ///
    /// Immutable.
    ///
    /// @param format its id
    /// @param isRead whether it is read, too
    /// @param shapes all of them
    /// @param saysScores whether a score other than 1 is there
    /// @param saysAttributes whether attributes are there
    /// @param saysJointScores whether the scores of joints are there; empty where there are no joints
    /// @param saysEmptyImages whether an image without labels is there
    /// @param saysUnusedClasses whether a class of which there is no label is there
    public record Row(
            String format,
            boolean isRead,
            Map<Shape, Said> shapes,
            boolean saysScores,
            boolean saysAttributes,
            Optional<Boolean> saysJointScores,
            boolean saysEmptyImages,
            boolean saysUnusedClasses) {
        public Row {
            shapes = Map.copyOf(shapes);
        }

        /// The kinds of geometry that stand there as they are; of polygons those of one part without holes.
        public List<GeometryKind> kinds() {
            return Arrays.stream(Shape.values())
                    .filter(shape -> shapes.get(shape) instanceof Said.AsItIs)
                    .map(Shape::kind)
                    .distinct()
                    .toList();
        }

        public Said of(Shape shape) {
            Said said = shapes.get(shape);
            if (said == null) {
                throw new IllegalStateException("shapes: no " + shape + " (expected: all)");
            }
            return said;
        }
    }

    public static Row of(LabelFormat format) {
        Map<Shape, Said> shapes = new EnumMap<>(Shape.class);
        for (Shape shape : Shape.values()) {
            shapes.put(shape, said(format, annotation(shape, 1, Map.of(), 1)));
        }
        Optional<Shape> any = Arrays.stream(Shape.values())
                .filter(shape -> !(shapes.get(shape) instanceof Said.LeftOut))
                .findFirst();
        return new Row(
                format.id(),
                format.reader().isPresent(),
                shapes,
                any.filter(shape -> isSame(format, shape, annotation(shape, 0.5, Map.of(), 1)))
                        .isPresent(),
                any.filter(shape -> isSame(format, shape, annotation(shape, 1, Map.of("note", "far"), 1)))
                        .isPresent(),
                hasJoints(shapes)
                        ? Optional.of(isSame(format, Shape.KEYPOINTS, annotation(Shape.KEYPOINTS, 1, Map.of(), 0.5)))
                        : Optional.empty(),
                listsEmptyImages(format),
                listsClasses(format));
    }

    private static boolean hasJoints(Map<Shape, Said> shapes) {
        return switch (Optional.ofNullable(shapes.get(Shape.KEYPOINTS)).orElseThrow()) {
            case Said.AsItIs _ -> true;
            case Said.ByRules(List<String> rules) -> !rules.contains("keypoints-to-box");
            case Said.LeftOut _ -> false;
        };
    }

    /// Whether an image without labels is in a data set of the format: formats that list labels alone have none.
    static boolean listsEmptyImages(LabelFormat format) {
        return !entries(format, CLASSES, List.of()).equals(entries(format, CLASSES, List.of(prelabels(List.of()))));
    }

    /// Whether a class without labels is in a data set of the format: in many a class is what labels are called by.
    static boolean listsClasses(LabelFormat format) {
        List<Prelabels> assets = List.of(prelabels(List.of()));
        return !entries(format, CLASSES, assets).equals(entries(format, List.of("cat", "dog"), assets));
    }

    private static Map<String, ByteBuffer> entries(LabelFormat format, List<String> classes, List<Prelabels> assets) {
        Map<String, ByteBuffer> entries = new HashMap<>();
        LabelFormats.write(format, FormatContext.of(classes), assets)
                .entries()
                .forEach((name, bytes) -> entries.put(name, ByteBuffer.wrap(bytes)));
        return entries;
    }

    /// Whether no more is lost of the annotation than of the plain one of its shape.
    private static boolean isSame(LabelFormat format, Shape shape, Annotation annotation) {
        return said(format, annotation).equals(said(format, annotation(shape, 1, Map.of(), 1)));
    }

    private static Said said(LabelFormat format, Annotation annotation) {
        FormatReport report = LabelFormats.write(
                        format, FormatContext.of(CLASSES), List.of(prelabels(List.of(annotation))))
                .report();
        if (!report.leftOut().isEmpty()) {
            return new Said.LeftOut(
                    String.join(", ", new TreeSet<>(report.leftOut().keySet())));
        }
        return report.converted().isEmpty()
                ? new Said.AsItIs()
                : new Said.ByRules(
                        new ArrayList<>(new TreeSet<>(report.converted().keySet())));
    }

    private static Prelabels prelabels(List<Annotation> annotations) {
        return new Prelabels(new AssetInfo("a.png", SIZE, ""), LABELS, annotations, List.of());
    }

    /// Well within the image, with corners that every format has numbers for.
    private static Annotation annotation(Shape shape, double score, Map<String, String> attributes, double jointScore) {
        Candidate candidate = new Candidate(0, "cat", score, attributes);
        return switch (shape) {
            case BOX -> new Annotation.Box(candidate, new Rect(8, 12, 16, 24));
            case ROTATED_BOX -> new Annotation.RotatedBox(candidate, new RotatedRect(32, 24, 20, 10, 30));
            case POLYGON -> new Annotation.Polygon(candidate, List.of(part(triangle(8, 12, 16))));
            case POLYGON_OF_PARTS ->
                new Annotation.Polygon(candidate, List.of(part(triangle(8, 12, 16)), part(triangle(32, 12, 16))));
            case POLYGON_WITH_HOLES ->
                new Annotation.Polygon(
                        candidate, List.of(new PolygonPart(square(8, 8, 32, true), List.of(square(16, 16, 8, false)))));
            case MASK -> new Annotation.Mask(candidate, mask());
            case POLYLINE ->
                new Annotation.Polyline(candidate, List.of(new Point(8, 12), new Point(24, 12), new Point(40, 36)));
            case KEYPOINTS ->
                new Annotation.Keypoints(
                        candidate,
                        List.of(
                                new Keypoint("nose", new Point(16, 12), Keypoint.Visibility.VISIBLE, jointScore),
                                new Keypoint("eye", new Point(24, 36), Keypoint.Visibility.OCCLUDED, jointScore),
                                new Keypoint("ear", new Point(0, 0), Keypoint.Visibility.ABSENT, 0)));
            case CLASSIFICATION -> new Annotation.Classification(candidate);
        };
    }

    private static PolygonPart part(Ring outer) {
        return new PolygonPart(outer, List.of());
    }

    private static Ring triangle(double x, double y, double side) {
        return new Ring(List.of(new Point(x, y), new Point(x + side, y), new Point(x, y + side)));
    }

    private static Ring square(double x, double y, double side, boolean isClockwise) {
        List<Point> corners =
                List.of(new Point(x, y), new Point(x + side, y), new Point(x + side, y + side), new Point(x, y + side));
        return new Ring(isClockwise ? corners : corners.reversed());
    }

    private static RunLengths mask() {
        BitMask mask = new BitMask(SIZE);
        for (int y = 12; y < 36; y++) {
            mask.setRun(y, 8, 8 + y);
        }
        return RunLengths.of(mask);
    }
}
