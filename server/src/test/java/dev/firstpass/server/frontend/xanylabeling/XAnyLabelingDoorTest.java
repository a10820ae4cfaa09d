package dev.firstpass.server.frontend.xanylabeling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.BadDoorInput;
import dev.firstpass.server.frontend.ShapedModels;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.pipeline.PrelabelRequest;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// X-AnyLabeling's door, asked with the payloads of its remote model (`anylabeling/services/auto_labeling/remote_server.py`, commit
/// 87da3399), and held against the shapes that its own server's schema takes (`app/schemas/shape.py`, commit 70599dc).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class XAnyLabelingDoorTest {
    private static final String PREDICT = "/x-anylabeling/v1/predict";
    private static final String IMAGE = "\"image\": \"data:image/jpeg;base64,AQID\"";
    private static final Set<String> SHAPE = Set.of(
            "label",
            "shape_type",
            "points",
            "score",
            "group_id",
            "attributes",
            "flags",
            "difficult",
            "kie_linking",
            "direction",
            "description");

    @AutoClose
    private final TestServer server = ShapedModels.start();

    @BeforeEach
    void forget() {
        server.backend.requests.clear();
        server.backend.projects.clear();
    }

    private JsonNode predict(String model, String params) {
        HttpResponse<byte[]> response = server.send(HttpRequest.newBuilder(server.uri(PREDICT))
                .header("Content-Type", "application/json")
                .header("Token", "hunter2")
                .POST(HttpRequest.BodyPublishers.ofString(
                        "{\"model\": \"" + model + "\", " + IMAGE + ", \"params\": " + params + "}")));
        assertEquals(200, response.statusCode(), () -> TestServer.text(response));
        JsonNode body = TestServer.json(response);
        assertTrue(body.path("success").booleanValue());
        return body.path("data");
    }

    private static Set<String> names(JsonNode object) {
        Set<String> names = new TreeSet<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void models_areThoseWithShapes_withTheirControls() {
        JsonNode models =
                TestServer.json(server.get("/x-anylabeling/v1/models")).path("data");

        assertEquals(
                Set.of(
                        "blobs",
                        "boxes",
                        "coco",
                        "joints",
                        "lines",
                        "outlines",
                        "pointed",
                        "rings",
                        "salient",
                        "turned"),
                names(models));
        JsonNode boxes = models.path("boxes");
        assertEquals("boxes (Firstpass, version 2)", boxes.path("display_name").textValue());
        assertEquals("default", boxes.path("batch_processing_mode").textValue());
        assertEquals(TestServer.json("[\"cat\", \"dog\"]"), boxes.path("classes"));
        assertEquals(
                List.of(
                        "button_run",
                        "input_conf",
                        "edit_conf",
                        "toggle_preserve_existing_annotations",
                        "button_classes_filter"),
                boxes.path("widgets").findValuesAsText("name"));
        assertTrue(models.path("pointed").get("batch_processing_mode").isNull());
        assertTrue(
                models.path("pointed").path("widgets").findValuesAsText("name").contains("button_add_rect"));
        JsonNode info = TestServer.json(server.get("/x-anylabeling/v1/models/boxes/info"))
                .path("data");
        assertEquals("boxes", info.path("model_id").textValue());
        assertEquals(boxes.path("widgets"), info.path("widgets"));
    }

    @Test
    void projects_areListedForTheirModels_andFiltersGoByTheirLabels() {
        server.backend.projects.set("fields", "{mapping: {dog: Hund}, geometry: box}");

        JsonNode models =
                TestServer.json(server.get("/x-anylabeling/v1/models")).path("data");
        JsonNode boxes = models.path("boxes+fields");
        assertEquals(TestServer.json("[\"Hund\"]"), boxes.path("classes"));
        assertFalse(models.has("joints+other"));
        assertEquals(
                boxes.path("classes"),
                TestServer.json(server.get("/x-anylabeling/v1/models/boxes+fields/info"))
                        .path("data")
                        .path("classes"));
        JsonNode shapes =
                predict("boxes+fields", "{\"filter_classes\": [\"Hund\"]}").path("shapes");
        assertEquals(List.of("Hund"), shapes.findValuesAsText("label"));
        assertEquals("fields@1", server.backend.requests.element().labeling().project());
        assertEquals(Set.of("dog"), server.backend.requests.element().labeling().classes());
    }

    @Test
    void health_saysYesOrNo() {
        assertEquals(
                TestServer.json("{\"status\": \"healthy\"}"), TestServer.json(server.get("/x-anylabeling/health")));
        server.backend.ready = false;
        try {
            assertEquals(503, server.get("/x-anylabeling/health").statusCode());
        } finally {
            server.backend.ready = true;
        }
    }

    @Test
    void shapes_haveTheMembersOfTheSchemaAndNoOthers() {
        for (String model : List.of("boxes", "turned", "outlines", "blobs", "rings", "lines", "joints")) {
            JsonNode shapes = predict(model, "{}").path("shapes");
            assertFalse(shapes.isEmpty());
            for (JsonNode shape : shapes) {
                assertTrue(SHAPE.containsAll(names(shape)), () -> names(shape).toString());
                assertTrue(shape.path("group_id").isNull()
                        || shape.path("group_id").intValue() > 0);
                double direction = shape.path("direction").doubleValue();
                assertTrue(direction >= 0 && direction <= 2 * Math.PI);
            }
        }
    }

    @Test
    void params_ofTheClient_areWhatTheyAreThere() {
        assertEquals(
                2,
                predict("boxes", "{\"conf_threshold\": 0.0, \"iou_threshold\": 0.0, \"epsilon_factor\": 0.001}")
                        .path("shapes")
                        .size());
        assertEquals(
                Optional.empty(), server.backend.requests.element().labeling().threshold());
        assertEquals(
                1, predict("boxes", "{\"conf_threshold\": 0.8}").path("shapes").size());
        assertEquals(
                1,
                predict("boxes", "{\"filter_classes\": [\"cat\"]}")
                        .path("shapes")
                        .size());
        assertEquals(
                2, predict("boxes", "{\"filter_classes\": []}").path("shapes").size());
        assertTrue(predict("boxes", "{}").get("replace").isNull());
    }

    @Test
    void marks_areAPrompt_whoseAnswerIsAddedWithoutALabel() {
        JsonNode clicked = predict(
                "pointed",
                "{\"marks\": [{\"type\": \"point\", \"data\": [9, 8], \"label\": 1}, {\"type\": \"point\", \"data\": [1, 2], \"label\": 0}]}");
        predict("pointed", "{\"marks\": [{\"type\": \"rectangle\", \"data\": [30, 20, 10, 5], \"label\": 1}]}");

        assertEquals(
                "AUTOLABEL_OBJECT", clicked.path("shapes").get(0).path("label").textValue());
        assertFalse(clicked.get("replace").booleanValue());
        assertEquals(
                List.of(
                        new Prompt.Points(List.of(
                                new Prompt.Click(new Point(9, 8), true), new Prompt.Click(new Point(1, 2), false))),
                        new Prompt.Box(new Rect(10, 5, 20, 15))),
                server.backend.requests.stream().map(PrelabelRequest::prompt).toList());
    }

    /// The client asks as soon as a model is chosen, and keeps marks when another is.
    @Test
    void marks_thatAreNotThere_orOfNoUse_areNoError() {
        assertEquals(0, predict("pointed", "{}").path("shapes").size());
        assertTrue(server.backend.requests.isEmpty());
        predict("boxes", "{\"marks\": [{\"type\": \"point\", \"data\": [9, 8], \"label\": 1}]}");
        assertEquals(new Prompt.None(), server.backend.requests.element().prompt());
    }

    private static BadDoorInput bad(String name, String body, Reason reason) {
        return BadDoorInput.json(name, PREDICT, "\nToken: hunter2", body, reason);
    }

    private static BadDoorInput params(String name, String params) {
        return bad(name, "{\"model\": \"boxes\", " + IMAGE + ", \"params\": " + params + "}", Reason.ARGUMENT_INVALID);
    }

    private static BadDoorInput mark(String name, String mark) {
        return params(name, "{\"marks\": [" + mark + "]}");
    }

    static Stream<BadDoorInput> badInputs() {
        Reason invalid = Reason.ARGUMENT_INVALID;
        String model = "\"model\": \"boxes\"";
        String box = "{\"type\": \"rectangle\", \"data\": [1, 2, 3, 4], \"label\": 1}";
        return Stream.of(
                new BadDoorInput(
                        "unknown model, described",
                        "GET /x-anylabeling/v1/models/none/info HTTP/1.1",
                        new byte[0],
                        Reason.MODEL_NOT_FOUND),
                new BadDoorInput(
                        "unknown path", "GET /x-anylabeling/v1/video HTTP/1.1", new byte[0], Reason.ROUTE_NOT_FOUND),
                new BadDoorInput(
                        "wrong method", "GET " + PREDICT + " HTTP/1.1", new byte[0], Reason.METHOD_NOT_ALLOWED),
                bad("unknown model", "{\"model\": \"none\", " + IMAGE + "}", Reason.MODEL_NOT_FOUND),
                bad("unknown version", "{\"model\": \"coco@9\", " + IMAGE + "}", Reason.VERSION_NOT_FOUND),
                bad("model that has no shapes", "{\"model\": \"tags\", " + IMAGE + "}", Reason.NOT_SUPPORTED),
                bad("no model", "{" + IMAGE + "}", invalid),
                bad("no JSON", "{", invalid),
                bad("deep JSON", "{\"model\":" + "[".repeat(3000) + "]".repeat(3000) + "}", invalid),
                bad("no image", "{" + model + "}", invalid),
                bad("image no base64", "{" + model + ", \"image\": \"data:image/png;base64,***\"}", invalid),
                bad("data URI without base64", "{" + model + ", \"image\": \"data:image/png,AQID\"}", invalid),
                bad("empty image", "{" + model + ", \"image\": []}", invalid),
                params("params an array", "[]"),
                params("threshold over one", "{\"conf_threshold\": 2}"),
                params("threshold negative", "{\"conf_threshold\": -0.5}"),
                params("unknown class", "{\"filter_classes\": [\"elephant\"]}"),
                params("classes a text", "{\"filter_classes\": \"dog\"}"),
                params("marks an object", "{\"marks\": {}}"),
                params("too many marks", "{\"marks\": [" + (box + ",").repeat(100) + box + "]}"),
                mark("two rectangles", box + "," + box),
                mark("mark without a type", "{\"data\": [1, 2]}"),
                mark("mark of another type", "{\"type\": \"circle\", \"data\": [1, 2]}"),
                mark("point of one number", "{\"type\": \"point\", \"data\": [1]}"),
                mark("point of text", "{\"type\": \"point\", \"data\": [\"a\", 2]}"),
                mark("rectangle without area", "{\"type\": \"rectangle\", \"data\": [1, 2, 1, 4]}"),
                mark(
                        "rectangle around what is not wanted",
                        "{\"type\": \"rectangle\", \"data\": [1, 2, 3, 4], \"label\": 0}"),
                mark("label of a point", "{\"type\": \"point\", \"data\": [1, 2], \"label\": 7}"));
    }

    @ParameterizedTest
    @MethodSource("badInputs")
    void badInput_isRefusedInTheServersForm_andTheServerGoesOn(BadDoorInput bad) {
        JsonNode told = TestServer.json(bad.refusedBy(server).body());

        assertFalse(told.path("success").booleanValue());
        assertEquals(bad.reason().name(), told.path("error").path("code").textValue());
        assertFalse(told.path("error").path("message").textValue().isEmpty());
        assertEquals(2, predict("boxes", "{}").path("shapes").size());
    }
}
