package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.LabeledImage;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What the tools' own files say in other ways than Firstpass writes it, and what is refused by name.
final class ToolReadersTest {
    private static final ImageSize SIZE = new ImageSize(100, 50);
    private static final RunLengths VECTOR = RunLengths.of(Samples.mask("0110", "0111", "0000"));

    private final FilesInMemory files = new FilesInMemory();

    @Test
    void cvat_detectorsAnswer_isRead() throws IOException {
        files.with("images/a.jpg", "").with("a.json", """
                [{"label": "car", "type": "rectangle", "points": [30, 20, 10, 5], "confidence": 0.25},
                 {"label": "car", "type": "ellipse", "points": [50, 25, 60, 20], "rotation": 0},
                 {"label": "leaf", "type": "polygon", "points": [0,0, 9,0, 9,9], "group_id": 4, "confidence": "0.5"},
                 {"label": "leaf", "type": "polygon", "points": [20,0, 29,0, 29,9], "group_id": 4},
                 {"label": "road", "type": "mask", "mask": [255,255,0,255,255,255, 1,0,3,1], "points": [0,0,1,1]},
                 {"label": "day", "type": "tag", "attributes": [{"name": "sky", "value": "blue"}]},
                 {"label": "box", "type": "cuboid", "points": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]},
                 {"label": "spot", "type": "points", "points": [1, 2, 3, 4]}]""");

        LabeledDataSet data = open("cvat");

        assertEquals(Optional.of("images/a.jpg"), data.images().getFirst().file());
        assertEquals(
                Map.of("cuboids: not read", 1L, "ellipses: read as polygons (ellipse-to-polygon)", 1L), data.notes());
        List<TrueLabel> labels = labels(data);
        assertEquals(Optional.of(new Rect(10, 5, 20, 15)), labels.get(0).box());
        assertEquals(0.25, labels.get(0).annotation().candidate().score());
        assertEquals(
                2,
                assertInstanceOf(Annotation.Polygon.class, labels.get(2).annotation())
                        .parts()
                        .size());
        assertEquals(
                5,
                assertInstanceOf(Annotation.Mask.class, labels.get(3).annotation())
                        .runs()
                        .area());
        assertEquals(
                Map.of("sky", "blue"), labels.get(4).annotation().candidate().attributes());
        assertEquals(
                List.of("1", "2"),
                assertInstanceOf(Annotation.Keypoints.class, labels.get(5).annotation()).points().stream()
                        .map(Keypoint::name)
                        .toList());
    }

    @Test
    void cvat_badShapes_areNamed() throws IOException {
        assertRefused(
                "cvat",
                "a.json",
                "[{\"label\": \"a\", \"type\": \"mask\", \"mask\": [1, 1, 0, 0, 2, 0]}]",
                "a.json: shape 0: mask: 2 pixels (expected: 3x1, as its bounds say)");
        assertRefused(
                "cvat",
                "a.json",
                "[{\"label\": \"a\", \"type\": \"polygon\", \"points\": [1, 2, 3]}]",
                "a.json: shape 0: points: 3 numbers (expected: x and y of each)");
        assertRefused(
                "cvat",
                "a.json",
                "[{\"label\": \"a\", \"type\": \"tag\", \"confidence\": \"high\"}]",
                "a.json: shape 0: confidence: \"high\" (expected: 0..1)");
        assertRefused(
                "cvat",
                "a.json",
                "[{\"label\": \"a\", \"type\": \"mask\", \"mask\": [1, 100, 0, 100, 0]}]",
                "a.json: shape 0: mask: columns 100 to 100, rows 0 to 0 (expected: within the image of 100x50)");
    }

