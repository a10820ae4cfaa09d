package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.registry.ModelRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every image is 64x48, and a cat with a score of 0.9 is found at 1,2 30x40.
final class EvaluateCommandTest {
    private static final JsonMapper JSON = new JsonMapper();

    private final FakeParts parts = new FakeParts();

    @TempDir
    Path folder = Path.of("");

    @BeforeEach
    void dataSet() throws IOException {
        images("a.jpg", "b.jpg", "c.jpg");
        coco("labels.json", "");
    }

    @Test
    void oneVersion_isToldInTables() throws IOException {
        CommandRun run = evaluate("coco");

        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        assertEquals("""
                coco@1 on DATA (coco): 3 images, 3 labels, compared by boxes

                Quality
                              coco@1
                AP 0.50:0.95  0.500
                AP 0.50       0.500
                AP 0.75       0.500
                AR 0.50:0.95  0.500
                precision     0.333
                recall        0.500
                F1            0.400
                mean IoU      1.000

                Of 100 labels
                             coco@1
                accepted     50.0
                adjusted     0.0
                relabeled    50.0
                drawn        0.0
                and deleted  50.0

                Classes, coco@1
                class  labels  AP     AP50   precision  recall  F1     IoU    threshold  best F1  at
                Cat    1       1.000  1.000  0.333      1.000   0.500  1.000  0.500      0.500    0.900
                dog    1       0.000  0.000  -          0.000   0.000  -      0.500      -        -

                Found as, coco@1
                label      Cat  dog  (nothing)
                Cat        1    .    .
                dog        1    .    .
                (nothing)  1    .    -

                1 label left out, coco@1 has no class for: cow 1
                """.replace("DATA", data().toString()), run.out());
    }

    @Test
    void everyImage_isAskedOfTheVersionThatTheAliasNamedFirst() throws IOException {
        evaluate("coco@production", "--max", "50");

        assertEquals(3, parts.jobs.size());
        for (PrelabelAccess.Job job : parts.jobs) {
            assertEquals(ModelRef.parse("coco@1"), job.model());
            assertEquals(Optional.of(0.001), job.labeling().threshold());
            assertEquals(50, job.labeling().max());
        }
    }

    @Test
    void twoVersions_areHeldAgainstEachOther() throws IOException {
        parts.finds = job -> job.model().equals(ModelRef.parse("coco@2"))
                ? found(job.assetId(), job.assetId().equals("a.jpg") ? "cat" : "dog")
                : FakeParts.oneCat(job.assetId());

        CommandRun run = evaluate("coco@2", "--against", "coco@1");

        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        List<String> lines = run.out().lines().toList();
        assertEquals("              coco@2  coco@1  difference", lines.get(3));
        assertEquals("precision     0.667   0.333   +0.333", lines.get(8));
        assertTrue(lines.contains("Classes, coco@1") && lines.contains("Classes, coco@2"), run.out());
        assertEquals(6, parts.jobs.size());
    }

