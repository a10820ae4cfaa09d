package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Lines of YOLO's text files: `class cx cy w h` is a box, `class x1 y1 x2 y2 x3 y3 ...` a polygon, in fractions of the
/// image's width and height.
///
/// Pure functions.
final class YoloLabels {
    /// Rounding takes coordinates beyond the image by a little; what is further out was written for something else.
    private static final double SLACK = 0.01;

    private static final int BOX_NUMBERS = 4;

    private YoloLabels() {}

    static Set<GeometryKind> kinds(List<String> lines) {
        Set<GeometryKind> kinds = EnumSet.noneOf(GeometryKind.class);
        lines.forEach(line ->
                kinds.add(line.split("\\s+", -1).length == BOX_NUMBERS + 1 ? GeometryKind.BOX : GeometryKind.POLYGON));
        return kinds;
    }

    /// @throws DataSetException if it is not such a line
    static Annotation label(String line, int index, List<String> classes, ImageSize size) {
        String[] words = line.split("\\s+", -1);
        Candidate candidate = new Candidate(index, className(words[0], classes), 0);
        double[] numbers = new double[words.length - 1];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = fraction(words[i + 1]);
        }
        if (numbers.length == BOX_NUMBERS) {
            double width = numbers[2] * size.width();
            double height = numbers[3] * size.height();
            return new Annotation.Box(
                    candidate,
                    new Rect(
                            numbers[0] * size.width() - width / 2,
                            numbers[1] * size.height() - height / 2,
                            width,
                            height));
        }
        if (numbers.length < 6 || numbers.length % 2 != 0) {
            throw new DataSetException("a line with " + numbers.length
                    + " numbers after the class (expected: 4, or x and y of at least 3 points; scores are no labels)");
        }
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < numbers.length; i += 2) {
            points.add(new Point(numbers[i] * size.width(), numbers[i + 1] * size.height()));
        }
        return new Annotation.Polygon(candidate, List.of(new PolygonPart(new Ring(points), List.of())));
    }

    private static String className(String word, List<String> classes) {
        try {
            double number = Double.parseDouble(word);
            int index = (int) number;
            if (number == index
                    && index >= 0
                    && index < classes.size()
                    && !classes.get(index).isEmpty()) {
                return classes.get(index);
            }
        } catch (NumberFormatException _) {
            // Told below, as a class that is not there.
        }
        throw new DataSetException("class " + word + " (expected: 0 to " + (classes.size() - 1) + ", one with a name)");
    }

    private static double fraction(String word) {
        double number;
        try {
            number = Double.parseDouble(word);
        } catch (NumberFormatException e) {
            throw new DataSetException("coordinate: " + word + " (expected: a number)", e);
        }
        if (!(number >= -SLACK && number <= 1 + SLACK)) {
            throw new DataSetException("coordinate: " + word + " (expected: 0..1, a fraction of the image)");
        }
        return Math.clamp(number, 0.0, 1.0);
    }
}