    @Test
    void cvatXml_export_isRead() throws IOException {
        files.with("images/sub/b.jpg", "").with("annotations.xml", """
                <?xml version="1.0" encoding="utf-8"?>
                <annotations>
                  <!-- <image id="9" name="no.jpg"> is a comment -->
                  <version>1.1</version>
                  <meta><task><labels><label><name>car</name></label></labels></task></meta>
                  <image id="0" name="empty.jpg" width="100" height="50"/>
                  <image id="1" name="sub/b.jpg" width="100" height="50">
                    <box label="car" source="manual" occluded="1" xtl="10.50" ytl="5.00" xbr="30.00" ybr="20.00" z_order="0">
                      <attribute name="confidence">0.75</attribute><attribute name="make">A &gt; B</attribute>
                    </box>
                    <box label="car" occluded="0" xtl="40" ytl="18" xbr="46" ybr="22" rotation="30.00"></box>
                    <mask label="road" source="auto" occluded="0" rle="0, 2, 1, 3" left="1" top="0" width="3" height="2" z_order="0"/>
                    <skeleton label="person" z_order="0">
                      <points label="nose" occluded="0" outside="0" points="1.00,2.00"><attribute name="x">y</attribute></points>
                      <points label="eye" occluded="1" outside="0" points="3.00,4.00"/>
                      <points label="tail" occluded="0" outside="1" points="5.00,6.00"/>
                    </skeleton>
                    <tag label="day" source="manual"/>
                    <cuboid label="x"/>
                  </image>
                  <track id="0" label="car"><box frame="0" keyframe="1"/></track>
                </annotations>
                """);

        LabeledDataSet data = open("cvat.xml");

        assertEquals(List.of("car", "road", "person", "day"), data.classes());
        assertEquals(
                List.of("empty.jpg", "sub/b.jpg"),
                data.images().stream().map(LabeledImage::name).toList());
        assertEquals(Optional.of("images/sub/b.jpg"), data.images().get(1).file());
        assertEquals(Map.of("tracks of videos: not read", 1L, "shapes of type cuboid: not read", 1L), data.notes());
        assertEquals(List.of(), data.labels(data.images().getFirst(), SIZE));
        List<TrueLabel> labels = data.labels(data.images().get(1), SIZE);
        assertEquals(Optional.of(new Rect(10.5, 5, 19.5, 15)), labels.get(0).box());
        assertEquals(0.75, labels.get(0).annotation().candidate().score());
        assertEquals(
                Map.of("make", "A > B", "occluded", "1"),
                labels.get(0).annotation().candidate().attributes());
        assertEquals(
                new RotatedRect(43, 20, 6, 4, 30),
                assertInstanceOf(Annotation.RotatedBox.class, labels.get(1).annotation())
                        .box());
        assertEquals(
                5,
                assertInstanceOf(Annotation.Mask.class, labels.get(2).annotation())
                        .runs()
                        .area());
        Annotation.Keypoints person =
                assertInstanceOf(Annotation.Keypoints.class, labels.get(3).annotation());
        assertEquals(
                List.of(Keypoint.Visibility.VISIBLE, Keypoint.Visibility.OCCLUDED, Keypoint.Visibility.ABSENT),
                person.points().stream().map(Keypoint::visibility).toList());
        assertEquals(Map.of(), person.candidate().attributes());
    }

    @Test
    void cvatXml_badFiles_areNamed() throws IOException {
        String image =
                "<annotations><version>1.1</version>\n<image id=\"0\" name=\"a.jpg\" width=\"100\" height=\"50\">";
        assertRefused("cvat.xml", "a.xml", image, "a.xml, line 2: <image> without an end (expected: a whole file)");
        assertRefused("cvat.xml", "a.xml", image + "</image>", "a.xml: ends early (expected: </annotations>)");
        assertRefused(
                "cvat.xml",
                "a.xml",
                image + "<box label=\"a\" xtl=\"left\"/></image></annotations>",
                "a.xml, a.jpg: shape 0, box: xtl: left (expected: a number)");
        assertRefused(
                "cvat.xml",
                "a.xml",
                image
                        + "<mask label=\"a\" rle=\"0, 9\" left=\"0\" top=\"0\" width=\"2\" height=\"2\"/></image></annotations>",
                "a.xml, a.jpg: shape 0, mask: rle: run 1 of 9 after 0 pixels (expected: >= 0, and 4 in all)");
        assertRefused(
                "cvat.xml",
                "a.xml",
                "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>" + image
                        + "<tag label=\"&e;\"/></image></annotations>",
                "a.xml, line 2: no XML that can be read");
    }

