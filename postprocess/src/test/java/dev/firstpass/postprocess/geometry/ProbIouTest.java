package dev.firstpass.postprocess.geometry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

/// The file of answers comes from a run of Ultralytics: `src/test/exports/rotated_nms.py`.
final class ProbIouTest {
    private static final RotatedRect BOX = new RotatedRect(10, 10, 20, 10, Math.toDegrees(0.3));

    @Test
    void of_knownBoxes_isAsUltralyticsHasIt() {
        assertEquals(0.99955, ProbIou.of(BOX, BOX), 1e-5);
        RotatedRect flat = new RotatedRect(10, 10, 20, 10, 0);
        assertEquals(0.70085, ProbIou.of(flat, new RotatedRect(15, 10, 20, 10, 0)), 1e-5);
        assertEquals(0.55279, ProbIou.of(flat, new RotatedRect(10, 10, 20, 10, 90)), 1e-5);
    }

    @Test
    void of_boxesOfAReferenceRun_isTheSame() throws IOException {
        Answers answers = Answers.read();
        for (int i = 0; i < answers.ious.length; i++) {
            for (int j = 0; j < answers.ious[i].length; j++) {
                assertEquals(
                        answers.ious[i][j],
                        ProbIou.of(
                                answers.boxes.get(i).box(), answers.boxes.get(j).box()),
                        1e-9);
            }
        }
    }

    @Test
    void keepRotatedFast_boxesOfAReferenceRun_keepsTheSame() throws IOException {
        Answers answers = Answers.read();
        List<Integer> kept = Nms.keepRotatedFast(answers.boxes, 0.45, 1000).stream()
                .map(Nms.Rotated::index)
                .toList();
        assertEquals(answers.kept, kept);
        assertTrue(kept.size() >= 20);
        assertTrue(Nms.keepRotated(answers.boxes, 0.45, 1000).size() > kept.size());
    }

    @Test
    void regularized_boxesOfAReferenceRun_areTheSame() throws IOException {
        Answers answers = Answers.read();
        for (int i = 0; i < answers.regularized.size(); i++) {
            RotatedRect expected = answers.regularized.get(i);
            RotatedRect actual = answers.boxes.get(i).box().regularized();
            assertEquals(expected.width(), actual.width(), 1e-9);
            assertEquals(expected.height(), actual.height(), 1e-9);
            assertEquals(expected.angle(), actual.angle(), 1e-9);
        }
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void regularized_anyBox_isTheSameRectangle(
            @ForAll @DoubleRange(min = -1000, max = 1000) double angle,
            @ForAll @DoubleRange(min = 1, max = 90) double width) {
        RotatedRect given = new RotatedRect(5, 6, width, 40, angle);
        RotatedRect regularized = given.regularized();
        RotatedRect longer = given.alongLongerSide();
        assertTrue(regularized.angle() >= 0 && regularized.angle() < 90);
        assertTrue(longer.angle() >= 0 && longer.angle() < 180);
        assertTrue(longer.width() >= longer.height());
        for (RotatedRect other : List.of(regularized, longer)) {
            for (Point corner : other.corners()) {
                assertTrue(given.corners().stream()
                        .anyMatch(same -> Math.hypot(same.x() - corner.x(), same.y() - corner.y()) < 1e-6));
            }
            assertEquals(ProbIou.of(given, BOX), ProbIou.of(other, BOX), 1e-7);
        }
    }

    /// @param ious of the first boxes with each other
    /// @param kept indices by fast suppression at 0.45, best first
    private record Answers(
            List<Nms.Rotated> boxes, double[][] ious, List<Integer> kept, List<RotatedRect> regularized) {
        static Answers read() throws IOException {
            try (InputStream in =
                    Objects.requireNonNull(ProbIouTest.class.getResourceAsStream("/geometry/rotated-nms.txt"))) {
                List<String> lines = new String(in.readAllBytes(), UTF_8)
                        .lines()
                        .filter(line -> !line.startsWith("#"))
                        .toList();
                int count = Integer.parseInt(lines.getFirst());
                int withIous = Integer.parseInt(lines.get(1));
                List<Nms.Rotated> boxes = IntStream.range(0, count)
                        .mapToObj(i -> {
                            double[] at = numbers(lines.get(2 + i));
                            return new Nms.Rotated(box(at), at[5], 0, i);
                        })
                        .toList();
                double[][] ious = IntStream.range(0, withIous)
                        .mapToObj(i -> numbers(lines.get(2 + count + i)))
                        .toArray(double[][]::new);
                List<Integer> kept = Arrays.stream(numbers(lines.get(2 + count + withIous)))
                        .mapToObj(value -> (int) value)
                        .toList();
                List<RotatedRect> regularized = lines.subList(3 + count + withIous, 3 + 2 * count + withIous).stream()
                        .map(line -> box(numbers(line)))
                        .toList();
                return new Answers(boxes, ious, kept, regularized);
            }
        }

        private static RotatedRect box(double[] at) {
            return new RotatedRect(at[0], at[1], at[2], at[3], Math.toDegrees(at[4]));
        }

        private static double[] numbers(String line) {
            return Arrays.stream(line.split(" "))
                    .mapToDouble(Double::parseDouble)
                    .toArray();
        }
    }
}