    @Test
    void threeVersions_standSideBySideWithIntervals() throws IOException {
        String[] names = IntStream.range(0, 12).mapToObj(i -> "m" + i + ".jpg").toArray(String[]::new);
        images(names);
        StringBuilder all = new StringBuilder();
        StringBuilder labels = new StringBuilder();
        for (int i = 0; i < names.length; i++) {
            all.append(i > 0 ? ", " : "").append("{\"id\": %d, \"file_name\": \"%s\"}".formatted(i + 1, names[i]));
            labels.append(i > 0 ? ", " : "")
                    .append("{\"id\": %d, \"image_id\": %d, \"category_id\": 1, \"bbox\": [1, 2, 30, 40]}"
                            .formatted(i + 1, i + 1));
        }
        Files.writeString(
                data().resolve("labels.json"),
                "{\"images\": [" + all + "], \"categories\": [{\"id\": 1, \"name\": \"cat\"}], \"annotations\": ["
                        + labels + "]}");
        parts.finds = job -> {
            boolean misses = job.model().equals(ModelRef.parse("coco@1"))
                    && job.assetId().hashCode() % 2 == 0;
            return found(job.assetId(), misses ? "dog" : "cat");
        };
        Path out = folder.resolve("out");
        List<String> more = List.of("--against", "coco@1", "--against", "coco@3", "--out", out.toString());

        CommandRun run = evaluate("coco@2", more.toArray(String[]::new));
        JsonNode json = JSON.readTree(out.resolve("report.json").toFile());
        String page = Files.readString(out.resolve("report.html"));

        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        assertEquals(
                "              coco@2  coco@1  coco@3",
                run.out().lines().toList().get(3));
        assertTrue(run.out().contains("How sure, 95 %, coco@2\nclass  AP           AP50"), run.out());
        assertTrue(run.out().contains("all    1.000-1.000"), run.out());
        assertTrue(run.out().contains("coco@2's AP less coco@1's: +0.495 (95 %: +"), run.out());
        assertTrue(run.out().contains("coco@2's AP less coco@3's: +0.000 (95 %: +0.000 to +0.000)"), run.out());
        assertTrue(json.at("/versions/0/firstAbove").isMissingNode());
        assertTrue(json.at("/versions/1/firstAbove/interval/low").asDouble() > 0.1, json.toString());
        assertEquals(1, json.at("/versions/0/detection/intervals/ap/low").asDouble(), 1e-9);
        assertEquals(12, json.at("/versions/0/detection/confusions/0/count").asInt());
        assertEquals(12, json.at("/versions/0/detection/sizes/medium/labels").asInt());
        assertTrue(
                page.contains("<h2>Found as, coco@3</h2>") && page.contains("<h2>How sure, 95 %, coco@1</h2>"), page);
    }

    @Test
    void keypoints_areComparedByTheirJoints() throws IOException {
        Files.writeString(data().resolve("labels.json"), """
                {"images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}],
                 "categories": [{"id": 1, "name": "cat", "keypoints": ["nose", "tail"]}],
                 "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 40], "area": 1200,
                                  "keypoints": [3, 4, 2, 20, 30, 1], "num_keypoints": 2}]}""");
        parts.geometry = GeometryKind.KEYPOINTS;
        parts.finds = job -> {
            Prelabels one = FakeParts.oneCat(job.assetId());
            Annotation figure = new Annotation.Keypoints(
                    new Candidate(0, "cat", 0.9),
                    List.of(
                            new Keypoint("nose", new Point(3, 4), Keypoint.Visibility.VISIBLE, 0.9),
                            new Keypoint("tail", new Point(20, 31), Keypoint.Visibility.VISIBLE, 0.9)));
            return new Prelabels(one.asset(), one.provenance(), List.of(figure), List.of());
        };

        CommandRun run = evaluate("coco");

        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        assertTrue(run.out().contains("compared by joints"), run.out());
        assertTrue(run.out().contains("mean OKS      1.000"), run.out());
        assertTrue(run.out().contains("accepted     100.0"), run.out());
    }

    @Test
    void belowTheThreshold_isOnlyInAveragePrecision() throws IOException {
        parts.finds = job -> {
            Prelabels one = FakeParts.oneCat(job.assetId());
            Annotation unsure = new Annotation.Box(new Candidate(0, "cat", 0.2), new Rect(1, 2, 30, 40));
            return new Prelabels(one.asset(), one.provenance(), List.of(unsure), List.of());
        };

        JsonNode cat = evaluate("coco", "--json").json().at("/versions/0/detection/classes/0");

        assertEquals(1, cat.path("ap").asDouble(), 1e-9);
        assertEquals(0, cat.at("/shown/hits").asInt());
        assertEquals(0.2, cat.path("bestThreshold").asDouble());
        assertEquals(0.5, cat.path("threshold").asDouble());
    }

