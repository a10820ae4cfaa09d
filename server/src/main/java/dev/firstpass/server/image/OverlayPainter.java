package dev.firstpass.server.image;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Annotation.Box;
import dev.firstpass.postprocess.annotation.Annotation.Classification;
import dev.firstpass.postprocess.annotation.Annotation.Keypoints;
import dev.firstpass.postprocess.annotation.Annotation.Mask;
import dev.firstpass.postprocess.annotation.Annotation.Polygon;
import dev.firstpass.postprocess.annotation.Annotation.Polyline;
import dev.firstpass.postprocess.annotation.Annotation.RotatedBox;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Draws annotations over an image, to be looked at: outlines with a contrasting halo, areas as a tint, a tag with
/// label and score for each; large things below small ones, tags above all.
///
/// Needs no installed font. The built-in one has ASCII only: any other character is shown as `?`.
///
/// Immutable; thread-safe. Cost: some 100 ms for a picture of 1600 pixels, most of it for the PNG.
public final class OverlayPainter {
    private static final int DEFAULT_MAX_SIDE = 1600;
    private static final int LONGEST_LABEL = 32;

    /// Findings of one label up to which each carries its name.
    private static final int MOST_NAMED = 12;

    private final int maxSide;

    /// Pictures of at most 1600 pixels a side.
    public OverlayPainter() {
        this(DEFAULT_MAX_SIDE);
    }

    /// @param maxSide longest side of the pictures in pixels; larger images are scaled down to it
    public OverlayPainter(int maxSide) {
        if (maxSide < 1) {
            throw new IllegalArgumentException("maxSide: " + maxSide + " (expected: >= 1)");
        }
        this.maxSide = maxSide;
    }

    /// A PNG of the image with the annotations drawn over it.
    ///
    /// @param annotations in the image's own coordinates, upright asset pixels
    public byte[] paint(Raster image, List<Annotation> annotations) {
        return paint(image, annotations, Canvas::png);
    }

    /// The same as a JPEG, for pages that have many of them: of a photo, about a sixth of the bytes.
    public byte[] paintForPage(Raster image, List<Annotation> annotations) {
        return paint(image, annotations, Canvas::jpeg);
    }

    private byte[] paint(Raster image, List<Annotation> annotations, Function<Canvas, byte[]> encoded) {
        Map<String, Ink> inks = Ink.of(annotations.stream()
                .map(annotation -> annotation.candidate().label())
                .collect(Collectors.toCollection(TreeSet::new)));
        try (Canvas canvas = new Canvas(image, maxSide)) {
            annotations.stream()
                    .sorted(Comparator.comparingDouble(OverlayPainter::area)
                            .reversed()
                            .thenComparingDouble(OverlayPainter::score))
                    .forEach(annotation -> draw(canvas, annotation, ink(inks, annotation)));
            tag(canvas, annotations, inks);
            return encoded.apply(canvas);
        }
    }

    private static Ink ink(Map<String, Ink> inks, Annotation annotation) {
        return inks.getOrDefault(annotation.candidate().label(), Ink.WHITE);
    }

    private static double area(Annotation annotation) {
        return annotation.bounds().map(Rect::area).orElse(0.0);
    }

    private static void draw(Canvas canvas, Annotation annotation, Ink ink) {
        switch (annotation) {
            case Box box -> canvas.line(corners(box.box()), true, ink);
            case RotatedBox box -> canvas.line(box.box().corners(), true, ink);
            case Polygon polygon -> polygon(canvas, polygon, ink);
            case Mask mask -> canvas.mask(mask.runs(), ink);
            case Polyline line -> canvas.line(line.points(), false, ink);
            case Keypoints keypoints -> keypoints(canvas, keypoints, ink);
            case Classification _ -> {
                // Has no place in the image; its tag says it all.
            }
        }
    }

    private static List<Point> corners(Rect box) {
        return List.of(
                new Point(box.x(), box.y()),
                new Point(box.right(), box.y()),
                new Point(box.right(), box.bottom()),
                new Point(box.x(), box.bottom()));
    }

