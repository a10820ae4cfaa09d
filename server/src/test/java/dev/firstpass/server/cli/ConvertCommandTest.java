package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConvertCommandTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String CATEGORIES = "\"categories\": [{\"id\": 1, \"name\": \"crop\"}]";

    private final FakeParts parts = new FakeParts();

    @TempDir
    Path folder = Path.of("");

    @BeforeEach
    void dataSet() throws IOException {
        Files.createDirectories(data());
        Files.writeString(data().resolve("a.jpg"), "image");
        Files.writeString(data().resolve("b.jpg"), "image");
        coco("\"width\": 64, \"height\": 48", "");
    }

    @Test
    void cocoToLabelboxAndBack_losesNothingAndSaysSo() throws IOException {
        Path there = folder.resolve("there");
        Path back = folder.resolve("back.json");

        CommandRun first = convert("--to", "labelbox", data().toString(), there.toString());
        CommandRun second =
                convert("--to", "coco", there.toString(), back.toString(), "--images", data().toString(), "--strict");

        assertEquals(ExitCode.OK, first.exitCode(), first.err());
        assertEquals(
                "2 labels of 2 images: coco -> labelbox: " + there.resolve("labels.ndjson")
                        + "\nAll of it is said as it was.\n",
                first.out());
        assertEquals(ExitCode.OK, second.exitCode(), second.err());
        assertEquals(
                "2 labels of 2 images: labelbox -> coco: " + back + "\nAll of it is said as it was.\n", second.out());
        JsonNode before = JSON.readTree(data().resolve("labels.json").toFile());
        JsonNode after = JSON.readTree(back.toFile());
        for (int i = 0; i < 2; i++) {
            assertEquals(
                    before.at("/annotations/" + i + "/bbox").toString(),
                    after.at("/annotations/" + i + "/bbox").toString());
            assertEquals(before.at("/images/" + i + "/file_name"), after.at("/images/" + i + "/file_name"));
        }
        assertEquals("[[4,5,9,5,9,15]]", after.at("/annotations/1/segmentation").toString());
        assertEquals(64, after.at("/images/0/width").asInt());
    }

    @Test
    void losses_areATableAndNoFailureUnlessStrict() throws IOException {
        coco("\"width\": 64, \"height\": 48", """
                , {"id": 3, "image_id": 2, "category_id": 1, "bbox": [1, 1, 14, 8],
                   "segmentation": [[1, 1, 9, 1, 9, 9], [11, 1, 15, 1, 15, 9]], "iscrowd": 1}
                , {"id": 4, "image_id": 9, "category_id": 1, "bbox": [1, 1, 14, 8]}""");
        Path out = folder.resolve("out.zip");

        CommandRun run = convert("--from", "coco", "--to", "labelbox", data().toString(), out.toString());
        CommandRun strict =
                convert("--from", "coco", "--to", "labelbox", data().toString(), out.toString(), "--strict");
        CommandRun json = convert("--json", "--to", "labelbox", data().toString(), out.toString());

        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        assertEquals("""
                3 labels of 2 images: coco -> labelbox: OUT
                converted  1  crowd-to-single
                converted  1  polygon-parts-to-lines
                noted      1  annotations of an image that is not in the file: left out
                """.replace("OUT", out.toString()), run.out());
        assertEquals(ExitCode.FAILED, strict.exitCode());
        assertEquals(run.out(), strict.out());
        assertEquals(1, json.json().at("/converted/crowd-to-single").asInt());
        assertEquals(0, json.json().path("leftOut").size());
        assertEquals(out.toString(), json.json().at("/written/0").asText());
        assertEquals(List.of("labels.ndjson"), List.copyOf(zip(out).keySet()));
        assertEquals(4, zip(out).getOrDefault("labels.ndjson", "").lines().count());
    }

    @Test
    void zip_ofTheSameLabels_isTheSameFile() throws IOException {
        Path one = folder.resolve("one.zip");
        Path two = folder.resolve("two.zip");
        convert("--to", "yolo", data().toString(), one.toString());
        convert("--to", "yolo", data().toString(), two.toString());

        assertEquals(-1, Files.mismatch(one, two));
        assertEquals(List.of("data.yaml", "labels/a.txt", "labels/b.txt"), List.copyOf(zip(one).keySet()));
    }

    @Test
    void sizes_thatLabelsDoNotSay_areThoseOfTheImagesUpright() throws IOException {
        coco("\"license\": 0", "");
        Path photos = folder.resolve("photos");
        Files.createDirectories(photos);
        ImageIO.write(
                new BufferedImage(32, 20, BufferedImage.TYPE_INT_RGB),
                "png",
                photos.resolve("a.jpg").toFile());
        Path out = folder.resolve("out.json");

        CommandRun run = CommandRun.of(
                new ServerParts(Optional.empty()),
                "convert",
                "--to",
                "coco",
                data().resolve("labels.json").toString(),
                out.toString(),
                "--images",
                photos.toString());

        assertEquals(ExitCode.SOME_FAILED, run.exitCode(), run.err());
        assertTrue(
                run.err()
                        .contains("failed: b.jpg: no such image, and its labels do not say how large it is (expected:"
                                + " --images DIR)\n"),
                run.err());
        assertTrue(run.out().contains("failed  1  images"), run.out());
        JsonNode images = JSON.readTree(out.toFile()).path("images");
        assertEquals(1, images.size());
        assertEquals(32, images.at("/0/width").asInt());
        assertEquals(20, images.at("/0/height").asInt());
    }

    @Test
    void imageThatIsNone_isToldAndNothingIsWrittenWhereAllAre() throws IOException {
        coco("\"license\": 0", "");
        Files.writeString(data().resolve("a.jpg"), "text");
        Files.delete(data().resolve("b.jpg"));
        Path out = folder.resolve("out");

        CommandRun run = CommandRun.of(
                new ServerParts(Optional.empty()), "convert", "--to", "coco", data().toString(), out.toString());

        assertEquals(ExitCode.FAILED, run.exitCode(), run.err());
        assertTrue(run.err().contains("failed: a.jpg: image: bytes of no known format"), run.err());
        assertFalse(Files.exists(out.resolve("labels.json")));
        assertEquals(List.of(), hidden(out));
    }

    @Test
    void out_withinTheDataSet_isNoPartOfIt() throws IOException {
        Path out = data().resolve("out");
        CommandRun first = convert("--to", "coco", data().toString(), out.toString());
        CommandRun second = convert("--to", "coco", data().toString(), out.toString());

        assertEquals(ExitCode.OK, first.exitCode(), first.err());
        assertEquals(ExitCode.OK, second.exitCode(), second.err());
        assertEquals(first.out(), second.out());
    }

    @Test
    void earlierDataSet_staysWhereTheRunFails() throws IOException {
        Path out = folder.resolve("out");
        convert("--to", "labelbox", data().toString(), out.toString());
        String before = Files.readString(out.resolve("labels.ndjson"));

        CommandRun run =
                convert("--to", "labelbox", data().toString(), out.toString(), "--format-option", "globalKey=one");

        assertEquals(ExitCode.USAGE, run.exitCode());
        assertTrue(run.err().contains("firstpass convert: --format-option: format option globalKey: one"), run.err());
        assertEquals(before, Files.readString(out.resolve("labels.ndjson")));
        assertEquals(List.of(), hidden(out));
    }

    @Test
    void wrongUsage_isTold() throws IOException {
        assertRefused(ExitCode.USAGE, "--from: coko (did you mean coco?)", "--from", "coko");
        assertRefused(
                ExitCode.FAILED,
                data() + ": no data.yaml and no classes.txt (expected: one of them)",
                "--from",
                "yolo");
        assertRefused(ExitCode.USAGE, "--format-option: format option x: unknown to coco", "--format-option", "x=1");
        Files.delete(data().resolve("labels.json"));
        assertRefused(ExitCode.FAILED, data() + ": no labels in a known format");
    }

    private void assertRefused(int exitCode, String message, String... more) {
        List<String> arguments = new ArrayList<>(
                List.of("--to", "coco", data().toString(), folder.resolve("out").toString()));
        arguments.addAll(Arrays.asList(more));
        CommandRun run = convert(arguments.toArray(String[]::new));
        assertEquals(exitCode, run.exitCode(), run.err());
        assertTrue(run.err().contains("firstpass convert: " + message), run.err());
        assertEquals("", run.out());
    }

    private CommandRun convert(String... arguments) {
        List<String> all = new ArrayList<>(List.of("convert"));
        all.addAll(Arrays.asList(arguments));
        return CommandRun.of(parts, all.toArray(String[]::new));
    }

    private Path data() {
        return folder.resolve("data");
    }

    /// A box in one image, and a polygon in the other.
    private void coco(String size, String more) throws IOException {
        Files.writeString(data().resolve("labels.json"), """
                {"images": [{%s, "id": 1, "file_name": "a.jpg"}, {%s, "id": 2, "file_name": "b.jpg"}], %s,
                 "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1,2,30.25,40]},
                  {"id": 2, "image_id": 2, "category_id": 1, "bbox": [4,5,5,10], "segmentation": [[4,5,9,5,9,15]]}%s]}""".formatted(size, size, CATEGORIES, more));
    }

    private static Map<String, String> zip(Path file) throws IOException {
        Map<String, String> entries = new TreeMap<>();
        try (ZipInputStream in = new ZipInputStream(Files.newInputStream(file))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                entries.put(entry.getName(), new String(in.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        return entries;
    }

    private static List<String> hidden(Path out) throws IOException {
        if (!Files.exists(out)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(out)) {
            return files.map(file -> Optional.ofNullable(file.getFileName())
                            .map(Path::toString)
                            .orElse(""))
                    .filter(name -> name.startsWith("."))
                    .toList();
        }
    }
}
