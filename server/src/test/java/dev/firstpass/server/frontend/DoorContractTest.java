package dev.firstpass.server.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.CocoRle;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RunLengths;
import dev.firstpass.registry.Tenant;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every door that answers geometry: the same photo and the same model give the same geometry as `/v1/models/{ref}/prelabels`, within
/// what the wire can say. Each door has a line for each geometry; what comes over its wire is read here the way its client reads it.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DoorContractTest {
    private static final byte[] PHOTO = {(byte) 0xFF, (byte) 0xD8, 1, 2, 3};
    private static final String ENCODED = Base64.getEncoder().encodeToString(PHOTO);
    private static final double PIXELS = 1e-4;

    @AutoClose
    private final TestServer server = ShapedModels.start();

    /// One finding.
    ///
    /// @param rings numbers of each ring or row of points; of a box x, y, width, height
    /// @param runs of a mask, else empty
    record Found(String label, String kind, List<List<Double>> rings, String runs) {
        static Found of(JsonNode label, String kind, List<List<Double>> rings) {
            return new Found(label.asText(), kind, rings, "");
        }
    }

    /// What a door's client reads of the answer for a model.
    @FunctionalInterface
    interface Client {
        List<Found> found(TestServer server, String model);
    }

    /// @param query with which `/v1` answers the same
    /// @param told what of that the door's wire can say
    record Line(String door, String model, String query, UnaryOperator<List<Found>> told, Client client) {
        @Override
        public String toString() {
            return door + ": " + model + " " + query;
        }
    }

    @BeforeAll
    void setProjects() {
        setProjects(server, Tenant.LOCAL);
    }

    /// What the lines name.
    static void setProjects(TestServer server, Tenant tenant) {
        server.backend.projects.set(tenant, "fields", "{mapping: {dog: Hund}, max: 1}");
        server.backend.projects.set(tenant, "outlined", "{geometry: polygon, thresholds: {dog: 0.8}}");
    }

    static Stream<Line> lines() {
        return Stream.of(cvat(), xAnyLabeling(), roboflow(), labelStudio(), openInference(), byProjects())
                .flatMap(List::stream);
    }

    /// Each tool names a project together with the model, in its own way.
    private static List<Line> byProjects() {
        UnaryOperator<List<Found>> all = UnaryOperator.identity();
        Client detected = RoboflowWire.of("object_detection");
        Client segmented = RoboflowWire.of("instance_segmentation");
        return List.of(
                new Line(
                        "cvat",
                        "boxes",
                        "project=fields",
                        all,
                        (at, model) -> CvatWire.detected(at, model + "..production..fields")),
                new Line(
                        "cvat",
                        "blobs",
                        "project=outlined@1",
                        all,
                        (at, model) -> CvatWire.detected(at, model + "..2..outlined..1")),
                new Line(
                        "x-anylabeling",
                        "boxes",
                        "project=fields",
                        all,
                        (at, model) -> XAnyLabelingWire.found(at, model + "+fields")),
                new Line(
                        "x-anylabeling",
                        "blobs",
                        "project=outlined",
                        all,
                        (at, model) -> XAnyLabelingWire.found(at, model + "@2+outlined@1")),
                new Line(
                        "roboflow",
                        "boxes",
                        "project=fields",
                        all,
                        (at, model) -> detected.found(at, model + "+fields")),
                new Line(
                        "roboflow",
                        "blobs",
                        "project=outlined",
                        DoorContractTest::largest,
                        (at, model) -> segmented.found(at, model + "/2+outlined@1")),
                new Line(
                        "roboflow, the older way",
                        "boxes",
                        "project=fields",
                        all,
                        (at, model) -> RoboflowWire.legacy(at, model, "production+fields")));
    }

    private static List<Line> cvat() {
        return Stream.of("boxes", "turned", "outlines", "blobs", "rings", "lines", "tags", "pointed")
                .map(model -> new Line(
                        "cvat",
                        model,
                        "",
                        UnaryOperator.identity(),
                        model.equals("pointed") ? CvatWire::pointed : CvatWire::detected))
                .toList();
    }

    private static List<Line> xAnyLabeling() {
        return List.of(
                new Line("x-anylabeling", "boxes", "", UnaryOperator.identity(), XAnyLabelingWire::found),
                new Line("x-anylabeling", "turned", "", DoorContractTest::corners, XAnyLabelingWire::found),
                new Line("x-anylabeling", "outlines", "", UnaryOperator.identity(), XAnyLabelingWire::found),
                new Line("x-anylabeling", "lines", "", UnaryOperator.identity(), XAnyLabelingWire::found),
                new Line("x-anylabeling", "joints", "", UnaryOperator.identity(), XAnyLabelingWire::found),
                new Line(
                        "x-anylabeling",
                        "blobs",
                        "geometry=polygon",
                        UnaryOperator.identity(),
                        XAnyLabelingWire::found));
    }

    private static List<Line> roboflow() {
        String box = "geometry=box";
        String polygon = "geometry=polygon";
        return List.of(
                new Line("roboflow", "boxes", "", UnaryOperator.identity(), RoboflowWire.of("object_detection")),
                new Line("roboflow", "turned", box, UnaryOperator.identity(), RoboflowWire.of("object_detection")),
                new Line("roboflow", "blobs", box, UnaryOperator.identity(), RoboflowWire.of("object_detection")),
                new Line(
                        "roboflow",
                        "outlines",
                        "",
                        DoorContractTest::largest,
                        RoboflowWire.of("instance_segmentation")),
                new Line(
                        "roboflow",
                        "blobs",
                        polygon,
                        DoorContractTest::largest,
                        RoboflowWire.of("instance_segmentation")),
                new Line("roboflow", "rings", "", UnaryOperator.identity(), RoboflowWire::runs),
                new Line("roboflow", "joints", "", UnaryOperator.identity(), RoboflowWire.of("keypoints_detection")),
                new Line("roboflow", "tags", "", UnaryOperator.identity(), RoboflowWire.of("classification")),
                new Line("roboflow, the older way", "boxes", "", UnaryOperator.identity(), RoboflowWire::legacy));
    }

    private static List<Line> labelStudio() {
        return Stream.of("boxes", "turned", "outlines", "blobs", "rings", "joints", "lines", "tags", "pointed")
                .map(model -> new Line(
                        "label-studio",
                        model,
                        "",
                        DoorContractTest::apart,
                        model.equals("pointed") ? LabelStudioWire::pointed : LabelStudioWire::found))
                .toList();
    }

    private static List<Line> openInference() {
        return Stream.of("boxes", "turned", "outlines", "blobs", "rings", "lines", "joints", "tags")
                .map(model -> new Line("open inference", model, "", UnaryOperator.identity(), OpenInferenceWire::found))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("lines")
    void geometry_isThatOfTheNativeDoor(Line line) {
        List<Found> expected = line.told().apply(nativeDoor(line));
        List<Found> actual = line.client().found(server, line.model());

        assertFalse(expected.isEmpty());
        assertEquals(expected.size(), actual.size(), () -> expected + " " + actual);
        for (int i = 0; i < expected.size(); i++) {
            assertSame(expected.get(i), actual.get(i));
        }
    }

    private static void assertSame(Found expected, Found actual) {
        assertEquals(expected.label(), actual.label());
        assertEquals(expected.kind(), actual.kind());
        assertEquals(expected.runs(), actual.runs());
        assertEquals(expected.rings().size(), actual.rings().size(), () -> expected + " " + actual);
        for (int i = 0; i < expected.rings().size(); i++) {
            List<Double> wanted = expected.rings().get(i);
            List<Double> found = actual.rings().get(i);
            assertEquals(wanted.size(), found.size(), () -> expected + " " + actual);
            for (int k = 0; k < wanted.size(); k++) {
                assertEquals(wanted.get(k), found.get(k), PIXELS, () -> expected + " " + actual);
            }
        }
    }

    private List<Found> nativeDoor(Line line) {
        String path = "/v1/models/" + line.model() + "/prelabels?" + line.query();
        if (line.model().equals("pointed")) {
            String body =
                    "{\"asset\": {\"base64\": \"" + ENCODED + "\"}, \"prompt\": {\"points\": [{\"x\": 9, \"y\": 9}]}}";
            return natively(answer(server.post(path, "application/json", body)), "object");
        }
        return natively(answer(server.post(path, "image/jpeg", PHOTO)), "");
    }

    private static JsonNode answer(HttpResponse<byte[]> response) {
        assertEquals(200, response.statusCode(), () -> TestServer.text(response));
        return TestServer.json(response);
    }

    private static JsonNode posted(TestServer server, String path, String body) {
        return answer(server.post(path, "application/json", body));
    }

    /// @param label that the door is to give; empty for the model's
    private static List<Found> natively(JsonNode answer, String label) {
        List<Found> all = new ArrayList<>();
        for (JsonNode one : answer.path("annotations")) {
            String type = one.path("type").textValue();
            JsonNode box = one.path("box");
            String name = label.isEmpty() ? one.path("label").textValue() : label;
            all.add(
                    switch (type) {
                        case "box" -> new Found(name, type, List.of(numbers(box, "x", "y", "width", "height")), "");
                        case "rotated-box" ->
                            new Found(
                                    name,
                                    type,
                                    List.of(numbers(one.path("rotatedBox"), "cx", "cy", "width", "height", "angle")),
                                    "");
                        case "polygon" ->
                            new Found(name, type, outers(one.path("polygon").path("parts")), "");
                        case "mask" ->
                            new Found(
                                    name,
                                    type,
                                    List.of(),
                                    one.path("mask").path("counts").textValue());
                        case "polyline" ->
                            new Found(
                                    name,
                                    type,
                                    List.of(flat(one.path("polyline").path("points"))),
                                    "");
                        case "keypoints" -> new Found(name, type, joints(one.path("keypoints")), "");
                        case "classification" -> new Found(name, type, List.of(), "");
                        default -> throw new IllegalStateException(type);
                    });
        }
        return all;
    }

    private static List<List<Double>> outers(JsonNode parts) {
        List<List<Double>> rings = new ArrayList<>();
        parts.forEach(part -> rings.add(flat(part.get(0))));
        return rings;
    }

    private static List<List<Double>> joints(JsonNode joints) {
        List<List<Double>> present = new ArrayList<>();
        for (JsonNode joint : joints) {
            if (joint.has("x")) {
                present.add(numbers(joint, "x", "y"));
            }
        }
        return present;
    }

    private static List<Double> numbers(JsonNode object, String... members) {
        return Stream.of(members)
                .map(member -> object.path(member).doubleValue())
                .toList();
    }

    /// `[[x, y], ...]`
    private static List<Double> flat(JsonNode points) {
        List<Double> flat = new ArrayList<>();
        points.forEach(point -> point.forEach(number -> flat.add(number.doubleValue())));
        return flat;
    }

    /// A turned box as its corners.
    private static List<Found> corners(List<Found> found) {
        return found.stream()
                .map(one -> {
                    List<Double> box = one.rings().getFirst();
                    List<Double> flat = new ArrayList<>();
                    for (Point corner :
                            new RotatedRect(box.get(0), box.get(1), box.get(2), box.get(3), box.get(4)).corners()) {
                        flat.add(corner.x());
                        flat.add(corner.y());
                    }
                    return new Found(one.label(), one.kind(), List.of(flat), "");
                })
                .toList();
    }

    /// Each part of a polygon alone.
    private static List<Found> apart(List<Found> found) {
        return found.stream()
                .flatMap(one -> one.kind().equals("polygon")
                        ? one.rings().stream().map(ring -> new Found(one.label(), one.kind(), List.of(ring), ""))
                        : Stream.of(one))
                .toList();
    }

    /// Of several parts the largest alone.
    private static List<Found> largest(List<Found> found) {
        return found.stream()
                .map(one -> new Found(
                        one.label(),
                        one.kind(),
                        one.rings().stream().max(Comparator.comparingDouble(DoorContractTest::area)).stream()
                                .toList(),
                        ""))
                .toList();
    }

    private static double area(List<Double> ring) {
        double twice = 0;
        for (int i = 0; i < ring.size(); i += 2) {
            int next = (i + 2) % ring.size();
            twice += ring.get(i) * ring.get(next + 1) - ring.get(next) * ring.get(i + 1);
        }
        return Math.abs(twice / 2);
    }

    /// As CVAT's lambda manager and its page read it.
    private static final class CvatWire {
        static List<Found> detected(TestServer server, String model) {
            Map<String, Found> byGroup = new LinkedHashMap<>();
            for (JsonNode shape : invoke(server, model, "{\"image\": \"" + ENCODED + "\"}")) {
                Found found = found(shape);
                String group = shape.has("group_id") ? "group " + shape.get("group_id") : "alone " + byGroup.size();
                byGroup.merge(group, found, (first, second) -> {
                    List<List<Double>> rings = new ArrayList<>(first.rings());
                    rings.addAll(second.rings());
                    return new Found(first.label(), first.kind(), rings, "");
                });
            }
            return List.copyOf(byGroup.values());
        }

        private static JsonNode invoke(TestServer server, String model, String body) {
            HttpRequest.Builder request = HttpRequest.newBuilder(server.uri("/api/function_invocations"))
                    .header("Content-Type", "application/json")
                    .header("x-nuclio-function-name", model)
                    .header("x-nuclio-path", "/")
                    .POST(HttpRequest.BodyPublishers.ofString(body));
            return answer(server.send(request));
        }

        private static Found found(JsonNode shape) {
            List<Double> points = new ArrayList<>();
            shape.path("points").forEach(number -> points.add(number.doubleValue()));
            return switch (shape.path("type").textValue()) {
                case "rectangle" -> rectangle(shape, points);
                case "polygon" -> Found.of(shape.path("label"), "polygon", List.of(points));
                case "polyline" -> Found.of(shape.path("label"), "polyline", List.of(points));
                case "tag" -> Found.of(shape.path("label"), "classification", List.of());
                case "mask" -> {
                    List<Integer> mask = new ArrayList<>();
                    shape.path("mask").forEach(number -> mask.add(number.intValue()));
                    int end = mask.size() - 4;
                    yield new Found(
                            shape.path("label").textValue(),
                            "mask",
                            List.of(),
                            runs(mask.subList(0, end), mask.subList(end, mask.size())));
                }
                default -> throw new IllegalStateException(shape.toString());
            };
        }

        private static Found rectangle(JsonNode shape, List<Double> points) {
            double width = points.get(2) - points.get(0);
            double height = points.get(3) - points.get(1);
            return shape.has("rotation")
                    ? Found.of(
                            shape.path("label"),
                            "rotated-box",
                            List.of(List.of(
                                    points.get(0) + width / 2,
                                    points.get(1) + height / 2,
                                    width,
                                    height,
                                    shape.get("rotation").doubleValue())))
                    : Found.of(
                            shape.path("label"), "box", List.of(List.of(points.get(0), points.get(1), width, height)));
        }

        static List<Found> pointed(TestServer server, String model) {
            JsonNode answer = invoke(
                    server,
                    model,
                    "{\"image\": \"" + ENCODED
                            + "\", \"pos_points\": [[9, 9]], \"neg_points\": [], \"obj_bbox\": null}");
            List<Integer> pixels = new ArrayList<>();
            answer.path("mask").forEach(row -> row.forEach(pixel -> pixels.add(pixel.intValue())));
            List<Integer> bounds = new ArrayList<>();
            answer.path("bounds").forEach(bound -> bounds.add(bound.intValue()));
            return List.of(new Found("object", "mask", List.of(), runs(pixels, bounds)));
        }

        /// @param bounds left, top, right and bottom, the latter two inside
        private static String runs(List<Integer> pixels, List<Integer> bounds) {
            int width = bounds.get(2) + 1 - bounds.get(0);
            BitMask mask = new BitMask(ShapedModels.SIZE);
            assertEquals(width * (bounds.get(3) + 1 - bounds.get(1)), pixels.size());
            for (int i = 0; i < pixels.size(); i++) {
                if (pixels.get(i) > 0) {
                    mask.set(bounds.get(0) + i % width, bounds.get(1) + i / width);
                }
            }
            return CocoRle.encode(RunLengths.of(mask));
        }
    }

    /// As `tritonclient` hands it to its callers: a string, of the JSON.
    private static final class OpenInferenceWire {
        static List<Found> found(TestServer server, String model) {
            byte[] json = ("{\"inputs\":[{\"name\":\"image\",\"datatype\":\"BYTES\",\"shape\":[1],\"parameters\":"
                            + "{\"binary_data_size\":" + (4 + PHOTO.length) + "}}]}")
                    .getBytes(StandardCharsets.US_ASCII);
            byte[] body = ByteBuffer.allocate(json.length + 4 + PHOTO.length)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .put(json)
                    .putInt(PHOTO.length)
                    .put(PHOTO)
                    .array();
            HttpRequest.Builder request = HttpRequest.newBuilder(server.uri("/v2/models/" + model + ".prelabels/infer"))
                    .header("Inference-Header-Content-Length", Integer.toString(json.length))
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body));
            String prelabels =
                    answer(server.send(request)).at("/outputs/0/data/0").textValue();
            return natively(TestServer.json(prelabels), "");
        }
    }

    /// As X-AnyLabeling's remote model reads it.
    private static final class XAnyLabelingWire {
        static List<Found> found(TestServer server, String model) {
            JsonNode answer = posted(
                    server,
                    "/x-anylabeling/v1/predict",
                    "{\"model\": \"" + model + "\", \"image\": \"data:image/jpeg;base64," + ENCODED
                            + "\", \"params\": {}}");
            Map<String, Found> byGroup = new LinkedHashMap<>();
            for (JsonNode shape : answer.path("data").path("shapes")) {
                String group =
                        shape.path("group_id").isInt() ? "group " + shape.get("group_id") : "alone " + byGroup.size();
                byGroup.merge(group, found(shape), XAnyLabelingWire::together);
            }
            return List.copyOf(byGroup.values());
        }

        private static Found found(JsonNode shape) {
            List<Double> points = new ArrayList<>(flat(shape.path("points")));
            return switch (shape.path("shape_type").textValue()) {
                case "rectangle" ->
                    Found.of(
                            shape.path("label"),
                            "box",
                            List.of(List.of(
                                    points.get(0),
                                    points.get(1),
                                    points.get(4) - points.get(0),
                                    points.get(5) - points.get(1))));
                case "rotation" -> {
                    assertEquals(
                            Math.atan2(points.get(3) - points.get(1), points.get(2) - points.get(0)),
                            shape.path("direction").doubleValue(),
                            1e-4);
                    yield Found.of(shape.path("label"), "rotated-box", List.of(points));
                }
                case "polygon" -> {
                    assertEquals(points.subList(0, 2), points.subList(points.size() - 2, points.size()));
                    yield Found.of(shape.path("label"), "polygon", List.of(points.subList(0, points.size() - 2)));
                }
                case "linestrip" -> Found.of(shape.path("label"), "polyline", List.of(points));
                case "point" -> Found.of(shape.path("label"), "point", List.of(points));
                default -> throw new IllegalStateException(shape.toString());
            };
        }

        /// Parts of a polygon; or a figure's box and its joints, of which the box is not the joints' own.
        private static Found together(Found first, Found second) {
            List<List<Double>> rings = new ArrayList<>(first.kind().equals("box") ? List.of() : first.rings());
            rings.addAll(second.rings());
            return new Found(first.label(), second.kind().equals("point") ? "keypoints" : first.kind(), rings, "");
        }
    }

    /// As `inference-sdk` hands it to its callers.
    private static final class RoboflowWire {
        static Client of(String task) {
            return (server, model) -> found(ask(server, task, model, ""));
        }

        static List<Found> runs(TestServer server, String model) {
            return found(ask(server, "instance_segmentation", model, ", \"response_mask_format\": \"rle\""));
        }

        static List<Found> legacy(TestServer server, String model) {
            return legacy(server, model, "production");
        }

        static List<Found> legacy(TestServer server, String model, String version) {
            return found(answer(server.post(
                    "/roboflow/" + model + "/" + version + "?api_key=secret&confidence=40",
                    "application/x-www-form-urlencoded",
                    ENCODED.getBytes(StandardCharsets.US_ASCII))));
        }

        private static JsonNode ask(TestServer server, String task, String model, String more) {
            return posted(
                    server,
                    "/roboflow/infer/" + task,
                    "{\"model_id\": \"" + model
                            + "\", \"api_key\": \"secret\", \"image\": {\"type\": \"base64\", \"value\": \"" + ENCODED
                            + "\"}" + more + "}");
        }

        private static List<Found> found(JsonNode answer) {
            assertEquals(
                    ShapedModels.SIZE.width(),
                    answer.path("image").path("width").intValue());
            List<Found> all = new ArrayList<>();
            answer.path("predictions").forEach(prediction -> all.add(one(prediction)));
            return all;
        }

        private static Found one(JsonNode prediction) {
            JsonNode label = prediction.path("class");
            if (prediction.has("points")) {
                List<Double> ring = new ArrayList<>();
                prediction.get("points").forEach(point -> ring.addAll(numbers(point, "x", "y")));
                return Found.of(label, "polygon", List.of(ring));
            }
            if (prediction.has("rle")) {
                return new Found(
                        label.textValue(),
                        "mask",
                        List.of(),
                        prediction.path("rle").path("counts").textValue());
            }
            if (prediction.has("keypoints")) {
                List<List<Double>> joints = new ArrayList<>();
                prediction.get("keypoints").forEach(joint -> joints.add(numbers(joint, "x", "y")));
                return Found.of(label, "keypoints", joints);
            }
            if (!prediction.has("width")) {
                return Found.of(label, "classification", List.of());
            }
            double width = prediction.get("width").doubleValue();
            double height = prediction.get("height").doubleValue();
            return Found.of(
                    label,
                    "box",
                    List.of(List.of(
                            prediction.get("x").doubleValue() - width / 2,
                            prediction.get("y").doubleValue() - height / 2,
                            width,
                            height)));
        }
    }
}