    private static void polygon(Canvas canvas, Polygon polygon, Ink ink) {
        List<List<Point>> rings = new ArrayList<>();
        for (PolygonPart part : polygon.parts()) {
            rings.add(part.outer().points());
            part.holes().stream().map(Ring::points).forEach(rings::add);
        }
        canvas.tint(rings, ink);
        rings.forEach(ring -> canvas.line(ring, true, ink));
    }

    private static void keypoints(Canvas canvas, Keypoints keypoints, Ink ink) {
        for (Keypoint point : keypoints.points()) {
            switch (point.visibility()) {
                case VISIBLE -> canvas.dot(point.at(), true, ink);
                case OCCLUDED -> canvas.dot(point.at(), false, ink);
                case ABSENT -> {}
            }
        }
    }

    /// Tags for all, the surest first, since they get the best places. What has no place in the image is listed in
    /// a corner. Of a label that is there very often the name is put into a corner once, and each finding has its
    /// score.
    private static void tag(Canvas canvas, List<Annotation> annotations, Map<String, Ink> inks) {
        Map<String, Long> located = annotations.stream()
                .filter(annotation -> annotation.bounds().isPresent())
                .collect(Collectors.groupingBy(OverlayPainter::label, TreeMap::new, Collectors.counting()));
        TagLayout layout = new TagLayout(
                canvas.size(),
                annotations.stream()
                        .flatMap(annotation -> annotation.bounds().stream())
                        .map(canvas::toPicture)
                        .toList());
        List<Annotation> surestFirst = annotations.stream()
                .sorted(Comparator.comparingDouble(OverlayPainter::score).reversed())
                .toList();
        for (Annotation annotation : surestFirst) {
            if (annotation.bounds().isEmpty()) {
                Canvas.Tag tag = new Canvas.Tag(text(annotation.candidate()), false, ink(inks, annotation));
                canvas.draw(tag, layout.corner(canvas.sizeOf(tag)));
            }
        }
        located.forEach((label, count) -> {
            if (count > MOST_NAMED) {
                Canvas.Tag tag =
                        new Canvas.Tag(ascii(label) + " x " + count, false, inks.getOrDefault(label, Ink.WHITE));
                canvas.draw(tag, layout.corner(canvas.sizeOf(tag)));
            }
        });
        for (Annotation annotation : surestFirst) {
            annotation.bounds().map(canvas::toPicture).ifPresent(bounds -> {
                boolean small = located.getOrDefault(label(annotation), 0L) > MOST_NAMED;
                String text = small ? twoDecimals(annotation.candidate()) : text(annotation.candidate());
                Canvas.Tag tag = new Canvas.Tag(text, small, ink(inks, annotation));
                if (!text.isEmpty()) {
                    ImageSize size = canvas.sizeOf(tag);
                    canvas.draw(tag, small ? layout.outside(bounds, size) : layout.beside(bounds, size));
                }
            });
        }
    }

    private static String label(Annotation annotation) {
        return annotation.candidate().label();
    }

    private static double score(Annotation annotation) {
        return annotation.candidate().score();
    }

    /// Label and score: `dog 0.87`.
    static String text(Candidate candidate) {
        return (ascii(candidate.label()) + " " + twoDecimals(candidate)).stripTrailing();
    }

    /// Nothing for the 1 of who is sure, as people's own labels have it.
    private static String twoDecimals(Candidate candidate) {
        return candidate.score() == 1 ? "" : String.format(Locale.ROOT, "%.2f", candidate.score());
    }

    /// A label shortened, in characters that the font has.
    private static String ascii(String label) {
        String shown = label.codePointCount(0, label.length()) <= LONGEST_LABEL
                ? label
                : label.substring(0, label.offsetByCodePoints(0, LONGEST_LABEL - 2)) + "..";
        StringBuilder ascii = new StringBuilder();
        shown.codePoints().forEach(c -> ascii.append(c >= ' ' && c <= '~' ? (char) c : '?'));
        return ascii.toString();
    }
}