    @Test
    void supervisely_project_isRead() throws IOException {
        // The bitmap of the SDK's documentation: a ring of 3 by 3 pixels.
        files.with("meta.json", "{\"classes\": [], \"tags\": []}")
                .with("ds0/img/a.jpg", "")
                .with("ds0/ann/a.jpg.json", """
                {"description": "", "size": {"height": 50, "width": 100}, "tags": [{"name": "train", "value": null}],
                 "objects": [
                  {"classTitle": "kiwi", "geometryType": "rectangle", "tags": [{"name": "confidence", "value": 0.5},
                   {"name": "ripe", "value": null}], "points": {"exterior": [[10, 5], [19, 9]], "interior": []}},
                  {"classTitle": "ring", "geometryType": "bitmap", "tags": [], "bitmap": {"origin": [4, 8],
                   "data": "eJzrDPBz5+WS4mJgYOD19HAJAtLMIMwIInOeqf8BUmwBPiGuQPr///9Lb86/C2QxlgT5BTM4PLuRBuTwebo4hlTMSa44sKHhISMDuxpTYrr03F6gDIOnq5/LOqeEJgDM5ht6"}},
                  {"classTitle": "lake", "geometryType": "polygon", "tags": [],
                   "points": {"exterior": [[0, 0], [40, 0], [40, 40]], "interior": [[[20, 5], [30, 5], [30, 15]]]}},
                  {"classTitle": "wire", "geometryType": "line", "tags": [],
                   "points": {"exterior": [[1, 2], [3, 4]], "interior": []}},
                  {"classTitle": "spot", "shape": "point", "tags": [], "points": {"exterior": [[7.25, 8.5]], "interior": []}},
                  {"classTitle": "car", "geometryType": "cuboid", "tags": []}]}""");
        files.with("ds0/ann/b.jpg.json", supervisely());

        LabeledDataSet data = open("supervisely");

        assertEquals(Optional.of("ds0/img/a.jpg"), data.images().getFirst().file());
        assertEquals(Map.of("objects of type \"cuboid\": not read", 1L), data.notes());
        List<TrueLabel> labels = labels(data);
        assertEquals(Optional.of(new Rect(10, 5, 10, 5)), labels.get(0).box());
        assertEquals(0.5, labels.get(0).annotation().candidate().score());
        assertEquals(Map.of("ripe", "1"), labels.get(0).annotation().candidate().attributes());
        assertEquals(
                8,
                assertInstanceOf(Annotation.Mask.class, labels.get(1).annotation())
                        .runs()
                        .area());
        Annotation.Polygon lake =
                assertInstanceOf(Annotation.Polygon.class, labels.get(2).annotation());
        assertEquals(
                new Point(40.5, 0.5), lake.parts().getFirst().outer().points().get(1), "centres of pixels");
        assertEquals(1, lake.parts().getFirst().holes().size());
        assertEquals(
                new Point(7.25, 8.5),
                assertInstanceOf(Annotation.Keypoints.class, labels.get(4).annotation())
                        .points()
                        .getFirst()
                        .at());
        assertEquals(
                List.of(new Point(1.5, 2.5), new Point(3.5, 4.5)),
                assertInstanceOf(Annotation.Polyline.class, labels.get(3).annotation())
                        .points());
        assertEquals("train", labels.get(5).label());
        List<TrueLabel> second = data.labels(data.images().get(1), SIZE);
        assertEquals(
                8,
                assertInstanceOf(Annotation.Mask.class, second.getFirst().annotation())
                        .runs()
                        .area());
        assertEquals(Optional.of(new Rect(4, 8, 3, 3)), second.getFirst().box());
    }

