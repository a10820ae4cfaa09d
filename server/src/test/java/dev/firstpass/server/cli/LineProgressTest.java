package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class LineProgressTest {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private Instant now = Instant.EPOCH;
    private final Progress progress =
            new LineProgress(new PrintStream(written, true, StandardCharsets.UTF_8), () -> now);

    @Test
    void longWork_tellsEveryFiveSeconds() {
        try (Progress.Task task = progress.begin("Fetching coco", 20_000_000, Progress.Unit.BYTES)) {
            for (int second = 0; second < 12; second++) {
                now = now.plusSeconds(1);
                task.advance(1_000_000);
            }
        }

        assertEquals("""
                Fetching coco ...
                Fetching coco: 5.0 MB of 20.0 MB
                Fetching coco: 10.0 MB of 20.0 MB
                Fetching coco: 12.0 MB in 12.0 s
                """, written.toString(StandardCharsets.UTF_8));
    }

    @Test
    void workOfUnknownAmount_endsDone() {
        try (Progress.Task task = progress.begin("Starting", Progress.UNKNOWN, Progress.Unit.STEPS)) {
            task.advance(1);
            now = now.plusSeconds(2);
        }

        assertEquals("Starting ...\nStarting: done in 2.0 s\n", written.toString(StandardCharsets.UTF_8));
    }

    @Test
    void workThatFailed_isNotSaidToBeDone() {
        Progress.Task task = progress.begin("Starting", Progress.UNKNOWN, Progress.Unit.STEPS);

        assertThrows(
                IllegalStateException.class,
                () -> Progress.during(task, () -> {
                    now = now.plusSeconds(2);
                    throw new IllegalStateException("the port is in use");
                }));

        assertEquals("Starting ...\n", written.toString(StandardCharsets.UTF_8));
    }

    @Test
    void steps_whoseNumberSaysNothing_endDone() {
        try (Progress.Task task = progress.begin("Converting coco", 345, Progress.Unit.STEPS)) {
            task.advance(345);
            now = now.plusSeconds(1);
        }

        assertEquals("Converting coco ...\nConverting coco: done in 1.0 s\n", written.toString(StandardCharsets.UTF_8));
    }

    @Test
    void photos_underWay_areCountedOnce() {
        try (Progress.Task task = progress.begin("Labeling", 18, Progress.Unit.PHOTOS)) {
            now = now.plusSeconds(6);
            task.advance(6);
        }

        assertEquals(
                "Labeling ...\nLabeling: 6 of 18 photos\nLabeling: 6 photos in 6.0 s\n",
                written.toString(StandardCharsets.UTF_8));
    }

    @Test
    void shortWork_leavesOneLine() {
        try (Progress.Task task = progress.begin("Labeling", 2, Progress.Unit.PHOTOS)) {
            task.advance(2);
        }

        assertEquals("Labeling ...\n", written.toString(StandardCharsets.UTF_8));
    }
}
