package dev.firstpass.server.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class LabelsDigestTest {
    private static final Candidate DOG = new Candidate(3, "dog", 0.5);

    /// Held against bytes that were put together by hand from the description.
    @Test
    void of_oneBox_isTheDigestOfWhatTheDescriptionSays() throws Exception {
        ByteBuffer bytes = ByteBuffer.allocate(200)
                .putInt(3)
                .put("box".getBytes(StandardCharsets.UTF_8))
                .putInt(3)
                .putInt(3)
                .put("dog".getBytes(StandardCharsets.UTF_8))
                .putDouble(0.5)
                .putInt(0)
                .putDouble(1)
                .putDouble(2)
                .putDouble(3)
                .putDouble(4)
                .flip();
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(bytes);

        assertEquals(
                "sha256:" + HexFormat.of().formatHex(digest.digest()),
                LabelsDigest.of(List.of(new Annotation.Box(DOG, new Rect(1, 2, 3, 4)))));
    }

    @Test
    void of_labelsThatDifferInOneThing_differs() {
        Ring ring = new Ring(List.of(new Point(0, 0), new Point(4, 0), new Point(4, 4)));
        Ring other = new Ring(List.of(new Point(0, 0), new Point(4, 0), new Point(4, Math.nextUp(4.0))));
        ImageSize size = new ImageSize(2, 2);
        List<List<Annotation>> answers = List.of(
                List.of(),
                List.of(new Annotation.Classification(DOG)),
                List.of(new Annotation.Classification(new Candidate(4, "dog", 0.5))),
                List.of(new Annotation.Classification(new Candidate(3, "cat", 0.5))),
                List.of(new Annotation.Classification(new Candidate(3, "dog", Math.nextUp(0.5)))),
                List.of(new Annotation.Classification(new Candidate(3, "dog", 0.5, Map.of("text", "a")))),
                List.of(new Annotation.Classification(DOG), new Annotation.Classification(DOG)),
                List.of(new Annotation.Box(DOG, new Rect(1, 2, 3, 4))),
                List.of(new Annotation.Box(DOG, new Rect(1, 2, 4, 3))),
                List.of(new Annotation.RotatedBox(DOG, new RotatedRect(1, 2, 3, 4, 0))),
                List.of(new Annotation.RotatedBox(DOG, new RotatedRect(1, 2, 3, 4, 30))),
                List.of(new Annotation.Polyline(DOG, ring.points())),
                List.of(new Annotation.Polygon(DOG, List.of(new PolygonPart(ring, List.of())))),
                List.of(new Annotation.Polygon(DOG, List.of(new PolygonPart(other, List.of())))),
                List.of(new Annotation.Mask(DOG, new RunLengths(size, new int[] {1, 1, 2}))),
                List.of(new Annotation.Mask(DOG, new RunLengths(size, new int[] {1, 2, 1}))),
                List.of(new Annotation.Keypoints(
                        DOG, List.of(new Keypoint("nose", new Point(1, 1), Keypoint.Visibility.VISIBLE, 0.5)))),
                List.of(new Annotation.Keypoints(
                        DOG, List.of(new Keypoint("nose", new Point(1, 1), Keypoint.Visibility.OCCLUDED, 0.5)))));

        Set<String> digests = new HashSet<>();
        answers.forEach(labels -> assertTrue(digests.add(LabelsDigest.of(labels)), labels::toString));
    }

    /// More than its buffer holds.
    @Test
    void of_manyLabels_countsTheLastOfThem() {
        List<Annotation> labels = IntStream.range(0, 1000)
                .<Annotation>mapToObj(i -> new Annotation.Box(new Candidate(i, "x", 0.5), new Rect(i, 0, 1, 1)))
                .toList();

        assertEquals(LabelsDigest.of(labels), LabelsDigest.of(List.copyOf(labels)));
        assertTrue(!LabelsDigest.of(labels).equals(LabelsDigest.of(labels.subList(0, 999))));
    }
}
