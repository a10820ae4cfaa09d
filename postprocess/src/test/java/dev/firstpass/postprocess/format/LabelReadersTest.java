package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.LabeledImage;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class LabelReadersTest {
    private static final ImageSize SIZE = new ImageSize(100, 50);
    private static final String IMAGES = """
            "images": [{"id": 9, "file_name": "b.jpg", "width": 100, "height": 50}, {"id": 2, "file_name": "sub/a.jpg"}]""";
    private static final String CATEGORIES = """
            "categories": [{"id": 5, "name": "weed"}, {"id": 1, "name": "crop"}, {"id": 7, "name": "weed"}]""";

    private final FilesInMemory files = new FilesInMemory();

    @Test
    void ids_ofAllReaders_areTheirOwn() {
        assertEquals(
                LabelReaders.STANDARD.size(),
                LabelReaders.STANDARD.stream().map(LabelReader::id).distinct().count());
        LabelReaders.STANDARD.forEach(
                reader -> assertEquals(Optional.of(reader), LabelReaders.byId(reader.id()), reader.id()));
    }

    @Test
    void nothing_recognised_isEmpty() throws IOException {
        files.with("a.jpg", "")
                .with("notes.json", "{\"annotations\": [{\"text\": 1}]}")
                .with("x.yaml", "a: [");

        assertEquals(Optional.empty(), LabelReaders.recognise(DataSetSource.of(files)));
    }

    @Test
    void coco_imagesInTheOrderOfTheirIds_haveTheirLabelsWhateverTheOrder() throws IOException {
        files.with("train/a.jpg", "")
                .with("labels.json", """
                {"info": {"images": []}, "annotations": [
                  {"id": 1, "image_id": 9, "category_id": 5, "bbox": [1, 2, 3, 4]},
                  {"id": 2, "image_id": 2, "category_id": 1, "bbox": [5, 6, 7, 8], "iscrowd": 1,
                   "segmentation": {"size": [50, 100], "counts": [0, 5000]}},
                  {"id": 3, "image_id": 9, "category_id": 7, "bbox": [0, 0, 9, 9], "segmentation": [[0, 0, 9, 0, 9, 9], [1, 1, 2, 1, 2, 2]]},
                  {"id": 4, "image_id": 77, "category_id": 7, "bbox": [0, 0, 9, 9], "keypoints": [1, 2, 2]}
                ], %s, %s}""".formatted(CATEGORIES, IMAGES))
                .with("images/sub/a.jpg", "")
                .with("b.jpg", "é");

        LabeledDataSet data = open("coco");

        assertEquals(List.of("crop", "weed"), data.classes());
        assertEquals(
                List.of(
                        new LabeledImage(0, "sub/a.jpg", Optional.of("images/sub/a.jpg")),
                        new LabeledImage(1, "b.jpg", Optional.of("b.jpg"))),
                data.images());
        assertEquals(Set.of(GeometryKind.BOX, GeometryKind.MASK, GeometryKind.POLYGON), data.kinds());
        assertEquals(
                Map.of(
                        "annotations of an image that is not in the file: left out",
                        1L,
                        "keypoints of a category that names none: not read",
                        1L),
                data.notes());
        TrueLabel crowd = labels(data, 0).getFirst();
        assertTrue(crowd.isCrowd());
        assertEquals(
                5000,
                assertInstanceOf(Annotation.Mask.class, crowd.annotation())
                        .runs()
                        .area());
        assertEquals(Optional.of(new Rect(5, 6, 7, 8)), crowd.box(), "as the file has it");
        List<TrueLabel> second = labels(data, 1);
        assertEquals("weed", second.get(0).label());
        assertInstanceOf(Annotation.Box.class, second.get(0).annotation());
        assertEquals(
                2,
                assertInstanceOf(Annotation.Polygon.class, second.get(1).annotation())
                        .parts()
                        .size());
    }

    @Test
    void coco_labelsThatCannotBeRead_areNamed() throws IOException {
        files.with("labels.json", """
                {%s, %s, "annotations": [
                  {"id": 4, "image_id": 2, "category_id": 3, "bbox": [1, 2, 3, 4]},
                  {"id": 5, "image_id": 9, "category_id": 5, "bbox": [1, 2, -3, 4]}]}""".formatted(IMAGES, CATEGORIES));
        LabeledDataSet data = open("coco");

        assertRefused(
                "labels.json, annotation 4: category_id: 3 (expected: one of the categories)", () -> labels(data, 0));
        assertRefused("labels.json, annotation 5: rect: -3.0x4.0 (expected: >= 0)", () -> labels(data, 1));
        assertRefused(
                "labels.json, b.jpg: labels are for an image of 100x50 (expected: 50x100, its upright size)",
                () -> data.labels(data.images().get(1), new ImageSize(50, 100)));
        assertEquals(Optional.empty(), data.images().getFirst().file());
    }

    @Test
    void coco_severalFiles_asksWhich() throws IOException {
        String file = "{%s, %s, \"annotations\": []}".formatted(IMAGES, CATEGORIES);
        files.with("annotations/instances_train.json", file).with("annotations/instances_val.json", file);
        DataSetSource all = DataSetSource.of(files);
        LabelReader coco = LabelReaders.recognise(all).orElseThrow();

        DataSetException error = assertThrows(DataSetException.class, () -> coco.open(all));

        assertEquals(
                "labels in COCO's format: [annotations/instances_train.json, annotations/instances_val.json]"
                        + " (expected: one file; name it, or a part by --split)",
                error.getMessage());
        DataSetSource part = new DataSetSource(files, Optional.empty(), files, Optional.of("val"));
        assertEquals(2, coco.open(part).images().size());
    }

    @Test
    void coco_cutOff_isRefused() throws IOException {
        files.with("labels.json", "{\"images\": [{\"id\": 1, \"file_name\": \"a.jpg\"}], \"annotations\": [{\"id\"");

        assertThrows(DataSetException.class, () -> open("coco"));
    }

    @Test
    void yolo_boxesAndPolygons_areInPixels() throws IOException {
        files.with(
                        "data.yaml",
                        "path: /somewhere/else\ntrain: images/train\nval: ../images/val\nnames: {0: crop, 2: weed}")
                .with("images/val/a.jpg", "")
                .with("images/val/b.png", "")
                .with("images/train/c.jpg", "")
                .with("labels/val/a.txt", "2 0.5 0.5 0.2 0.4\n\n0 0 0 1 0 1 1\n");

        LabeledDataSet data = open("yolo");

        assertEquals(List.of("crop", "weed"), data.classes());
        assertEquals(
                List.of("images/val/a.jpg", "images/val/b.png"),
                data.images().stream().map(LabeledImage::name).toList());
        assertEquals(Set.of(GeometryKind.BOX, GeometryKind.POLYGON), data.kinds());
        assertEquals(Map.of("images without a text file: taken as showing nothing", 1L), data.notes());
        List<TrueLabel> labels = labels(data, 0);
        assertEquals(Optional.of(new Rect(40, 15, 20, 20)), labels.get(0).box());
        assertEquals("weed", labels.get(0).label());
        Annotation.Polygon polygon =
                assertInstanceOf(Annotation.Polygon.class, labels.get(1).annotation());
        assertEquals(
                List.of(new Point(0, 0), new Point(100, 0), new Point(100, 50)),
                polygon.parts().getFirst().outer().points());
        assertEquals(List.of(), labels(data, 1));
    }

    @Test
    void yolo_listOfImages_isThoseOfTheFile() throws IOException {
        files.with("data.yaml", "test: test.txt\nnames: [crop]")
                .with("test.txt", "./images/b.jpg\n/home/me/field/images/a.jpg\n")
                .with("images/a.jpg", "")
                .with("images/b.jpg", "")
                .with("images/c.jpg", "");

        assertEquals(
                List.of("images/a.jpg", "images/b.jpg"),
                open("yolo").images().stream().map(LabeledImage::name).toList());
    }

    @Test
    void yolo_withoutYaml_takesNamesFromTheirFile() throws IOException {
        files.with("classes.txt", "crop\nweed\n").with("images/a.jpg", "").with("labels/a.txt", "1 0.5 0.5 1 1");

        assertEquals("weed", labels(open("yolo"), 0).getFirst().label());
    }

    @Test
    void yolo_linesThatAreNoLabels_areNamed() throws IOException {
        files.with("data.yaml", "val: images\nnames: [crop]").with("images/a.jpg", "");
        for (String[] line : new String[][] {
            {"0 0.5 0.5 0.1 0.1 0.9 0.9 0.9 0.9 1.9", "score: 1.9 (expected: 0..1)"},
            {"0 0.5 0.5 0.1", "a line with 3 numbers after the class"},
            {"1 0.5 0.5 0.1 0.1", "class 1 (expected: 0 to 0, one with a name)"},
            {"x 0.5 0.5 0.1 0.1", "class x (expected: 0 to 0, one with a name)"},
            {"0 320 200 50 50", "coordinate: 320 (expected: 0..1, a fraction of the image)"},
            {"0 0.5 NaN 0.1 0.1", "coordinate: NaN (expected: 0..1, a fraction of the image)"},
            {"0", "a line with 0 numbers after the class"},
        }) {
            files.with("labels/a.txt", line[0]);
            LabeledDataSet data = open("yolo");
            DataSetException error = assertThrows(DataSetException.class, () -> labels(data, 0), line[0]);
            assertTrue(String.valueOf(error.getMessage()).startsWith("labels/a.txt: " + line[1]), error.getMessage());
        }
    }

    @Test
    void firstpass_imagesWithoutLabels_areLeftOut() throws IOException {
        files.with("a.jpg", "")
                .with("a.json", """
                        {"annotations": [{"type": "box", "label": "dog", "box": {"x": 1, "y": 2, "width": 3, "height": 4}}]}""")
                .with("b.png", "")
                .with("b.png.json", "{\"asset\": {\"width\": 9, \"height\": 9}, \"annotations\": []}")
                .with("c.jpg", "")
                .with("d.jpg", "")
                .with("d.json", "{\"annotations\": [{\"type\": \"cube\", \"label\": \"cat\"}]}");

        LabeledDataSet data = open("firstpass");

        assertEquals(List.of("dog"), data.classes());
        assertEquals(
                List.of("a.jpg", "b.png", "d.jpg"),
                data.images().stream().map(LabeledImage::name).toList());
        assertEquals(Map.of("images without labels: left out", 1L), data.notes());
        assertEquals(
                Optional.of(new Rect(1, 2, 3, 4)), labels(data, 0).getFirst().box());
        assertRefused(
                "b.png.json: labels are for an image of 9x9 (expected: 100x50, its upright size)",
                () -> labels(data, 1));
        assertRefused("d.json: type: cube (expected: a geometry)", () -> labels(data, 2));
    }

    @Test
    void createml_centresAndSizes_areBoxes() throws IOException {
        files.with("images/a.jpg", "").with("train.json", """
                        [{"image": "a.jpg", "annotations": [
                          {"label": "dog", "coordinates": {"x": 20, "y": 10.5, "width": 10, "height": 5}}]},
                         {"image": "b.jpg", "annotations": [
                          {"label": "cat", "coordinates": {"x": 20, "y": 10, "width": 10}}]},
                         {"image": "c.jpg", "annotations": []}]""");

        LabeledDataSet data = open("createml");

        assertEquals(List.of("dog", "cat"), data.classes());
        assertEquals(Optional.of("images/a.jpg"), data.images().getFirst().file());
        assertEquals(
                Optional.of(new Rect(15, 8, 10, 5)), labels(data, 0).getFirst().box());
        assertRefused("train.json, b.jpg: annotation 0: height: none (expected: a number)", () -> labels(data, 1));
        assertEquals(List.of(), labels(data, 2));
    }

    @Test
    void folders_ofImages_areTheirClasses() throws IOException {
        files.with("val/cats/a.jpg", "")
                .with("val/dogs/b.jpg", "")
                .with("train/dogs/c.jpg", "")
                .with("val/stray.jpg", "");

        LabeledDataSet data = open("folders");

        assertEquals(List.of("cats", "dogs"), data.classes());
        assertEquals(Set.of(GeometryKind.CLASSIFICATION), data.kinds());
        assertEquals(2, data.images().size());
        assertEquals("dogs", labels(data, 1).getFirst().label());
    }

    private LabeledDataSet open(String id) throws IOException {
        DataSetSource source = DataSetSource.of(files);
        LabelReader reader = LabelReaders.recognise(source).orElseThrow();
        assertEquals(id, reader.id());
        return reader.open(source);
    }

    private static List<TrueLabel> labels(LabeledDataSet data, int image) throws IOException {
        return data.labels(data.images().get(image), SIZE);
    }

    private static void assertRefused(String message, Executable reading) {
        assertEquals(message, assertThrows(DataSetException.class, reading).getMessage());
    }
}