    /// A ring, its PNG not compressed once more, its pixels in the transparency.
    private static String supervisely() throws IOException {
        java.awt.image.BufferedImage image =
                new java.awt.image.BufferedImage(3, 3, java.awt.image.BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < 9; i++) {
            image.setRGB(i % 3, i / 3, i == 4 ? 0x00FFFFFF : 0xFF000000);
        }
        java.io.ByteArrayOutputStream png = new java.io.ByteArrayOutputStream();
        javax.imageio.ImageIO.write(image, "png", png);
        return """
                {"size": {"height": 50, "width": 100}, "tags": [], "objects": [{"classTitle": "ring", "geometryType": "bitmap",
                 "tags": [], "bitmap": {"origin": [4, 8], "data": "%s"}}]}""".formatted(java.util.Base64.getEncoder().encodeToString(png.toByteArray()));
    }

    @Test
    void darwin_export_isRead() throws IOException {
        files.with("images/sub/a.jpg", "").with("annotations/x.json", """
                {"version": "2.0", "item": {"name": "a.jpg", "path": "/sub",
                  "slots": [{"type": "image", "slot_name": "0", "width": 4, "height": 3}]},
                 "annotations": [
                  {"id": "l", "name": "__raster_layer__", "slot_names": ["0"], "raster_layer": {"total_pixels": 12,
                   "dense_rle": [0,1,7,2,0,2,7,3,0,4], "mask_annotation_ids_mapping": {"m": 7}}},
                  {"id": "m", "name": "road", "mask": {"sparse_rle": null}, "attributes": ["wet", "kind: gravel"]},
                  {"id": "n", "name": "road", "mask": {"sparse_rle": null}},
                  {"id": "p", "name": "lake", "bounding_box": {"x": 0, "y": 0, "w": 4, "h": 3}, "polygon": {"paths": [
                    [{"x": 1, "y": 1}, {"x": 2, "y": 1}, {"x": 2, "y": 2}],
                    [{"x": 0, "y": 0}, {"x": 4, "y": 0}, {"x": 4, "y": 3}, {"x": 0, "y": 3}],
                    [{"x": 1.5, "y": 1.1}, {"x": 1.9, "y": 1.1}, {"x": 1.9, "y": 1.5}]]}},
                  {"id": "e", "name": "disc", "ellipse": {"center": {"x": 2, "y": 1}, "radius": {"x": 1, "y": 1}, "angle": 0}},
                  {"id": "k", "name": "spot", "keypoint": {"x": 1, "y": 2}, "inference": {"confidence": 0.25}},
                  {"id": "o", "name": "x", "slot_names": ["1"], "tag": {}},
                  {"id": "v", "name": "x", "frames": {"0": {}}}]}""");

        LabeledDataSet data = open("darwin");

        assertEquals(Optional.of("images/sub/a.jpg"), data.images().getFirst().file());
        assertEquals(
                Map.of(
                        "masks without pixels: left out", 1L,
                        "ellipses: read as polygons (ellipse-to-polygon)", 1L,
                        "annotations of further slots: not read", 1L,
                        "annotations of videos: not read", 1L),
                data.notes());
        List<TrueLabel> labels = data.labels(data.images().getFirst(), new ImageSize(4, 3));
        Annotation.Polygon lake =
                assertInstanceOf(Annotation.Polygon.class, labels.get(0).annotation());
        assertEquals(2, lake.parts().size(), "an island in the lake's hole");
        assertEquals(1, lake.parts().get(0).holes().size());
        assertEquals(12 - 0.5, lake.parts().get(0).area());
        assertEquals(0.25, labels.get(2).annotation().candidate().score());
        assertEquals(
                VECTOR,
                assertInstanceOf(Annotation.Mask.class, labels.get(3).annotation())
                        .runs());
        assertEquals(
                Map.of("wet", "1", "kind", "gravel"),
                labels.get(3).annotation().candidate().attributes());
    }

    @Test
    void darwin_layerOfAnotherSize_isRefused() throws IOException {
        assertRefused("darwin", "a.json", """
                {"item": {"name": "a.jpg", "slots": [{"width": 100, "height": 50}]}, "annotations": [
                 {"id": "m", "name": "a", "mask": {}},
                 {"name": "__raster_layer__", "raster_layer": {"dense_rle": [1, 12], "mask_annotation_ids_mapping": {"m": 1}}}]}""", "a.json: dense_rle: 12 pixels (expected: 5000, those of 100x50)");
    }

