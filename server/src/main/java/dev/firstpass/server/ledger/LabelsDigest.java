package dev.firstpass.server.ledger;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.registry.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// A digest of an answer's labels: SHA-256 over all that they say, every number to its last bit, in the order of the
/// answer. Equal digests mean equal labels.
///
/// Each label is written as its kind, its candidate (index, label, score, attributes by name) and its
/// geometry; a text and a list begin with
/// their length, whole numbers have four bytes, others are IEEE 754 doubles of eight, all in network order.
///
/// For one thread, one digest.
public final class LabelsDigest {
    private static final int BUFFER = 8192;

    private final MessageDigest digest = Sha256.begin();
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);

    private LabelsDigest() {}

    /// `sha256:` and 64 hex digits. Costs some microseconds for ten boxes.
    public static String of(List<Annotation> labels) {
        LabelsDigest digest = new LabelsDigest();
        labels.forEach(digest::add);
        digest.flush();
        return "sha256:" + HexFormat.of().formatHex(digest.digest.digest());
    }

    private void add(Annotation label) {
        add(label.kind().id());
        add(label.candidate().index());
        add(label.candidate().label());
        add(label.candidate().score());
        add(new TreeMap<>(label.candidate().attributes()));
        switch (label) {
            case Annotation.Box box -> add(box.box());
            case Annotation.RotatedBox box -> add(box.box());
            case Annotation.Polygon polygon -> {
                add(polygon.parts().size());
                polygon.parts().forEach(this::add);
            }
            case Annotation.Mask mask -> {
                add(mask.runs().size().width());
                add(mask.runs().size().height());
                int[] counts = mask.runs().counts();
                add(counts.length);
                for (int count : counts) {
                    add(count);
                }
            }
            case Annotation.Polyline line -> add(line.points());
            case Annotation.Keypoints keypoints -> {
                add(keypoints.points().size());
                keypoints.points().forEach(this::add);
                keypoints.box().ifPresent(this::add);
            }
            case Annotation.Classification _ -> {}
        }
    }

    private void add(SortedMap<String, String> attributes) {
        add(attributes.size());
        attributes.forEach((name, value) -> {
            add(name);
            add(value);
        });
    }

    private void add(Rect box) {
        add(box.x());
        add(box.y());
        add(box.width());
        add(box.height());
    }

    private void add(RotatedRect box) {
        add(box.cx());
        add(box.cy());
        add(box.width());
        add(box.height());
        add(box.angle());
    }

    private void add(PolygonPart part) {
        add(part.outer());
        add(part.holes().size());
        part.holes().forEach(this::add);
    }

    private void add(Ring ring) {
        add(ring.points());
    }

    private void add(List<Point> points) {
        add(points.size());
        points.forEach(this::add);
    }

    private void add(Point point) {
        add(point.x());
        add(point.y());
    }

    private void add(Keypoint point) {
        add(point.name());
        add(point.at());
        add(point.visibility().name());
        add(point.score());
    }

    private void add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        add(bytes.length);
        flush();
        digest.update(bytes);
    }

    private void add(int number) {
        room(Integer.BYTES).putInt(number);
    }

    private void add(double number) {
        room(Double.BYTES).putDouble(number);
    }

    private ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            flush();
        }
        return buffer;
    }

    private void flush() {
        digest.update(buffer.flip());
        buffer.clear();
    }
}
