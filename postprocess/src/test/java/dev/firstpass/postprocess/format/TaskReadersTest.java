package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
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
import dev.firstpass.postprocess.geometry.RotatedRect;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What tools' own exports say in other ways than Firstpass writes it.
final class TaskReadersTest {
    private static final ImageSize WIDE = new ImageSize(1000, 500);

    private final FilesInMemory files = new FilesInMemory();

    @Test
    void labelStudio_export_isWhatPeopleDrew() throws IOException {
        files.with("images/photo.jpg", "").with("export.json", """
                [{"id": 7, "data": {"n": "x", "img": "/data/upload/1/0a1b2c3d-photo.jpg?x=1"},
                  "annotations": [
                    {"was_cancelled": true, "result": [{"id": "z", "type": "choices", "value": {"choices": ["no"]}}]},
                    {"result": [
                      {"id": "a", "type": "rectanglelabels", "original_width": 1000, "original_height": 500,
                       "value": {"x": 35.803848, "y": 30.535898, "width": 12, "height": 8, "rotation": 30,
                                 "rectanglelabels": ["ship"]}},
                      {"id": "b", "type": "rectangle", "value": {"x": 10, "y": 10, "width": 20, "height": 40}},
                      {"id": "b", "type": "labels", "value": {"x": 10, "y": 10, "labels": ["Text"]}},
                      {"id": "b", "from_name": "transcription", "type": "textarea", "value": {"text": ["hello", "you"]}},
                      {"id": "c", "type": "ellipselabels",
                       "value": {"x": 50, "y": 50, "radiusX": 10, "radiusY": 10, "rotation": 0, "ellipselabels": ["pond"]}},
                      {"id": "d", "from_name": "quality", "type": "choices", "value": {"choices": ["good", "sharp"]}},
                      {"id": "e", "type": "vectorlabels", "value": {"closed": true, "vectorlabels": ["lake"],
                       "vertices": [{"x": 0, "y": 0}, {"x": 10, "y": 0}, {"x": 10, "y": 10}]}},
                      {"type": "relation", "from_id": "a", "to_id": "b"},
                      {"id": "f", "type": "videorectangle", "value": {}}
                    ]},
                    {"result": []}],
                  "predictions": [{"result": [{"id": "y", "type": "choices", "value": {"choices": ["no"]}}]}]}]""");

        LabeledDataSet data = open("label-studio");

        assertEquals(
                new LabeledImage(0, "/data/upload/1/0a1b2c3d-photo.jpg?x=1", Optional.of("images/photo.jpg")),
                data.images().getFirst());
        assertEquals(Optional.of(WIDE), data.size(data.images().getFirst()));
        assertEquals(List.of("ship", "Text", "pond", "good", "sharp", "lake"), data.classes());
        assertEquals(
                Set.of(GeometryKind.ROTATED_BOX, GeometryKind.BOX, GeometryKind.POLYGON, GeometryKind.CLASSIFICATION),
                data.kinds());
        assertEquals(
                Map.of(
                        "ellipses: read as polygons (ellipse-to-polygon)", 1L,
                        "relations: not read", 1L,
                        "further annotations of a task: not read", 1L,
                        "regions of type \"videorectangle\": not read", 1L),
                data.notes());
        List<TrueLabel> labels = data.labels(data.images().getFirst(), WIDE);
        RotatedRect ship = assertInstanceOf(
                        Annotation.RotatedBox.class, labels.get(0).annotation())
                .box();
        assertEquals(400, ship.cx(), 1e-4);
        assertEquals(200, ship.cy(), 1e-4);
        assertEquals(Optional.of(new Rect(100, 50, 200, 200)), labels.get(1).box());
        assertEquals(
                Map.of("transcription", "hello, you"),
                labels.get(1).annotation().candidate().attributes());
        Annotation.Polygon pond =
                assertInstanceOf(Annotation.Polygon.class, labels.get(2).annotation());
        assertEquals(400, pond.bounds().orElseThrow().x(), 0.2);
        assertEquals(Math.PI * 100 * 50, pond.parts().getFirst().area(), 1e-6);
        assertEquals(1, labels.get(3).annotation().candidate().score());
        assertInstanceOf(Annotation.Polygon.class, labels.get(5).annotation());
    }

