package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Lines of YOLO's text files, in fractions of the image's width and height: `class cx cy w h` is a box, `class x1 y1 x2 y2
/// x3 y3 ...` a polygon, or with four points a rotated box where the data set says so, `class cx cy w h x1 y1 v1 ...` a
/// pose. A number more at the end is the score.
///
/// Pure functions.
final class YoloLabels {
    /// Rounding takes coordinates beyond the image by a little; what is further out was written for something else.
    private static final double SLACK = 0.01;

    private static final int BOX_NUMBERS = 4;
    private static final int CORNER_NUMBERS = 8;

    private YoloLabels() {}

    /// Of lines that can be read; others say why when they are.
    static Set<GeometryKind> kinds(List<String> lines, YoloLayout layout) {
        Set<GeometryKind> kinds = EnumSet.noneOf(GeometryKind.class);
        for (String line : lines) {
            String[] words = line.split("\\s+", -1);
            int numbers = words.length - 1;
            if (layout.task().filter(YoloTask.POSE::equals).isPresent()) {
                kinds.add(poseKind(words, layout));
            } else if (numbers <= BOX_NUMBERS + 1) {
                kinds.add(GeometryKind.BOX);
            } else {
                boolean isRotated = layout.task().filter(YoloTask.OBB::equals).isPresent();
                kinds.add(isRotated ? GeometryKind.ROTATED_BOX : GeometryKind.POLYGON);
            }
        }
        return kinds;
    }

    private static GeometryKind poseKind(String[] words, YoloLayout layout) {
        try {
            return hasJoint(words, layout) ? GeometryKind.KEYPOINTS : GeometryKind.BOX;
        } catch (DataSetException _) {
            return GeometryKind.KEYPOINTS;
        }
    }

    private static boolean hasJoint(String[] words, YoloLayout layout) {
        int step = layout.numbersPerJoint();
        for (int i = 0; i < layout.joints().size(); i++) {
            int at = 1 + BOX_NUMBERS + step * i;
            if (at + step > words.length) {
                return false;
            }
            if (visibility(words, at, step) != Keypoint.Visibility.ABSENT) {
                return true;
            }
        }
        return false;
    }

    /// Where it is not said, a joint at 0, 0 is absent.
    private static Keypoint.Visibility visibility(String[] words, int at, int step) {
        if (step == 2) {
            boolean isAbsent = number(words[at]) == 0 && number(words[at + 1]) == 0;
            return isAbsent ? Keypoint.Visibility.ABSENT : Keypoint.Visibility.VISIBLE;
        }
        double said = number(words[at + 2]);
        return said < 0.5
                ? Keypoint.Visibility.ABSENT
                : said < 1.5 ? Keypoint.Visibility.OCCLUDED : Keypoint.Visibility.VISIBLE;
    }

    /// @throws DataSetException if it is not such a line
    static TrueLabel label(String line, int index, List<String> classes, YoloLayout layout, ImageSize size) {
        String[] words = line.split("\\s+", -1);
        String label = className(words[0], classes);
        int numbers = words.length - 1;
        int geometry = geometryNumbers(numbers, layout);
        double score = geometry == numbers ? 1 : score(words[numbers]);
        Candidate candidate = new Candidate(index, label, score);
        if (layout.task().filter(YoloTask.POSE::equals).isPresent()) {
            return pose(words, candidate, layout, size);
        }
        if (geometry == BOX_NUMBERS) {
            return TrueLabel.of(new Annotation.Box(candidate, box(words, size)));
        }
        List<Point> points = new ArrayList<>();
        boolean isRotated = layout.task().filter(YoloTask.OBB::equals).isPresent();
        for (int i = 1; i < geometry; i += 2) {
            points.add(isRotated ? corner(words, i, size) : point(words, i, size));
        }
        return TrueLabel.of(
                isRotated
                        ? new Annotation.RotatedBox(candidate, Quadrilaterals.rotated(points))
                        : new Annotation.Polygon(candidate, List.of(new PolygonPart(new Ring(points), List.of()))));
    }

    /// How many of a line's numbers are geometry: all, or all but the score.
    private static int geometryNumbers(int numbers, YoloLayout layout) {
        YoloTask task = layout.task().orElse(YoloTask.SEGMENT);
        int expected = switch (task) {
            case DETECT, SEGMENT -> numbers - numbers % 2;
            case OBB -> numbers <= BOX_NUMBERS + 1 ? BOX_NUMBERS : CORNER_NUMBERS;
            case POSE ->
                BOX_NUMBERS + layout.numbersPerJoint() * layout.joints().size();
        };
        boolean isRight = expected >= BOX_NUMBERS && (numbers == expected || numbers == expected + 1);
        if (!isRight) {
            String wanted = switch (task) {
                case DETECT, SEGMENT -> "4, or x and y of at least 3 points";
                case OBB -> "x and y of 4 corners";
                case POSE -> expected + ", as kpt_shape has it";
            };
            throw new DataSetException("a line with " + numbers + " numbers after the class (expected: " + wanted
                    + ", and at most a score more)");
        }
        return expected;
    }

    private static Rect box(String[] words, ImageSize size) {
        double cx = fraction(words[1]) * size.width();
        double cy = fraction(words[2]) * size.height();
        double width = fraction(words[3]) * size.width();
        double height = fraction(words[4]) * size.height();
        return new Rect(cx - width / 2, cy - height / 2, width, height);
    }

    /// Of a rotated box, which may reach out of the image as far as the half of it.
    private static Point corner(String[] words, int at, ImageSize size) {
        return new Point(within(words[at], -0.5, 1.5) * size.width(), within(words[at + 1], -0.5, 1.5) * size.height());
    }

    private static Point point(String[] words, int at, ImageSize size) {
        return new Point(fraction(words[at]) * size.width(), fraction(words[at + 1]) * size.height());
    }

    private static TrueLabel pose(String[] words, Candidate candidate, YoloLayout layout, ImageSize size) {
        Rect box = box(words, size);
        List<Keypoint> joints = new ArrayList<>();
        boolean hasAny = false;
        for (int i = 0; i < layout.joints().size(); i++) {
            int at = 1 + BOX_NUMBERS + layout.numbersPerJoint() * i;
            Keypoint.Visibility visibility = visibility(words, at, layout.numbersPerJoint());
            boolean isAbsent = visibility == Keypoint.Visibility.ABSENT;
            hasAny |= !isAbsent;
            joints.add(new Keypoint(
                    layout.joints().get(i),
                    isAbsent ? new Point(0, 0) : point(words, at, size),
                    visibility,
                    isAbsent ? 0 : 1));
        }
        return new TrueLabel(
                hasAny ? new Annotation.Keypoints(candidate, joints) : new Annotation.Box(candidate, box),
                Optional.of(box),
                false);
    }

    private static double score(String word) {
        double score = number(word);
        if (!(score >= 0 && score <= 1)) {
            throw new DataSetException("score: " + word + " (expected: 0..1)");
        }
        return score;
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
        return Math.clamp(within(word, 0, 1), 0.0, 1.0);
    }

    private static double within(String word, double least, double most) {
        double number = number(word);
        if (!(number >= least - SLACK && number <= most + SLACK)) {
            throw new DataSetException("coordinate: " + word + " (expected: 0..1, a fraction of the image)");
        }
        return number;
    }

    private static double number(String word) {
        try {
            return Double.parseDouble(word);
        } catch (NumberFormatException e) {
            throw new DataSetException("coordinate: " + word + " (expected: a number)", e);
        }
    }
}
