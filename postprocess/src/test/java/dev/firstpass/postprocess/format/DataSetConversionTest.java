package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetFiles;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.LabeledImage;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataSetConversionTest {
    private static final ImageSize SIZE = new ImageSize(640, 480);

    /// Of the big data set.
    private static final int LABELS = Boolean.getBoolean("firstpass.long") ? 1_000_000 : 10_000;

    private static final int LABELS_PER_IMAGE = 10;

    /// Boxes and polygons of 20 images, some with scores and attributes.
    private static String coco(long seed) {
        Random random = new Random(seed);
        StringBuilder images = new StringBuilder();
        StringBuilder annotations = new StringBuilder();
        for (int image = 1; image <= 20; image++) {
            images.append(image > 1 ? ", " : "")
                    .append("{\"id\": %d, \"file_name\": \"field/%d.jpg\", \"width\": 640, \"height\": 480}"
                            .formatted(image, image));
            for (int i = 0; i < 1 + random.nextInt(9); i++) {
                annotations.append(annotations.isEmpty() ? "" : ",\n").append(annotation(random, image, annotations));
            }
        }
        return "{\"images\": [" + images + "], \"annotations\": [" + annotations
                + "],\n\"categories\": [{\"id\": 3, \"name\": \"crop\"}, {\"id\": 8, \"name\": \"weed\"}]}";
    }

    private static String annotation(Random random, int image, StringBuilder before) {
        int x = random.nextInt(60_000);
        int y = random.nextInt(44_000);
        int width = 100 + random.nextInt(3_900);
        int height = 100 + random.nextInt(3_900);
        String outline = random.nextBoolean()
                ? "[]"
                : "[[%s, %s, %s, %s, %s, %s]]"
                        .formatted(
                                pixels(x),
                                pixels(y),
                                pixels(x + width),
                                pixels(y),
                                pixels(x + width),
                                pixels(y + height));
        return """
                {"id": %d, "image_id": %d, "category_id": %d, "bbox": [%s, %s, %s, %s], "iscrowd": 0, "segmentation": %s%s%s}""".formatted(
                        before.length() + 1,
                        image,
                        random.nextBoolean() ? 3 : 8,
                        pixels(x),
                        pixels(y),
                        pixels(width),
                        pixels(height),
                        outline,
                        random.nextBoolean() ? ", \"score\": " + random.nextInt(1_000_000) / 1e6 : "",
                        random.nextBoolean() ? "" : ", \"attributes\": {\"note\": \"a \\\"b\\\"\", \"n\": \"7\"}");
    }

    private static String pixels(int hundredths) {
        return BigDecimal.valueOf(hundredths, 2).toString();
    }

    @Test
    void boxesAndPolygons_fromCocoToLabelboxAndBack_areTheSameWithoutLoss() throws IOException {
        for (int seed = 0; seed < 8; seed++) {
            LabeledDataSet before = open("coco", new FilesInMemory().with("labels.json", coco(seed)));
            Converted there = convert(before, "labelbox");
            LabeledDataSet between = open("labelbox", there.files);
            Converted back = convert(between, "coco");

            assertTrue(there.result.isWithoutLoss(), there.result.toString());
            assertTrue(back.result.isWithoutLoss(), back.result.toString());
            assertEquals(there.result.labels(), back.result.labels());
            assertTrue(there.result.labels() > 50, there.result.toString());
            assertEquals(content(before), content(open("coco", back.files)));
        }
    }

    @Test
    void ids_ofTheSameLabels_areTheSameAndEachItsOwn() throws IOException {
        LabeledDataSet data = open("coco", new FilesInMemory().with("labels.json", coco(1)));
        List<String> first = ids(convert(data, "labelbox").text("labels.ndjson"));
        List<String> second = ids(convert(data, "labelbox").text("labels.ndjson"));

        assertEquals(first, second);
        assertEquals(first.size(), new HashSet<>(first).size());
        assertTrue(first.getFirst().matches("[0-9a-f-]{14}5[0-9a-f-]{21}"), first.getFirst());
    }

    private static List<String> ids(String ndjson) {
        List<String> ids = new ArrayList<>();
        for (JsonNode line : JsonValues.all(ndjson.getBytes(StandardCharsets.UTF_8))) {
            ids.add(line.path("uuid").asText());
        }
        return ids;
    }

    @Test
    void whatIsLost_isCountedByName() throws IOException {
        LabeledDataSet data = open("coco", new FilesInMemory().with("labels.json", """
                {"images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48},
                            {"id": 2, "file_name": "nothing.jpg", "width": 64, "height": 48}],
                 "categories": [{"id": 1, "name": "crop"}, {"id": 2, "name": "weed"}, {"id": 3, "name": "rye"}],
                 "annotations": [
                   {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 64, 48], "iscrowd": 1,
                    "segmentation": {"size": [48, 64], "counts": [0, 3072]}},
                   {"id": 2, "image_id": 1, "category_id": 1, "bbox": [0, 0, 64, 48], "segmentation": [[1, 1, 9, 1, 9, 9]]},
                   {"id": 3, "image_id": 1, "category_id": 1, "bbox": [1, 1, 14, 8.4], "iscrowd": 0,
                    "segmentation": [[1, 1, 9, 1, 9, 9], [11, 1, 15, 1, 15, 9]]},
                   {"id": 4, "image_id": 7, "category_id": 1, "bbox": [1, 1, 8, 8]}]}"""));

        DataSetConversion.Result result = convert(data, "labelbox").result;

        assertEquals(
                Map.of("crowd-to-single", 1L, "box-beside-outline-left-out", 1L, "polygon-parts-to-lines", 1L),
                result.converted());
        assertEquals(Map.of("image-without-labels", 1L, "class-without-labels", 2L), result.leftOut());
        assertEquals(Map.of("annotations of an image that is not in the file: left out", 1L), result.notes());
        assertEquals(2, result.images());
        assertEquals(3, result.labels());
        assertFalse(result.isWithoutLoss());
        assertEquals(Map.of(), convert(data, "coco").result.leftOut(), "lists images and classes");
        assertEquals(
                Map.of("class-without-labels", 2L),
                convert(data, "firstpass").result.leftOut());
    }

    @Test
    void figures_keepTheirOwnBox() throws IOException {
        String joints = """
                {"images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}],
                 "categories": [{"id": 1, "name": "person", "keypoints": ["nose", "tail"]}],
                 "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [2, 3, 40, 30],
                                  "keypoints": [10, 10, 2, 30, 20, 1], "num_keypoints": 2}]}""";
        Converted once = convert(open("coco", new FilesInMemory().with("labels.json", joints)), "coco");
        LabeledDataSet read = open("coco", once.files);
        TrueLabel label =
                read.labels(read.images().getFirst(), new ImageSize(64, 48)).getFirst();

        assertTrue(once.result.isWithoutLoss(), once.result.toString());
        assertEquals(Optional.of(new Rect(2, 3, 40, 30)), label.box());
        assertEquals(
                List.of(
                        new Keypoint("nose", new Point(10, 10), Keypoint.Visibility.VISIBLE, 1),
                        new Keypoint("tail", new Point(30, 20), Keypoint.Visibility.OCCLUDED, 1)),
                ((Annotation.Keypoints) label.annotation()).points());
    }

    @Test
    void images_whoseLabelsOrSizeAreNotKnown_areToldAndTheRestIsThere() throws IOException {
        LabeledDataSet data = open("coco", new FilesInMemory().with("labels.json", """
                {"images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}, {"id": 2, "file_name": "b.jpg"},
                            {"id": 3, "file_name": "c.jpg", "width": 64, "height": 48}],
                 "categories": [{"id": 1, "name": "crop"}],
                 "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, -3, 4]},
                                 {"id": 2, "image_id": 3, "category_id": 1, "bbox": [1, 2, 3, 4]}]}"""));
        List<String> asked = new ArrayList<>();
        DataSetConversion conversion =
                new DataSetConversion(data, LabelFormats.byId("coco").orElseThrow(), Map.of(), image -> {
                    asked.add(image.name());
                    throw new DataSetException("no such image");
                });
        Sink sink = new Sink();
        List<String> done = new ArrayList<>();
        DataSetConversion.Result result = conversion.run(() -> Instant.EPOCH, sink, () -> done.add("image"));

        assertEquals(List.of("b.jpg"), asked);
        assertEquals(3, done.size());
        assertEquals(2, result.failedImages());
        assertEquals(
                new DataSetConversion.Failed("b.jpg", "no such image"),
                result.failed().get(1));
        assertTrue(result.failed().getFirst().detail().contains("annotation 1: rect: -3.0x4.0"), result.toString());
        LabeledDataSet read = open("coco", sink.files());
        assertEquals(
                List.of("c.jpg"), read.images().stream().map(LabeledImage::name).toList());
    }

    @Test
    void formatsOfAFileForEachImage_haveThemNamedAfterTheirImages() throws IOException {
        LabeledDataSet data = open("coco", new FilesInMemory().with("labels.json", """
                {"images": [{"id": 1, "file_name": "f/a.jpg", "width": 64, "height": 48},
                            {"id": 2, "file_name": "f/A.png", "width": 64, "height": 48}],
                 "categories": [{"id": 1, "name": "crop"}],
                 "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]},
                                 {"id": 2, "image_id": 2, "category_id": 1, "bbox": [2, 2, 3, 4]}]}"""));

        Converted firstpass = convert(data, "firstpass");
        Converted voc = convert(data, "voc");

        assertEquals(Set.of("f/a.json", "f/A-2.json"), firstpass.entries.keySet());
        assertEquals(Map.of("file-name-taken", 1L), firstpass.result.converted());
        assertEquals(Set.of("Annotations/f/a.xml", "Annotations/f/A-2.xml"), voc.entries.keySet());
        assertEquals(Map.of("file-name-taken", 1L), voc.result.converted());
        assertEquals(content(data), content(open("firstpass", firstpass.files)));
        assertFalse(firstpass.text("f/a.json").contains("digest"), "nobody knows the image's bytes");
    }

    @Test
    void yolo_ofImagesInTheirFolder_hasTextsBesideIt() throws IOException {
        FilesInMemory files = new FilesInMemory()
                .with("data.yaml", "names: [crop]\nval: images\n")
                .with("images/a.jpg", "")
                .with("labels/a.txt", "0 0.5 0.5 0.25 0.25\n");

        assertEquals(
                Set.of("labels/a.txt", "data.yaml"),
                convert(open("yolo", files), "yolo").entries.keySet());
    }

    @Test
    void options_thatAreWrong_areRefusedAtOnce() throws IOException {
        LabeledDataSet data = open("coco", new FilesInMemory().with("labels.json", coco(1)));
        for (String format : List.of("labelbox", "firstpass", "voc")) {
            DataSetConversion conversion = new DataSetConversion(
                    data, LabelFormats.byId(format).orElseThrow(), Map.of("no-such", "1"), _ -> SIZE);
            Sink sink = new Sink();
            FormatOptionException refusal = assertThrows(
                    FormatOptionException.class, () -> conversion.run(() -> Instant.EPOCH, sink, () -> {}));
            assertEquals("no-such", refusal.option());
            assertEquals(Map.of(), sink.entries);
        }
    }

    /// A file that is not in memory, and goes nowhere: what is kept on the way is what the two sides keep of it.
    @Test
    void manyLabels_areConvertedInBoundedMemory(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("labels.json");
        big(file);
        DataSetFiles files = new OneFile(file);
        long before = usedHeap();
        LabeledDataSet data = new CocoReader().open(DataSetSource.of(files));
        long[] most = {0};
        int[] done = {0};
        DataSetConversion.Result result = new DataSetConversion(
                        data, LabelFormats.byId("labelbox").orElseThrow(), Map.of(), _ -> SIZE)
                .run(() -> Instant.EPOCH, _ -> OutputStream.nullOutputStream(), () -> {
                    if (++done[0] % (LABELS / LABELS_PER_IMAGE / 4) == 0) {
                        most[0] = Math.max(most[0], usedHeap() - before);
                    }
                });

        assertEquals(LABELS, result.labels());
        assertTrue(result.isWithoutLoss(), result.toString());
        long bound = (2 << 20) + 48L * LABELS;
        assertTrue(most[0] < bound, "heap kept: " + most[0] + " of a file of " + Files.size(file));
    }

    private static void big(Path file) throws IOException {
        try (var out = Files.newBufferedWriter(file)) {
            out.write("{\"images\": [");
            for (int image = 0; image < LABELS / LABELS_PER_IMAGE; image++) {
                out.write((image > 0 ? ", " : "")
                        + "{\"id\": %d, \"file_name\": \"%d.jpg\", \"width\": 640, \"height\": 480}"
                                .formatted(image, image));
            }
            out.write("], \"categories\": [{\"id\": 1, \"name\": \"crop\"}], \"annotations\": [");
            for (int i = 0; i < LABELS; i++) {
                out.write((i > 0 ? "," : "")
                        + "\n{\"id\": %d, \"image_id\": %d, \"category_id\": 1, \"bbox\": [%d, 2, 3, 4], \"area\": 12}"
                                .formatted(i, i / LABELS_PER_IMAGE, i % 600));
            }
            out.write("]}");
        }
    }

    private static long usedHeap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /// For one thread.
    private record OneFile(Path path) implements DataSetFiles {
        @Override
        public SequencedSet<String> names() {
            return new TreeSet<>(Set.of("labels.json"));
        }

        @Override
        public InputStream open(String name) throws IOException {
            return Files.newInputStream(path);
        }

        @Override
        public byte[] read(String name, long offset, int length) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(length);
            try (FileChannel channel = FileChannel.open(path)) {
                while (bytes.hasRemaining() && channel.read(bytes, offset + bytes.position()) >= 0) {
                    // Until all are there.
                }
            }
            return bytes.array();
        }
    }

    private static final class Sink implements EntrySink {
        private final Map<String, ByteArrayOutputStream> entries = new TreeMap<>();

        @Override
        public OutputStream entry(String name) {
            ByteArrayOutputStream entry = new ByteArrayOutputStream();
            assertEquals(null, entries.put(name, entry), name);
            return entry;
        }

        FilesInMemory files() {
            FilesInMemory files = new FilesInMemory();
            entries.forEach((name, entry) -> files.with(name, entry.toByteArray()));
            return files;
        }
    }

    private record Converted(
            DataSetConversion.Result result, Map<String, ByteArrayOutputStream> entries, FilesInMemory files) {
        String text(String name) {
            return Optional.ofNullable(entries.get(name)).orElseThrow().toString(StandardCharsets.UTF_8);
        }
    }

    private static Converted convert(LabeledDataSet data, String format) throws IOException {
        Sink sink = new Sink();
        DataSetConversion.Result result = new DataSetConversion(
                        data, LabelFormats.byId(format).orElseThrow(), Map.of(), _ -> SIZE)
                .run(() -> Instant.EPOCH, sink, () -> {});
        return new Converted(result, sink.entries, sink.files());
    }

    private static LabeledDataSet open(String format, FilesInMemory files) throws IOException {
        return LabelReaders.byId(format).orElseThrow().open(DataSetSource.of(files));
    }

    /// By image, but for areas, which COCO alone says.
    private static Map<String, List<TrueLabel>> content(LabeledDataSet data) throws IOException {
        Map<String, List<TrueLabel>> content = new TreeMap<>();
        for (LabeledImage image : data.images()) {
            content.put(
                    image.name(),
                    data.labels(image, data.size(image).orElse(SIZE)).stream()
                            .map(label -> new TrueLabel(label.annotation(), label.box(), label.isCrowd()))
                            .toList());
        }
        return content;
    }
}
