package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Dropped;
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
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// Hand-made pre-labels of two assets with every kind of annotation: what the golden files hold.
final class Samples {
    static final ImageSize SIZE = new ImageSize(64, 48);

    static final List<String> CLASSES = List.of("cat", "ship", "leaf", "ring", "road", "person");

    static final Provenance PROVENANCE =
            new Provenance("01J8Z3", "sampler", 3, "sha256:" + "ab".repeat(32), "yolo", "fields@2");

    static final Annotation.Box BOX =
            new Annotation.Box(new Candidate(0, "cat", 0.91), new Rect(3.25, 4.5, 20.125, 10.0625));
    static final Annotation.RotatedBox ROTATED_BOX =
            new Annotation.RotatedBox(new Candidate(1, "ship", 0.8), new RotatedRect(32, 24, 20, 8, 30));
    static final Annotation.Polygon TRIANGLE =
            new Annotation.Polygon(new Candidate(2, "leaf", 0.75), List.of(solid(1, 1, 9, 1, 1, 7)));
    static final Annotation.Polygon TWO_PARTS = new Annotation.Polygon(
            new Candidate(3, "leaf", 0.7), List.of(solid(40, 2, 50, 2, 50, 8, 40, 8), solid(52, 2, 60, 3, 55, 9.5)));
    static final Annotation.Polygon FRAME = new Annotation.Polygon(
            new Candidate(4, "ring", 0.65),
            List.of(new PolygonPart(
                    ring(10, 20, 30, 20, 30, 40, 10, 40), List.of(ring(15, 25, 15, 35, 25, 35, 25, 25)))));
    static final Annotation.Mask MASK = new Annotation.Mask(new Candidate(5, "road", 0.6), blob());
    static final Annotation.Polyline POLYLINE = new Annotation.Polyline(
            new Candidate(6, "edge", 0.55), List.of(new Point(0, 47.5), new Point(20.3, 40), new Point(64, 44)));
    static final Annotation.Keypoints KEYPOINTS = new Annotation.Keypoints(
            new Candidate(7, "person", 0.5),
            List.of(
                    new Keypoint("nose", new Point(45.5, 20.25), Keypoint.Visibility.VISIBLE, 0.9),
                    new Keypoint("left eye", new Point(47, 18), Keypoint.Visibility.OCCLUDED, 0.4),
                    new Keypoint("right eye", new Point(0, 0), Keypoint.Visibility.ABSENT, 0.01)));
    static final Annotation.Classification OUTDOOR = new Annotation.Classification(new Candidate(8, "outdoor", 0.62));
    static final Annotation.Classification SUNNY = new Annotation.Classification(new Candidate(9, "sunny", 0.97));
    static final Annotation.Box PLATE = new Annotation.Box(
            new Candidate(10, "plate", 1.0 / 3, Map.of("text", "GÖ \"7\"", "script", "latin")),
            new Rect(50, 30, 14, 1e-3));

    private Samples() {}

    static Prelabels everyKind() {
        return prelabels(List.of(
                BOX, ROTATED_BOX, TRIANGLE, TWO_PARTS, FRAME, MASK, POLYLINE, KEYPOINTS, OUTDOOR, SUNNY, PLATE));
    }

    static Prelabels second() {
        ImageSize size = new ImageSize(100, 37);
        BitMask all = new BitMask(size);
        for (int y = 0; y < size.height(); y++) {
            all.setRun(y, 0, size.width());
        }
        return new Prelabels(
                new AssetInfo("fields/größe 2.jpg", size, "sha256:" + "ef".repeat(32)),
                PROVENANCE,
                List.of(
                        new Annotation.Box(new Candidate(0, "cat", 1), new Rect(0, 0, 100, 37)),
                        new Annotation.Mask(new Candidate(1, "road", 0.123456789), RunLengths.of(all))),
                List.of());
    }

    static List<Prelabels> dataSet() {
        return List.of(everyKind(), second());
    }

    static Prelabels prelabels(List<Annotation> annotations) {
        return new Prelabels(
                new AssetInfo("sheet.png", SIZE, "sha256:" + "cd".repeat(32)),
                PROVENANCE,
                annotations,
                List.of(
                        new Dropped(Dropped.Reason.BELOW_THRESHOLD, 12),
                        new Dropped(Dropped.Reason.LABEL_UNMAPPED, 1)));
    }

    static Prelabels prelabels(Annotation... annotations) {
        return prelabels(List.of(annotations));
    }

    static FormatContext context(Map<String, String> options) {
        return new FormatContext(CLASSES, options, () -> Instant.EPOCH);
    }

    static LabelFormat format(String id) {
        return LabelFormats.byId(id).orElseThrow();
    }

    static WrittenDataSet write(String format, Map<String, String> options, Prelabels... assets) {
        return LabelFormats.write(format(format), context(options), List.of(assets));
    }

    static Annotation.Box box(int index, Rect box) {
        return new Annotation.Box(new Candidate(index, "cat", 0.5), box);
    }

    /// Two blobs, one with a hole, one in the image's last corner.
    private static RunLengths blob() {
        BitMask mask = new BitMask(SIZE);
        for (int y = 10; y < 20; y++) {
            boolean holed = y >= 13 && y < 16;
            mask.setRun(y, 30, holed ? 34 : 44);
            mask.setRun(y, 38, 44);
        }
        mask.setRun(47, 62, 64);
        return RunLengths.of(mask);
    }

    static PolygonPart solid(double... coordinates) {
        return new PolygonPart(ring(coordinates), List.of());
    }

    static Ring ring(double... coordinates) {
        Point[] points = new Point[coordinates.length / 2];
        for (int i = 0; i < points.length; i++) {
            points[i] = new Point(coordinates[2 * i], coordinates[2 * i + 1]);
        }
        return new Ring(List.of(points));
    }

    /// The mask drawn by rows of `0` and `1`.
    static BitMask mask(String... rows) {
        BitMask mask = new BitMask(new ImageSize(rows[0].length(), rows.length));
        for (int y = 0; y < rows.length; y++) {
            for (int x = 0; x < rows[y].length(); x++) {
                if (rows[y].charAt(x) == '1') {
                    mask.set(x, y);
                }
            }
        }
        return mask;
    }
}