    @Test
    void imagesThatFail_areInNoFigureAndListed() throws IOException {
        Files.writeString(data().resolve("b.jpg"), "broken");
        coco("labels.json", """
                , {"id": 4, "image_id": 3, "category_id": 1, "bbox": [1, 2]}""");
        Path out = folder.resolve("out");

        CommandRun run = evaluate("coco", "--out", out.toString());

        assertEquals(ExitCode.SOME_FAILED, run.exitCode(), run.err());
        assertTrue(
                run.err().contains("failed: " + data().resolve("b.jpg") + ": IMAGE_UNDECODABLE: no image"), run.err());
        assertTrue(run.out().contains("2 images failed, left out"), run.out());
        JsonNode report = JSON.readTree(out.resolve("report.json").toFile());
        assertEquals(1, report.path("images").asInt());
        assertEquals("LABELS_UNREADABLE", report.at("/failed/1/reason").asText());
        List<String> failures = Files.readAllLines(out.resolve("failures.jsonl"));
        assertEquals(
                "c.jpg",
                Path.of(JSON.readTree(failures.get(1)).path("path").asText())
                        .getFileName()
                        .toString());
    }

    @Test
    void allImagesFailing_isAFailure() throws IOException {
        for (String name : List.of("a.jpg", "b.jpg", "c.jpg")) {
            Files.writeString(data().resolve(name), "broken");
        }

        assertEquals(ExitCode.FAILED, evaluate("coco").exitCode());
    }

    @Test
    void report_withOut_showsTheImagesThatNeedMostAndNothingFromElsewhere() throws IOException {
        Path out = folder.resolve("out");

        CommandRun run = evaluate("coco", "--out", out.toString(), "--against", "coco@1");

        String page = Files.readString(out.resolve("report.html"));
        assertTrue(run.out().endsWith("-> " + out.resolve("report.html") + "\n"), run.out());
        assertTrue(page.contains("<h3>b.jpg</h3>\n<p class=\"sub\">1 relabeled</p>"), page);
        assertFalse(page.contains("<h3>a.jpg</h3>"), "nothing is to be done there");
        assertEquals(2 * 3, page.split("data:image/jpeg;base64,", -1).length - 1);
        assertFalse(page.contains("http"), "self-contained");
        assertFalse(Files.exists(out.resolve("failures.jsonl")));
    }

    @Test
    void map_ofNames_takesThePlaceOfTheirOwn() throws IOException {
        CommandRun run = evaluate("coco", "--map", "cow=cat", "--json");

        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        JsonNode classes = run.json().at("/versions/0/detection/classes");
        assertEquals("cow", classes.path(1).path("name").asText(), classes.toString());
        assertEquals(1, classes.path(1).at("/shown/hits").asInt());
    }

    @Test
    void wrongUsage_isTold() throws IOException {
        assertRefused(ExitCode.USAGE, "--map: cow (expected: CLASS_OF_DATASET=CLASS_OF_MODEL)", "--map", "cow");
        assertRefused(ExitCode.USAGE, "--map: hen (expected: one of the data set's classes)", "--map", "hen=cat");
        assertRefused(ExitCode.USAGE, "--format: coko (did you mean coco?)", "--format", "coko");
        assertRefused(ExitCode.USAGE, "--compare: edges (expected: boxes, shapes or joints)", "--compare", "edges");
        assertRefused(ExitCode.USAGE, "--jobs: 0 (expected: >= 1)", "--jobs", "0");
        assertRefused(ExitCode.USAGE, "--max: 0 (expected: >= 1)", "--max", "0");
        assertRefused(
                ExitCode.FAILED,
                data() + ": no data.yaml and no classes.txt (expected: one of them)",
                "--format",
                "yolo");
        assertEquals(List.of(), parts.jobs);
    }

    @Test
    void whatModelsFind_mustBeWhatIsLabeled() throws IOException {
        parts.geometry = GeometryKind.POLYLINE;
        assertRefused(
                ExitCode.FAILED,
                "coco@1: finds polyline, which are not evaluated (expected: boxes, outlines, keypoints or"
                        + " classifications)");
        parts.geometry = GeometryKind.KEYPOINTS;
        assertRefused(ExitCode.FAILED, "labels: [box] (expected: keypoints, which is what coco@1 finds)");
        parts.geometry = GeometryKind.CLASSIFICATION;
        assertRefused(ExitCode.FAILED, "labels: [box] (expected: a class for each image, which is what coco@1 finds)");
    }

