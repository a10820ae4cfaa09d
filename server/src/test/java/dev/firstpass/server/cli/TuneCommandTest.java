package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.manifest.ManifestWriter;
import dev.firstpass.registry.store.StoredVersion;
import dev.firstpass.server.runtime.fake.Versions;
import dev.firstpass.server.tuning.StageTuning;
import dev.firstpass.server.tuning.TuningPoint;
import dev.firstpass.server.tuning.TuningReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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

    private static Manifest manifest() {
        Manifest manifest = Versions.of("coco", 1).manifest();
        return new Manifest(
                manifest.spec(),
                manifest.stageFiles(),
                List.of(new Manifest.BundleFile("main.onnx", "ab".repeat(32), 1)));
    }

    /// Puts the manifest of a version where a registry has it.
    ///
    /// @return its digest
    private String store(Manifest manifest) throws IOException {
        byte[] canonical = ManifestWriter.canonical(manifest);
        String digest = ManifestWriter.digest(canonical);
        Path artifact = temp.resolve("artifacts").resolve(digest.substring("sha256:".length()));
        Files.createDirectories(artifact.resolve("files"));
        Files.write(artifact.resolve("manifest.json"), canonical);
        return digest;
    }

    @Test
    void tune_modelWithFilesHere_printsAndWritesThePage() throws IOException {
        FakeParts parts = new FakeParts();
        parts.versions.put("coco", 1L);
        parts.digest = store(manifest());
        parts.tuning = Optional.of(REPORT);
        Path page = temp.resolve("out/coco.html");
        CommandRun run = CommandRun.of(
                parts, "tune", "coco", "--seconds", "5", "--data", temp.toString(), "--out", page.toString());

        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        assertTrue(run.out().endsWith("-> " + page + "\n"), run.out());
        assertTrue(run.err().contains("Tuning coco@1"), run.err());
        assertEquals(TuningPage.of(REPORT), Files.readString(page));
        CommandRun json = CommandRun.of(parts, "tune", "coco", "--data", temp.toString(), "--json");
        assertEquals(
                104.4, json.json().at("/stages/0/throughput/imagesPerSecond").doubleValue());
    }

    @Test
    void storedVersion_withAnotherManifest_isNotFound() throws IOException {
        ModelRef.Numbered ref = Versions.of("coco", 1).ref();
        String digest = store(manifest());
        assertEquals(
                Optional.of(manifest()), StoredVersion.find(temp, ref, digest).map(ModelVersion::manifest));
        Path manifest = temp.resolve("artifacts")
                .resolve(digest.substring("sha256:".length()))
                .resolve("manifest.json");
        Files.writeString(manifest, Files.readString(manifest) + " ");
        assertEquals(Optional.empty(), StoredVersion.find(temp, ref, digest));
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