    @Test
    void encord_rows_ofSeveralImages_areRead() throws IOException {
        files.with("data/b.jpg", "").with("rows.json", """
                [{"label_hash": "x", "data_title": "group", "data_units": {
                   "u0": {"data_title": "a.jpg", "width": 100, "height": 50, "labels": {"objects": [
                     {"name": "car", "shape": "bounding_box", "objectHash": "o1", "confidence": 0.5,
                      "boundingBox": {"h": 0.2, "w": 0.1, "x": 0.5, "y": 0.5}},
                     {"name": "leaf", "shape": "polygon", "objectHash": "o2",
                      "polygon": {"1": {"x": 0.1, "y": 0}, "0": {"x": 0, "y": 0}, "2": {"x": 0.1, "y": 0.2}}}],
                     "classifications": [{"name": "Weather", "classificationHash": "c1", "featureHash": "f"}]}},
                   "u1": {"data_title": "b.jpg", "width": 4, "height": 3, "labels": {"objects": [
                     {"name": "road", "shape": "bitmask", "bitmask": {"top": 0, "left": 0, "height": 3, "width": 4,
                      "rleString": "12212"}},
                     {"name": "x", "shape": "cuboid"}], "classifications": []}}},
                  "object_answers": {"o1": {"classifications": [{"name": "make", "answers": "A"},
                    {"name": "doors", "answers": [{"name": "two"}, {"name": "three"}]}]}},
                  "classification_answers": {"c1": {"classifications": [{"answers": [{"name": "sunny"}]}]}}},
                 {"data_units": {"v": {"data_title": "film.mp4", "labels": {"0": {"objects": []}}}}}]""");

        LabeledDataSet data = open("encord");

        assertEquals(Map.of("videos: not read", 1L, "objects of shape \"cuboid\": not read", 1L), data.notes());
        assertEquals(List.of("car", "leaf", "sunny", "road"), data.classes());
        assertEquals(Optional.of("data/b.jpg"), data.images().get(1).file());
        List<TrueLabel> first = data.labels(data.images().getFirst(), SIZE);
        assertEquals(Optional.of(new Rect(50, 25, 10, 10)), first.getFirst().box());
        assertEquals(
                Map.of("make", "A", "doors", "two, three"),
                first.getFirst().annotation().candidate().attributes());
        assertEquals(
                List.of(new Point(0, 0), new Point(10, 0), new Point(10, 10)),
                assertInstanceOf(Annotation.Polygon.class, first.get(1).annotation())
                        .parts()
                        .getFirst()
                        .outer()
                        .points());
        List<TrueLabel> second = data.labels(data.images().get(1), new ImageSize(4, 3));
        assertEquals(
                VECTOR,
                assertInstanceOf(Annotation.Mask.class, second.getFirst().annotation())
                        .runs());
    }