    @Test
    void labelStudio_predictions_haveTheirScoreWhereARegionHasNone() throws IOException {
        files.with("tasks.json", """
                [{"data": {"image": "a.jpg"}, "annotations": [], "predictions": [{"score": 0.25, "result": [
                  {"id": "a", "type": "keypointlabels", "value": {"x": 50, "y": 50, "keypointlabels": ["eye"]}},
                  {"id": "b", "type": "polygonlabels", "score": 0.5, "value": {"points": [[0, 0], [1, 0]],
                   "polygonlabels": ["x"]}}]}]}]""");

        LabeledDataSet data = open("label-studio");

        assertEquals(
                "tasks.json, a.jpg: region b: ring: 2 points (expected: >= 3)",
                assertThrows(
                                DataSetException.class,
                                () -> data.labels(data.images().getFirst(), WIDE))
                        .getMessage());
    }

    @Test
    void brush_ofAnyEncoder_isItsAlphaChannel() throws IOException {
        JsonMapper json = new JsonMapper();
        assertEquals(
                List.of("101"), picture(json.readTree("[0,0,0,12,57,27,252,127,241,128,71,254]"), new ImageSize(3, 1)));
        // A block of samples as they are: 0, 0, 0, 255.
        assertEquals(List.of("1"), picture(json.readTree("[0,0,0,4,57,27,248,96,0,0,31,224]"), new ImageSize(1, 1)));
        for (String bad :
                List.of("[]", "[0,0,0,12,57,27,252]", "[0,0,0,300]", "[\"a\"]", "[0,0,0,12,57,27,255,255,255]")) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> BrushRleReader.read(json.readTree(bad), new ImageSize(3, 1)),
                    bad);
        }
    }

    private static List<String> picture(com.fasterxml.jackson.databind.JsonNode rle, ImageSize size) {
        var mask = BrushRleReader.read(rle, size);
        StringBuilder row = new StringBuilder();
        for (int x = 0; x < size.width(); x++) {
            row.append(mask.get(x, 0) ? '1' : '0');
        }
        return List.of(row.toString());
    }

    @Test
    void labelbox_linesInAnyOrder_belongToTheirDataRow() throws IOException {
        files.with("images/b.jpg", "").with("import.ndjson", """
                {"uuid": "1", "dataRow": {"globalKey": "a.jpg"}, "name": "cat", "bbox": {"top": 2, "left": 1, "height": 4, "width": 3}}
                {"uuid": "2", "dataRow": {"id": "ckz"}, "schemaId": "s", "point": {"x": 1, "y": 2}}

                {"uuid": "3", "dataRow": {"globalKey": "a.jpg"}, "name": "weather", "answer": [{"name": "sunny", "confidence": 0.5}, {"name": "dry"}]}
                {"uuid": "4", "dataRow": {"globalKey": "b.jpg"}, "name": "note", "answer": "blurred"}
                {"uuid": "5", "dataRow": {"globalKey": "a.jpg"}, "name": "leaf", "polygon": [{"x": 0, "y": 0}, {"x": 9, "y": 0}, {"x": 9, "y": 9}, {"x": 0, "y": 0}],
                 "confidence": 0.25, "classifications": [{"name": "state", "answer": {"name": "dead", "classifications": [{"name": "why", "answer": "frost"}]}}]}
                {"uuid": "6", "dataRow": {"globalKey": "a.jpg"}, "relationship": {"source": "1", "target": "5"}}
                """);

        LabeledDataSet data = open("labelbox");

        assertEquals(
                List.of("a.jpg", "ckz", "b.jpg"),
                data.images().stream().map(LabeledImage::name).toList());
        assertEquals(Optional.of("images/b.jpg"), data.images().get(2).file());
        assertEquals(Map.of("lines of other kinds: left out", 1L), data.notes());
        List<TrueLabel> labels = data.labels(data.images().getFirst(), WIDE);
        assertEquals(
                List.of("cat", "sunny", "dry", "leaf"),
                labels.stream().map(TrueLabel::label).toList());
        assertEquals(Optional.of(new Rect(1, 2, 3, 4)), labels.getFirst().box());
        assertEquals(0.5, labels.get(1).annotation().candidate().score());
        assertEquals(
                Map.of("state", "dead", "state/why", "frost"),
                labels.get(3).annotation().candidate().attributes());
        Annotation.Polygon leaf =
                assertInstanceOf(Annotation.Polygon.class, labels.get(3).annotation());
        assertEquals(3, leaf.parts().getFirst().outer().points().size());
        assertEquals(
                Map.of("text", "blurred"),
                data.labels(data.images().get(2), WIDE)
                        .getFirst()
                        .annotation()
                        .candidate()
                        .attributes());
        assertTrue(data.kinds().contains(GeometryKind.KEYPOINTS));
    }

    @Test
    void labelbox_badLines_areNamed() throws IOException {
        assertRefused(
                "import.ndjson, line 1: dataRow: none (expected: {\"globalKey\": ...} or {\"id\": ...})",
                "{\"name\": \"x\"}");
        assertRefused(
                "import.ndjson, a: uuid 1: width: \"3\" (expected: a number)",
                "{\"uuid\": \"1\", \"dataRow\": {\"id\": \"a\"}, \"name\": \"x\", \"bbox\": {\"top\": 1, \"left\": 1, \"width\": \"3\"}}");
        assertRefused(
                "import.ndjson, a: uuid none: mask.png: none (expected: a PNG in base64; masks elsewhere are not read)",
                "{\"dataRow\": {\"id\": \"a\"}, \"name\": \"x\", \"mask\": {\"instanceURI\": \"https://example.org/m.png\"}}");
    }

    private void assertRefused(String message, String line) {
        files.with("import.ndjson", line);
        assertEquals(
                message,
                assertThrows(DataSetException.class, () -> {
                            LabeledDataSet data = new LabelboxReader().open(DataSetSource.of(files));
                            data.labels(data.images().getFirst(), WIDE);
                        })
                        .getMessage());
    }

    @Test
    void coco_results_needTheirDataSet() throws IOException {
        files.with("results.json", "[{\"image_id\": 1, \"category_id\": 1, \"bbox\": [1, 2, 3, 4], \"score\": 0.5}]");
        assertEquals(
                "labels in COCO's format: none (expected: one file; name it, or a part by --split)",
                assertThrows(DataSetException.class, () -> open("coco.results")).getMessage());
    }

    @Test
    void coco_keypoints_areReadWithTheirBoxAndCrowd() throws IOException {
        files.with("person_keypoints.json", """
                {"images": [{"id": 1, "file_name": "a.jpg", "width": 1000, "height": 500}],
                 "categories": [{"id": 1, "name": "person", "keypoints": ["nose", "eye"], "skeleton": [[1, 2]]}],
                 "annotations": [
                   {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 40], "keypoints": [5, 6, 2, 7, 8, 0.25],
                    "num_keypoints": 1, "segmentation": [[0, 0, 9, 0, 9, 9]]},
                   {"id": 2, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 40], "keypoints": [0, 0, 0, 0, 0, 0],
                    "num_keypoints": 0, "iscrowd": 1, "segmentation": {"size": [500, 1000], "counts": [0, 500000]}}]}""");

        LabeledDataSet data = open("coco");
        List<TrueLabel> labels = data.labels(data.images().getFirst(), WIDE);

        assertEquals(Set.of(GeometryKind.KEYPOINTS, GeometryKind.MASK), data.kinds());
        assertEquals(Map.of("outlines beside keypoints: not read", 1L), data.notes());
        Annotation.Keypoints person =
                assertInstanceOf(Annotation.Keypoints.class, labels.get(0).annotation());
        assertEquals(new Point(5, 6), person.points().getFirst().at());
        assertEquals(0.25, person.points().getLast().score(), "detectors write scores there");
        assertEquals(Optional.of(new Rect(1, 2, 30, 40)), labels.get(0).box());
        assertTrue(labels.get(1).isCrowd());
    }

    @Test
    void coco_panoptic_isNotTakenForInstances() throws IOException {
        WrittenDataSet written = Samples.write("coco.panoptic", Map.of(), Samples.prelabels(Samples.MASK, Samples.BOX));
        written.entries().forEach(files::with);
        LabelReader reader = LabelReaders.recognise(DataSetSource.of(files)).orElseThrow();

        assertEquals("coco.panoptic", reader.id());
        LabeledDataSet data = reader.open(DataSetSource.of(files));
        assertEquals(2, data.labels(data.images().getFirst(), Samples.SIZE).size());
    }

    private LabeledDataSet open(String id) throws IOException {
        DataSetSource source = DataSetSource.of(files);
        LabelReader reader = LabelReaders.recognise(source).orElseThrow();
        assertEquals(id, reader.id());
        return reader.open(source);
    }
}
