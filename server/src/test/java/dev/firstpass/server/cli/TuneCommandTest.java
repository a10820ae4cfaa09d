package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.tuning.StageTuning;
import dev.firstpass.server.tuning.TuningPoint;
import dev.firstpass.server.tuning.TuningReport;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TuneCommandTest {
    private static final TuningPoint QUICK = new TuningPoint(1, 2, 1, 81.25, 12.3, 15, 20.5, 300);
    private static final TuningPoint MUCH = new TuningPoint(2, 1, 4, 104.4, 76.1, 90, 18.9, 120);
    private static final TuningReport REPORT = new TuningReport(
            "coco@1",
            "cpu",
            2,
            0.4,
            List.of(new StageTuning(
                    "main",
                    "1x3x300x300",
                    List.of(QUICK, MUCH),
                    List.of("8 rows in a run: the model <fails> on them"),
                    QUICK,
                    MUCH)));

    @TempDir
    Path temp = Path.of("");

    @Test
    void tune_modelWithoutFilesHere_saysSo() {
        FakeParts parts = new FakeParts();
        parts.versions.put("coco", 1L);
        CommandRun run = CommandRun.of(parts, "tune", "coco", "--data", temp.toString());

        assertEquals(ExitCode.FAILED, run.exitCode());
        assertTrue(run.err().contains("firstpass tune: coco@1: its files are not in " + temp), run.err());
        assertEquals("", run.out());
    }

    @Test
    void tune_unknownModel_saysSo() {
        CommandRun run = CommandRun.of(new FakeParts(), "tune", "absent", "--data", temp.toString());

        assertEquals(ExitCode.FAILED, run.exitCode());
        assertEquals("firstpass tune: absent: no such model\n", run.err());
    }

    @Test
    void text_hasTheTableTheBestAndWhatToWrite() {
        List<String> lines = TuningText.of(REPORT);
        String text = lines.stream().collect(Collectors.joining("\n"));
        assertEquals("coco@1 on cpu, 2 cores; load before: 0.4", lines.getFirst());
        assertTrue(text.contains("SESSIONS  THREADS  BATCH  IMAGES/S  P50 MS  P95 MS  CPU MS/IMAGE  RUNS"), text);
        assertTrue(text.contains("1         2        1      81.3      12.3    15.0    20.5          300"), text);
        assertTrue(text.contains("Quickest: 1 session x 2 threads, 1 row in a run: 12.3 ms, 81.3 images/s"), text);
        assertTrue(
                text.contains("Most per second: 2 sessions x 1 thread, 4 rows in a run: 76.1 ms, 104 images/s"), text);
        assertTrue(text.contains("    engine-sessions: 2\n    engine-threads: 1"), text);
        assertTrue(text.contains("batching: {max: 4}"), text);
    }

    @Test
    void page_isWholeAndEscaped() {
        String page = TuningPage.of(REPORT);
        assertTrue(page.startsWith("<!doctype html>"), page);
        assertTrue(page.contains("<svg "), page);
        assertEquals(2, page.split("<polyline", -1).length - 1, "a line for each way");
        assertTrue(page.contains("the model &lt;fails&gt; on them"), page);
        assertFalse(page.contains("<script"), page);
        assertFalse(page.contains("NaN"), page);
    }
}