    @Test
    void labelme_file_isRead() throws IOException {
        files.with("a.jpg", "").with("a.json", """
                {"version": "5.0.1", "flags": {"night": true, "blurred": false}, "imagePath": "..\\\\other\\\\a.jpg",
                 "imageData": null, "imageHeight": 50, "imageWidth": 100, "shapes": [
                  {"label": "cat", "points": [[30, 20], [10, 5]], "group_id": null, "shape_type": "rectangle",
                   "flags": {"cut": true, "dark": false}, "description": "sleeps"},
                  {"label": "disc", "points": [[50, 25], [60, 25]], "shape_type": "circle", "flags": {}},
                  {"label": "leaf", "points": [[0, 0], [9, 0], [9, 9]], "group_id": 3, "shape_type": "polygon"},
                  {"label": "leaf", "points": [[20, 0], [29, 0], [29, 9]], "group_id": 3, "shape_type": "polygon"},
                  {"label": "person", "points": [[0, 0], [9, 0], [9, 9], [0, 9]], "group_id": 5, "shape_type": "rectangle", "score": 0.5},
                  {"label": "nose", "points": [[4, 5]], "group_id": 5, "shape_type": "point", "difficult": true},
                  {"label": "ship", "points": [[40, 18], [46, 18], [46, 22], [40, 22]], "shape_type": "rotation", "direction": 0},
                  {"label": "spot", "points": [[4, 5]], "shape_type": "point"},
                  {"label": "x", "points": [[4, 5]], "shape_type": "cuboid"}]}""");

        LabeledDataSet data = open("labelme");

        assertEquals(Optional.of("a.jpg"), data.images().getFirst().file());
        assertEquals(
                Map.of("circles: read as polygons (ellipse-to-polygon)", 1L, "shapes of type \"cuboid\": not read", 1L),
                data.notes());
        List<TrueLabel> labels = labels(data);
        assertEquals(
                List.of("cat", "disc", "leaf", "person", "ship", "spot", "night"),
                labels.stream().map(TrueLabel::label).toList());
        assertEquals(Optional.of(new Rect(10, 5, 20, 15)), labels.get(0).box());
        assertEquals(
                Map.of("cut", "1", "description", "sleeps"),
                labels.get(0).annotation().candidate().attributes());
        assertEquals(
                2,
                assertInstanceOf(Annotation.Polygon.class, labels.get(2).annotation())
                        .parts()
                        .size());
        Annotation.Keypoints person =
                assertInstanceOf(Annotation.Keypoints.class, labels.get(3).annotation());
        assertEquals(Optional.of(new Rect(0, 0, 9, 9)), person.box());
        assertEquals(List.of(new Keypoint("nose", new Point(4, 5), Keypoint.Visibility.OCCLUDED, 1)), person.points());
        assertInstanceOf(Annotation.RotatedBox.class, labels.get(4).annotation());
        assertInstanceOf(Annotation.Classification.class, labels.get(6).annotation());
    }

    @Test
    void labelme_badShapes_areNamed() throws IOException {
        String file = "{\"imagePath\": \"a.jpg\", \"imageWidth\": 100, \"imageHeight\": 50, \"shapes\": [%s]}";
        assertRefused(
                "labelme",
                "a.json",
                file.formatted("{\"label\": \"a\", \"shape_type\": \"rectangle\", \"points\": [[1, 2]]}"),
                "a.json: shape 0: points: 1 (expected: 2 or 4)");
        assertRefused(
                "labelme",
                "a.json",
                file.formatted(
                        "{\"label\": \"a\", \"shape_type\": \"mask\", \"points\": [[1, 2], [3, 4]], \"mask\": \"??\"}"),
                "a.json: shape 0: mask: no base64 (expected: base64)");
        assertRefused(
                "labelme",
                "a.json",
                file.formatted("{\"label\": \"a\", \"shape_type\": \"point\", \"points\": [[1, \"2\"]]}"),
                "a.json: shape 0: points: \"2\" (expected: a number)");
        assertRefused(
                "labelme",
                "a.json",
                "{\"imagePath\": \"a.jpg\", \"imageWidth\": 1e9, \"imageHeight\": 50, \"shapes\": []}",
                "a.json: size: 1.0E9x50.0 (expected: 1 to 131072 pixels a side, at most 536870912)");
    }

    @Test
    void geojson_ofOthers_isRead() throws IOException {
        files.with("a.tif", "").with("a.geojson", """
                {"type": "FeatureCollection", "features": [
                  {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[[0,0],[0,9],[9,9],[9,0],[0,0]],
                    [[1,1],[2,1],[2,2],[1,1]]]}, "properties": {"classification": {"name": "Tumor"}}},
                  {"type": "Feature", "geometry": {"type": "Point", "coordinates": [3, 4, 100]}, "properties": {"name": "well"}},
                  {"type": "Feature", "geometry": {"type": "MultiLineString", "coordinates": [[[0,0],[1,1]],[[2,2],[3,3]]]},
                   "properties": {"class": "road"}},
                  {"type": "Feature", "geometry": {"type": "GeometryCollection", "geometries": []}, "properties": {"label": "x"}},
                  {"type": "Feature", "geometry": null, "properties": {}}]}""");

        LabeledDataSet data = open("geojson");

        assertEquals(
                Map.of(
                        "coordinates that are not said to be pixels: read as such", 1L,
                        "geometries of type \"GeometryCollection\": not read", 1L,
                        "features without a label: left out", 1L),
                data.notes());
        List<TrueLabel> labels = labels(data);
        assertEquals(
                List.of("Tumor", "well", "road", "road"),
                labels.stream().map(TrueLabel::label).toList());
        assertEquals(
                1,
                assertInstanceOf(Annotation.Polygon.class, labels.get(0).annotation())
                        .parts()
                        .getFirst()
                        .holes()
                        .size());
    }

