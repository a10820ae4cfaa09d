package dev.firstpass.server.frontend.roboflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.server.asset.AssetRef;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.BadDoorInput;
import dev.firstpass.server.frontend.ShapedModels;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.pipeline.PrelabelRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Roboflow's door, asked as `inference-sdk` asks.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RoboflowDoorTest {
    private static final String INFER = "/roboflow/infer/";
    private static final String IMAGE = "\"image\": {\"type\": \"base64\", \"value\": \"AQID\"}";

    @AutoClose
    private final TestServer server = ShapedModels.start();

    @BeforeEach
    void forget() {
        server.backend.requests.clear();
        server.backend.projects.clear();
    }

    private JsonNode infer(String task, String model, String more) {
        return answered(server.post(
                INFER + task,
                "application/json",
                "{\"model_id\": \"" + model + "\", \"api_key\": \"hunter2\", " + IMAGE + more + "}"));
    }

    private static JsonNode answered(HttpResponse<byte[]> response) {
        assertEquals(200, response.statusCode(), () -> TestServer.text(response));
        return TestServer.json(response);
    }

    private PrelabelRequest onlyRequest() {
        assertEquals(1, server.backend.requests.size());
        return server.backend.requests.element();
    }

    @Test
    void registry_namesTheTaskOfEachModelThatHasOne() {
        JsonNode models =
                TestServer.json(server.get("/roboflow/model/registry")).path("models");

        assertEquals(
                List.of("coco", "salient", "boxes", "turned", "outlines", "blobs", "rings", "joints", "tags"),
                models.findValuesAsText("model_id"));
        assertEquals(
                List.of(
                        "object-detection",
                        "instance-segmentation",
                        "object-detection",
                        "object-detection",
                        "instance-segmentation",
                        "instance-segmentation",
                        "instance-segmentation",
                        "keypoint-detection",
                        "classification"),
                models.findValuesAsText("task_type"));
        assertEquals(
                "Firstpass",
                TestServer.json(server.get("/roboflow/info")).path("name").textValue());
    }

    /// The client looks for the very id that it was given.
    @Test
    void modelThatIsAdded_isListedUnderTheIdThatItIsAskedBy() {
        JsonNode models = answered(server.post("/roboflow/model/add", "application/json", "{\"model_id\": \"coco/1\"}"))
                .path("models");

        assertTrue(models.findValuesAsText("model_id").contains("coco/1"));
    }

    @Test
    void ids_areNamesWithAVersionOrAnAlias() {
        for (String id : List.of("coco", "coco/2", "coco/production")) {
            infer("object_detection", id, "");
        }
        assertEquals(
                List.of("coco@production", "coco@2", "coco@production"),
                server.backend.requests.stream()
                        .map(request -> request.model().toString())
                        .toList());
    }

    /// Nothing is written for a door that reads what was found.
    @Test
    void project_standsBehindAPlus_andFiltersGoByItsLabels() {
        server.backend.projects.set("fields", "mapping: {dog: Hund}");

        JsonNode found = infer("object_detection", "boxes/2+fields@1", ", \"class_filter\": [\"Hund\"]")
                .path("predictions");

        assertEquals(List.of("Hund"), found.findValuesAsText("class"));
        PrelabelRequest request = onlyRequest();
        assertEquals("boxes@2", request.model().toString());
        assertEquals("fields@1", request.labeling().project());
        assertEquals(Set.of("dog"), request.labeling().classes());
        assertEquals(Optional.empty(), request.written());
        assertTrue(
                answered(server.post("/roboflow/model/add", "application/json", "{\"model_id\": \"boxes/2+fields@1\"}"))
                        .path("models")
                        .findValuesAsText("model_id")
                        .contains("boxes/2+fields@1"));
    }

    @Test
    void detection_isABoxByItsCentre_withTheNumberOfItsClass() {
        JsonNode dog =
                infer("object_detection", "boxes", "").path("predictions").get(0);

        assertEquals("dog", dog.path("class").textValue());
        assertEquals(1, dog.path("class_id").intValue());
        assertEquals(0.875, dog.path("confidence").doubleValue());
        assertEquals(20.3125, dog.path("x").doubleValue());
        assertEquals(36, dog.path("detection_id").textValue().length());
    }

    @Test
    void classification_namesTheBestClass() {
        JsonNode answer = infer("classification", "tags", "");

        assertEquals("dog", answer.path("top").textValue());
        assertEquals(0.875, answer.path("confidence").doubleValue());
        assertEquals(List.of("dog", "cat"), answer.path("predictions").findValuesAsText("class"));
        JsonNode nothing = infer("classification", "tags", ", \"confidence\": 0.99");
        assertEquals("", nothing.path("top").textValue());
    }

    @Test
    void options_areWishes() {
        infer(
                "object_detection",
                "boxes",
                ", \"confidence\": 0.8, \"class_filter\": [\"dog\"], \"max_detections\": 3, \"iou_threshold\": 0.3");

        PrelabelRequest request = onlyRequest();
        assertEquals(Optional.of(0.8), request.labeling().threshold());
        assertEquals(Set.of("dog"), request.labeling().classes());
        assertEquals(3, request.labeling().max());
        assertEquals(Optional.of(GeometryKind.BOX), request.labeling().geometry());
    }

    @Test
    void confidence_mayBeAWordForWhatIsUsual() {
        infer("object_detection", "boxes", ", \"confidence\": \"best\"");

        assertEquals(Optional.empty(), onlyRequest().labeling().threshold());
    }

    @Test
    void severalImages_areAnsweredByAList() {
        JsonNode answers = answered(
                server.post(
                        INFER + "object_detection",
                        "application/json",
                        "{\"model_id\": \"boxes\", \"image\": [{\"type\": \"base64\", \"value\": \"AQID\"}, {\"type\": \"base64\", \"value\": \"AQIE\"}]}"));

        assertEquals(2, answers.size());
        assertEquals(2, answers.get(1).path("predictions").size());
    }

    @Test
    void images_mayBeAddresses_whichTheAllowListIsFor() {
        answered(server.post(
                INFER + "object_detection",
                "application/json",
                "{\"model_id\": \"boxes\", \"image\": {\"type\": \"url\", \"value\": \"http://example.org/a.jpg\"}}"));

        assertEquals(new AssetRef.Uri("http://example.org/a.jpg"), onlyRequest().asset());
    }

    @Test
    void olderWay_takesBase64AndPercentages() {
        JsonNode answer = answered(server.post(
                "/roboflow/boxes/2?api_key=hunter2&confidence=80&overlap=30&max_detections=5",
                "application/x-www-form-urlencoded",
                "AQID"));

        assertEquals(1, answer.path("predictions").size());
        assertEquals(Optional.of(0.8), onlyRequest().labeling().threshold());
        assertEquals(5, onlyRequest().labeling().max());
    }

    private static BadDoorInput bad(String name, String body, Reason reason) {
        return BadDoorInput.json(name, INFER + "object_detection", body, reason);
    }

    private static BadDoorInput option(String name, String option, Reason reason) {
        return bad(name, "{\"model_id\": \"boxes\", \"api_key\": \"hunter2\", " + IMAGE + ", " + option + "}", reason);
    }

    private static BadDoorInput image(String name, String image) {
        return bad(name, "{\"model_id\": \"boxes\", \"image\": " + image + "}", Reason.ARGUMENT_INVALID);
    }

    private static BadDoorInput older(String name, String path, Reason reason) {
        return new BadDoorInput(
                name,
                "POST /roboflow/" + path + " HTTP/1.1\nContent-Type: application/x-www-form-urlencoded",
                new byte[] {'A', 'Q', 'I', 'D'},
                reason);
    }

    static Stream<BadDoorInput> badInputs() {
        Reason invalid = Reason.ARGUMENT_INVALID;
        return Stream.of(
                new BadDoorInput("unknown path", "GET /roboflow/nothing HTTP/1.1", new byte[0], Reason.ROUTE_NOT_FOUND),
                new BadDoorInput(
                        "wrong method",
                        "GET " + INFER + "classification HTTP/1.1",
                        new byte[0],
                        Reason.METHOD_NOT_ALLOWED),
                BadDoorInput.json(
                        "model added that is not there",
                        "/roboflow/model/add",
                        "{\"model_id\": \"none\"}",
                        Reason.MODEL_NOT_FOUND),
                BadDoorInput.json(
                        "model added that needs a prompt",
                        "/roboflow/model/add",
                        "{\"model_id\": \"pointed\"}",
                        Reason.NOT_SUPPORTED),
                BadDoorInput.json("model added without an id", "/roboflow/model/add", "{}", invalid),
                bad("unknown model", "{\"model_id\": \"none/1\", " + IMAGE + "}", Reason.MODEL_NOT_FOUND),
                bad("unknown version", "{\"model_id\": \"coco/9\", " + IMAGE + "}", Reason.VERSION_NOT_FOUND),
                bad("model of three parts", "{\"model_id\": \"a/b/1\", " + IMAGE + "}", invalid),
                bad("no model", "{" + IMAGE + "}", invalid),
                bad("no JSON", "model_id=boxes", invalid),
                bad("deep JSON", "{\"image\":" + "[".repeat(3000) + "]".repeat(3000) + "}", invalid),
                image("image a text", "\"AQID\""),
                image("image without a type", "{\"value\": \"AQID\"}"),
                image("image of another type", "{\"type\": \"numpy\", \"value\": \"AQID\"}"),
                image("image no base64", "{\"type\": \"base64\", \"value\": \"*\"}"),
                image("no images", "[]"),
                image(
                        "too many images",
                        "[" + "{\"type\": \"base64\", \"value\": \"AQID\"},".repeat(64)
                                + "{\"type\": \"base64\", \"value\": \"AQID\"}]"),
                image("second image no image", "[{\"type\": \"base64\", \"value\": \"AQID\"}, 7]"),
                image("address too long", "{\"type\": \"url\", \"value\": \"http://" + "a".repeat(3000) + "\"}"),
                option("confidence over one", "\"confidence\": 7", invalid),
                option("confidence another word", "\"confidence\": \"worst\"", invalid),
                option("unknown class", "\"class_filter\": [\"elephant\"]", invalid),
                option("classes a text", "\"class_filter\": \"dog\"", invalid),
                option("limit zero", "\"max_detections\": 0", invalid),
                option("limit no whole number", "\"max_detections\": 1.5", invalid),
                option("limit huge", "\"max_detections\": 1e30", invalid),
                option("form of masks", "\"response_mask_format\": \"png\"", invalid),
                option("picture of the findings", "\"visualize_predictions\": true", Reason.NOT_SUPPORTED),
                option("image not turned upright", "\"disable_preproc_auto_orient\": true", Reason.NOT_SUPPORTED),
                older("older way, unknown model", "none/1", Reason.MODEL_NOT_FOUND),
                older("older way, needs a prompt", "pointed/2", Reason.NOT_SUPPORTED),
                older("older way, picture wanted", "boxes/2?format=image", invalid),
                older("older way, confidence", "boxes/2?confidence=101", invalid),
                older("older way, class", "boxes/2?classes=elephant", invalid),
                new BadDoorInput(
                        "older way, no base64",
                        "POST /roboflow/boxes/2 HTTP/1.1\nContent-Type: text/plain",
                        new byte[] {'*'},
                        invalid));
    }

    @ParameterizedTest
    @MethodSource("badInputs")
    void badInput_isRefusedWithAMessage_andTheServerGoesOn(BadDoorInput bad) {
        JsonNode told = TestServer.json(bad.refusedBy(server).body());

        assertEquals(bad.reason().name(), told.path("reason").textValue());
        assertTrue(told.path("message").textValue().startsWith(bad.reason().name() + ": "));
        assertFalse(infer("object_detection", "boxes", "").path("predictions").isEmpty());
    }
}
