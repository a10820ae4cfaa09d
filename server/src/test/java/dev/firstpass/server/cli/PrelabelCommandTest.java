package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.annotation.GeometryKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PrelabelCommandTest {
    private final FakeParts parts = new FakeParts();

    @TempDir
    Path folder = Path.of("");

    @Test
    void folder_withoutRecursive_givesItsOwnImagesOnly() throws IOException {
        photos("b.jpg", "a.PNG", "notes.txt", ".hidden.jpg", "deeper/c.jpg");

        CommandRun run = prelabel();

        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        assertEquals(Set.of("a.PNG", "b.jpg"), new TreeSet<>(parts.labeled));
        assertEquals(List.of("a.json", "b.json"), written());
        assertEquals("2 photos labeled by coco@1 -> " + out() + "\n", run.out());
    }

    @Test
    void folder_recursive_keepsItsTree() throws IOException {
        photos("a.jpg", "deeper/with space/c.jpg", ".git/d.jpg");

        prelabel("--recursive");

        assertEquals(List.of("a.json", "deeper/with space/c.json"), written());
        assertEquals(
                "firstpass of deeper/with space/c.jpg", Files.readString(out().resolve("deeper/with space/c.json")));
    }

    @Test
    void project_givesWishesAndFormat_andOptionsStandAboveIt() throws IOException {
        photos("a.jpg");
        parts.projects.set("fields", """
                thresholds: {default: 0.4, cat: 0.6}
                max: 7
                geometry: polygon
                format: coco
                """);
        parts.projects.set("fields", "max: 9");

        CommandRun run = prelabel("--project", "fields@1", "--json");
        assertEquals("coco", run.json().path("format").asText());
        PrelabelAccess.Job first = parts.jobs.getFirst();
        assertEquals("fields@1", first.labeling().project());
        assertEquals(Map.of("cat", 0.6), first.labeling().thresholds());
        assertEquals(7, first.labeling().max());
        assertEquals(Optional.of(GeometryKind.POLYGON), first.labeling().geometry());

        parts.jobs.clear();
        prelabel("--project", "fields@1", "--format", "firstpass", "--threshold", "0.1", "--geometry", "native");
        PrelabelAccess.Job second = parts.jobs.getFirst();
        assertEquals(List.of("firstpass"), second.formats());
        assertEquals(Map.of(), second.labeling().thresholds());
        assertEquals(Optional.of(0.1), second.labeling().threshold());
        assertEquals(Optional.empty(), second.labeling().geometry());
        assertEquals(7, second.labeling().max());

        parts.jobs.clear();
        prelabel("--project", "fields");
        assertEquals("fields@2", parts.jobs.getFirst().labeling().project());
        assertEquals(List.of("firstpass"), parts.jobs.getFirst().formats());
        assertEquals(ExitCode.FAILED, prelabel("--project", "meadows").exitCode());
    }

    @Test
    void whatIsLeftOut_isCountedOverAllPhotos_whateverTheFormat() throws IOException {
        photos("a.jpg", "b.jpg");
        parts.dropped = Map.of("BELOW_THRESHOLD", 40, "LABEL_UNMAPPED", 3);

        CommandRun run = prelabel("--format", "coco", "--json");
        assertEquals(80, run.json().at("/dropped/BELOW_THRESHOLD").asInt());
        assertEquals(6, run.json().at("/dropped/LABEL_UNMAPPED").asInt());
        assertTrue(run.err().contains("left out: LABEL_UNMAPPED: 6\n"), run.err());
        assertFalse(run.err().contains("BELOW_THRESHOLD"), run.err());
    }

    @Test
    void sameStem_twice_keepsTheEndings() throws IOException {
        photos("a.jpg", "a.png", "b.jpg");

        prelabel();

        assertEquals(List.of("a.jpg.json", "a.png.json", "b.json"), written());
    }

    @Test
    void overlay_withOutInsideTheFolder_isNotLabeledNextTime() throws IOException {
        photos("a.jpg");
        String inside = folder.resolve("photos/labels").toString();

        for (int i = 0; i < 2; i++) {
            CommandRun.of(
                    parts, "prelabel", "coco", folder.resolve("photos").toString(), "-r", "--overlay", "--out", inside);
        }

        assertEquals(List.of("a.jpg", "a.jpg"), parts.labeled);
        assertEquals("overlay of cat", Files.readString(Path.of(inside, "a.overlay.png")));
    }

    @Test
    void someFailed_isCode3AndListsThem() throws IOException {
        photos("a.jpg", "c.jpg");
        Files.writeString(folder.resolve("photos/b.jpg"), "broken");

        CommandRun run = prelabel();

        assertEquals(ExitCode.SOME_FAILED, run.exitCode());
        assertEquals(List.of("a.json", "c.json", "failures.jsonl"), written());
        var line = new JsonMapper().readTree(Files.readString(out().resolve("failures.jsonl")));
        assertEquals("IMAGE_UNDECODABLE", line.path("reason").asText());
        assertTrue(line.path("path").asText().endsWith("b.jpg"));
        assertTrue(run.err().contains("b.jpg: IMAGE_UNDECODABLE: no image"), run.err());
    }

    @Test
    void failures_afterACleanRun_areGone() throws IOException {
        photos("a.jpg");
        Path broken = Files.writeString(folder.resolve("photos/b.jpg"), "broken");
        prelabel();
        Files.writeString(broken, "whole");

        CommandRun run = prelabel();

        assertEquals(ExitCode.OK, run.exitCode());
        assertFalse(Files.exists(out().resolve("failures.jsonl")));
    }

    @Test
    void dataSet_ofAFolder_isOneFileInTheOrderOfThePhotos() throws IOException {
        photos("c.jpg", "a.jpg", "deeper/d.jpg");
        Files.writeString(folder.resolve("photos/b.jpg"), "broken");

        CommandRun run = prelabel("--format", "coco", "--recursive", "--overlay");

        assertEquals(ExitCode.SOME_FAILED, run.exitCode(), run.err());
        assertEquals(
                List.of("a.overlay.png", "c.overlay.png", "deeper/d.overlay.png", "failures.jsonl", "labels.json"),
                written());
        assertEquals("3 photos labeled by coco@1, 1 failed -> " + out().resolve("labels.json") + "\n", run.out());
        var coco = new JsonMapper().readTree(Files.readString(out().resolve("labels.json")));
        assertEquals("a.jpg", coco.at("/images/0/file_name").asText());
        assertEquals("deeper/d.jpg", coco.at("/images/2/file_name").asText());
        assertEquals(3, coco.path("annotations").size());
        assertEquals(2, coco.at("/annotations/0/category_id").asInt(), "the class' own place");
    }

    @Test
    void dataSet_ofWhichAllFailed_leavesTheEarlierOne() throws IOException {
        photos("a.jpg");
        prelabel("--format", "coco");
        String earlier = Files.readString(out().resolve("labels.json"));
        Files.writeString(folder.resolve("photos/a.jpg"), "broken");

        assertEquals(ExitCode.FAILED, prelabel("--format", "coco").exitCode());
        assertEquals(earlier, Files.readString(out().resolve("labels.json")));
        assertEquals(List.of("failures.jsonl", "labels.json"), written());
    }

    @Test
    void dataSet_withAWrongOption_isUsageError() throws IOException {
        photos("a.jpg", "b.jpg");

        CommandRun unknown = prelabel("--format", "coco", "--format-option", "colour=red");
        CommandRun same = prelabel("--format", "coco", "--format-option", "file-name=x.jpg");

        assertEquals(ExitCode.USAGE, unknown.exitCode(), unknown.err());
        assertEquals(ExitCode.USAGE, same.exitCode(), same.err());
        assertEquals(List.of(), written());
    }

    @Test
    void allFailed_isCode1() throws IOException {
        photos();
        Files.writeString(folder.resolve("photos/b.jpg"), "broken");

        assertEquals(ExitCode.FAILED, prelabel().exitCode());
    }

    @Test
    void unknownModel_withManyPhotos_isSaidOnce() throws IOException {
        photos("a.jpg", "b.jpg", "c.jpg");

        CommandRun run = CommandRun.of(
                parts, "prelabel", "dogs", folder.resolve("photos").toString(), "--out", out().toString());

        assertEquals(ExitCode.FAILED, run.exitCode());
        assertEquals(
                1,
                run.err()
                        .lines()
                        .filter(line -> line.contains("MODEL_NOT_FOUND"))
                        .count(),
                run.err());
        assertFalse(Files.exists(out()));
    }

    @Test
    void emptyFolder_isFailureWithHint() throws IOException {
        photos();

        CommandRun run = prelabel();

        assertEquals(ExitCode.FAILED, run.exitCode());
        assertTrue(run.err().contains("--recursive looks deeper"), run.err());
    }

    @Test
    void outDash_withOnePhoto_printsLabelsAlone() throws IOException {
        photos("a.jpg");
        String photo = folder.resolve("photos/a.jpg").toString();

        CommandRun run = CommandRun.of(parts, "prelabel", "coco", photo, "--out", "-");

        assertEquals("firstpass of a.jpg", run.out());
        assertEquals(ExitCode.OK, run.exitCode());
    }

    @Test
    void outDash_withTwoPhotos_isUsageError() throws IOException {
        photos("a.jpg", "b.jpg");

        CommandRun run = CommandRun.of(
                parts, "prelabel", "coco", folder.resolve("photos").toString(), "--out", "-");

        assertEquals(ExitCode.USAGE, run.exitCode());
    }

    @Test
    void result_asJson_namesEveryFile() throws IOException {
        photos("a.jpg");
        Files.writeString(folder.resolve("photos/b.jpg"), "broken");

        CommandRun run = prelabel("--json");

        assertEquals(ExitCode.SOME_FAILED, run.exitCode());
        assertEquals("coco@1", run.json().path("model").asText());
        assertTrue(run.json().at("/written/0").asText().endsWith("a.json"));
        assertEquals("IMAGE_UNDECODABLE", run.json().at("/failed/0/reason").asText());
    }

    private CommandRun prelabel(String... more) {
        List<String> arguments = new java.util.ArrayList<>(
                List.of("prelabel", "coco", folder.resolve("photos").toString(), "--out", out().toString()));
        arguments.addAll(List.of(more));
        return CommandRun.of(parts, arguments.toArray(String[]::new));
    }

    private Path out() {
        return folder.resolve("out");
    }

    private void photos(String... names) throws IOException {
        Files.createDirectories(folder.resolve("photos"));
        for (String name : names) {
            Path photo = folder.resolve("photos").resolve(name);
            Files.createDirectories(photo.getParent());
            Files.writeString(photo, "image");
        }
    }

    private List<String> written() throws IOException {
        try (var files = Files.walk(out())) {
            return files.filter(Files::isRegularFile)
                    .map(file -> out().relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }
}
