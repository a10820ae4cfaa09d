package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Annotations of every kind from a seed: some reach out of the image, some have attributes, some polygons have holes and
/// several parts. For one thread.
final class RandomAnnotations {
    private static final List<String> LABELS =
            List.of("cat", "ship", "leaf", "größe \"2\" <b>&", "unknown to the model");
    private static final List<Keypoint.Visibility> VISIBILITIES = List.of(Keypoint.Visibility.values());
    private static final List<String> JOINTS = List.of("nose", "left eye", "tail");

    private final Random random;
    private final ImageSize size;

    RandomAnnotations(long seed, ImageSize size) {
        this.random = new Random(seed);
        this.size = size;
    }

    /// One of each kind, with indexes from `first` on.
    List<Annotation> ofEveryKind(int first) {
        List<Annotation> all = new ArrayList<>();
        for (GeometryKind kind : GeometryKind.values()) {
            all.add(of(kind, first + all.size()));
        }
        return all;
    }

    private Annotation of(GeometryKind kind, int index) {
        double score = random.nextInt(8) == 0 ? 1 : random.nextInt(1_000_001) / 1e6;
        Map<String, String> attributes = switch (random.nextInt(4)) {
            case 0 -> Map.of("text", "GÖ \"7\" <&>: 1", "script", "latin");
            case 1 -> Map.of("truncated", "1");
            default -> Map.of();
        };
        Candidate candidate = new Candidate(index, LABELS.get(random.nextInt(LABELS.size())), score, attributes);
        return switch (kind) {
            case BOX -> new Annotation.Box(candidate, box());
            case ROTATED_BOX ->
                new Annotation.RotatedBox(
                        candidate,
                        new RotatedRect(
                                x(),
                                y(),
                                1 + random.nextDouble() * size.width() / 3,
                                1 + random.nextDouble() * size.height() / 3,
                                random.nextDouble() * 720 - 360));
            case POLYGON -> new Annotation.Polygon(candidate, parts());
            case MASK -> new Annotation.Mask(candidate, runs());
            case POLYLINE -> new Annotation.Polyline(candidate, points(2 + random.nextInt(6)));
            case KEYPOINTS -> new Annotation.Keypoints(candidate, joints());
            case CLASSIFICATION -> new Annotation.Classification(candidate);
        };
    }

    private double x() {
        return position(size.width());
    }

    private double y() {
        return position(size.height());
    }

    /// Mostly within, now and then a little or far outside, sometimes a whole number.
    private double position(int extent) {
        double within = random.nextDouble() * extent;
        return switch (random.nextInt(24)) {
            case 0 -> -1 - within;
            case 1 -> extent + within / 4;
            case 2, 3, 4 -> Math.rint(within);
            case 5 -> extent;
            default -> within;
        };
    }

    private Rect box() {
        return Rect.ofCorners(x(), y(), x(), y());
    }

    private List<Point> points(int count) {
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            points.add(new Point(x(), y()));
        }
        return points;
    }

    private List<PolygonPart> parts() {
        List<PolygonPart> parts = new ArrayList<>();
        int count = random.nextInt(3) == 0 ? 1 + random.nextInt(3) : 1;
        for (int i = 0; i < count; i++) {
            double cx = x();
            double cy = y();
            double radius = 2 + random.nextDouble() * Math.min(size.width(), size.height()) / 3;
            int corners = 3 + random.nextInt(9);
            double[] reach = new double[corners];
            for (int corner = 0; corner < corners; corner++) {
                reach[corner] = radius * (0.6 + 0.4 * random.nextDouble());
            }
            List<Ring> holes = random.nextInt(3) == 0 ? List.of(star(cx, cy, reach, -0.2)) : List.of();
            parts.add(new PolygonPart(star(cx, cy, reach, 1), holes));
        }
        return parts;
    }

    /// Clockwise for a positive scale, else the other way round.
    private static Ring star(double cx, double cy, double[] reach, double scale) {
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < reach.length; i++) {
            double angle = Math.signum(scale) * 2 * Math.PI * i / reach.length;
            double distance = Math.abs(scale) * reach[i];
            points.add(new Point(cx + distance * Math.cos(angle), cy + distance * Math.sin(angle)));
        }
        return new Ring(points);
    }

    private RunLengths runs() {
        BitMask mask = new BitMask(size);
        mask.set(random.nextInt(size.width()), random.nextInt(size.height()));
        boolean noise = random.nextBoolean();
        double cx = random.nextDouble() * size.width();
        double cy = random.nextDouble() * size.height();
        double outer = 1 + random.nextDouble() * size.height() / 2;
        double inner = outer * random.nextDouble();
        for (int y = 0; y < size.height(); y++) {
            for (int x = 0; x < size.width(); x++) {
                double distance = Math.hypot(x + 0.5 - cx, y + 0.5 - cy);
                if (noise ? random.nextInt(3) == 0 : distance <= outer && distance >= inner) {
                    mask.set(x, y);
                }
            }
        }
        return RunLengths.of(mask);
    }

    private List<Keypoint> joints() {
        List<Keypoint> joints = new ArrayList<>();
        for (String name : JOINTS) {
            Keypoint.Visibility visibility = VISIBILITIES.get(random.nextInt(VISIBILITIES.size()));
            boolean absent = visibility == Keypoint.Visibility.ABSENT;
            joints.add(new Keypoint(
                    name, absent ? new Point(0, 0) : new Point(x(), y()), visibility, random.nextInt(1_000_001) / 1e6));
        }
        return joints;
    }
}