    @Test
    void geojson_world_isReadBackAsPixels() throws IOException {
        WrittenDataSet written = Samples.write(
                "geojson",
                Map.of("geotransform", "8.5 1e-6 2e-7 47 1e-7 -1e-6"),
                Samples.prelabels(Samples.BOX, Samples.ROTATED_BOX, Samples.FRAME, Samples.KEYPOINTS));
        files.with("sheet.png", "");
        written.entries().forEach(files::with);

        LabeledDataSet data = open("geojson");
        List<TrueLabel> labels = data.labels(data.images().getFirst(), Samples.SIZE);

        Rect box = labels.get(0).box().orElseThrow();
        assertEquals(3.25, box.x(), 1e-3);
        assertEquals(14.5625, box.bottom(), 1e-3);
        RotatedRect turned = assertInstanceOf(
                        Annotation.RotatedBox.class, labels.get(1).annotation())
                .box();
        assertEquals(30, turned.angle(), 1e-2);
        assertEquals(20, turned.width(), 1e-3);
        Annotation.Polygon frame =
                assertInstanceOf(Annotation.Polygon.class, labels.get(2).annotation());
        assertEquals(300, frame.parts().getFirst().area(), 0.1);
        assertEquals(
                3,
                assertInstanceOf(Annotation.Keypoints.class, labels.get(3).annotation())
                        .points()
                        .size());
    }

    @Test
    void recognise_eachFormatsOwnFiles_findsIt() throws IOException {
        for (String id : List.of("cvat", "cvat.xml", "supervisely", "darwin", "encord", "labelme", "geojson")) {
            FilesInMemory own = new FilesInMemory().with("images/sheet.png", "");
            Samples.write(id, Map.of(), Samples.everyKind(), Samples.prelabels())
                    .entries()
                    .forEach(own::with);
            assertEquals(
                    id,
                    LabelReaders.recognise(DataSetSource.of(own))
                            .map(LabelReader::id)
                            .orElse("none"));
        }
    }

    @Test
    void darwin_withoutAnnotations_isNotTakenForCoco() throws IOException {
        files.with(
                "x.json",
                "{\"version\": \"2.0\", \"item\": {\"name\": \"a.jpg\", \"slots\": []}, \"annotations\": []}");
        assertEquals(
                Optional.of("darwin"),
                LabelReaders.recognise(DataSetSource.of(files)).map(LabelReader::id));
    }

    private void assertRefused(String id, String name, String content, String message) throws IOException {
        FilesInMemory one = new FilesInMemory().with(name, content);
        LabelReader reader = LabelReaders.byId(id).orElseThrow();
        DataSetException refusal = assertThrows(DataSetException.class, () -> {
            LabeledDataSet data = reader.open(DataSetSource.of(one));
            data.labels(data.images().getFirst(), SIZE);
        });
        assertEquals(message, refusal.getMessage());
    }

    private List<TrueLabel> labels(LabeledDataSet data) throws IOException {
        List<TrueLabel> labels = data.labels(data.images().getFirst(), SIZE);
        assertTrue(labels.stream().allMatch(label -> data.classes().contains(label.label())));
        return labels;
    }

    private LabeledDataSet open(String id) throws IOException {
        DataSetSource source = DataSetSource.of(files);
        LabelReader reader = LabelReaders.recognise(source).orElseThrow();
        assertEquals(id, reader.id());
        return reader.open(source);
    }
}