    @Test
    void noCommonClass_isToldWithBothLists() throws IOException {
        Path other = folder.resolve("other");
        Files.createDirectories(other.resolve("images"));
        Files.writeString(other.resolve("images/a.jpg"), "image");
        Files.writeString(other.resolve("classes.txt"), "hen\npig\n");

        CommandRun run = CommandRun.of(parts, "models", "evaluate", "coco", other.toString());

        assertEquals(ExitCode.FAILED, run.exitCode());
        assertTrue(run.err().contains("no class of " + other + " is one of coco@1: [hen, pig] and "), run.err());
    }

    @Test
    void classifications_areCounted() throws IOException {
        parts.geometry = GeometryKind.CLASSIFICATION;
        parts.finds = job -> {
            Prelabels one = FakeParts.oneCat(job.assetId());
            return new Prelabels(
                    one.asset(),
                    one.provenance(),
                    List.of(new Annotation.Classification(new Candidate(0, "cat", 0.9))),
                    List.of());
        };
        Path pets = folder.resolve("pets");
        for (String name : List.of("cat/a.jpg", "cat/b.jpg", "dog/c.jpg")) {
            Files.createDirectories(pets.resolve(name).resolveSibling("."));
            Files.writeString(pets.resolve(name), "image");
        }

        CommandRun run = CommandRun.of(parts, "models", "evaluate", "coco", pets.toString());

        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        assertTrue(run.out().contains("accuracy  0.667"), run.out());
        assertTrue(run.out().contains("dog    1       cat"), run.out());
    }

    @Test
    void labelFileAndImages_canBeNamed() throws IOException {
        Path labels = folder.resolve("elsewhere/annotations");
        Files.createDirectories(labels);
        Files.move(data().resolve("labels.json"), labels.resolve("instances_val.json"));
        String file = labels.resolve("instances_val.json").toString();

        CommandRun missing = CommandRun.of(parts, "models", "evaluate", "coco", file);
        CommandRun run = CommandRun.of(parts, "models", "evaluate", "coco", file, "--images", data().toString());

        assertEquals(ExitCode.FAILED, missing.exitCode());
        assertTrue(missing.err().contains("failed: a.jpg: IMAGE_MISSING: no such file"), missing.err());
        assertEquals(ExitCode.OK, run.exitCode(), run.err());
    }

    private void assertRefused(int exitCode, String message, String... more) {
        CommandRun run = evaluate("coco", more);
        assertEquals(exitCode, run.exitCode(), run.err());
        assertTrue(run.err().contains("firstpass models evaluate: " + message + "\n"), run.err());
    }

    private static Prelabels found(String assetId, String label) {
        Prelabels one = FakeParts.oneCat(assetId);
        return new Prelabels(
                one.asset(),
                one.provenance(),
                List.of(new Annotation.Box(new Candidate(0, label, 0.9), new Rect(1, 2, 30, 40))),
                List.of());
    }

    private CommandRun evaluate(String ref, String... more) {
        List<String> arguments = new ArrayList<>(List.of("models", "evaluate", ref, data().toString()));
        arguments.addAll(Arrays.asList(more));
        return CommandRun.of(parts, arguments.toArray(String[]::new));
    }

    private Path data() {
        return folder.resolve("data");
    }

    private void images(String... names) throws IOException {
        Files.createDirectories(data());
        for (String name : names) {
            Files.writeString(data().resolve(name), "image");
        }
    }

    /// A cat, a dog and a cow, one in each image, where the cat is found.
    private void coco(String file, String more) throws IOException {
        String images = List.of("a", "b", "c").stream()
                .map(name -> "{\"id\": %d, \"file_name\": \"%s.jpg\", \"width\": 64, \"height\": 48}"
                        .formatted(name.charAt(0) - 'a' + 1, name))
                .collect(Collectors.joining(", "));
        Files.writeString(data().resolve(file), """
                {"images": [%s], "categories": [{"id": 1, "name": "Cat"}, {"id": 2, "name": "dog"}, {"id": 3, "name": "cow"}],
                 "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 40]},
                  {"id": 2, "image_id": 2, "category_id": 2, "bbox": [1, 2, 30, 40]},
                  {"id": 3, "image_id": 3, "category_id": 3, "bbox": [1, 2, 30, 40]}%s]}""".formatted(images, more));
    }
}
