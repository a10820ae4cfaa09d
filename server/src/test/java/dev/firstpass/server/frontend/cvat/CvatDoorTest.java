package dev.firstpass.server.frontend.cvat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.BadDoorInput;
import dev.firstpass.server.frontend.ShapedModels;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.pipeline.PrelabelRequest;
import dev.firstpass.server.pipeline.Prelabeler;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
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

/// CVAT's door, asked as CVAT's lambda manager asks a Nuclio dashboard.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CvatDoorTest {
    private static final String INVOCATIONS = "/api/function_invocations";
    private static final String IMAGE = "\"image\": \"AQID\"";

    @AutoClose
    private final TestServer server = ShapedModels.start(Limits.STANDARD.withMaxBodyBytes(64 << 10));

    @BeforeEach
    void forget() {
        server.backend.requests.clear();
        server.backend.projects.clear();
    }

    private HttpResponse<byte[]> invoke(String function, String body) {
        return server.send(HttpRequest.newBuilder(server.uri(INVOCATIONS))
                .header("Content-Type", "application/json")
                .header("x-nuclio-project-name", "cvat")
                .header("x-nuclio-function-namespace", "nuclio")
                .header("x-nuclio-invoke-via", "domain-name")
                .header("X-Nuclio-Invoke-Timeout", "120s")
                .header("x-nuclio-function-name", function)
                .header("x-nuclio-path", "/")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private PrelabelRequest onlyRequest() {
        assertEquals(1, server.backend.requests.size());
        return server.backend.requests.element();
    }

    private static Set<String> names(JsonNode object) {
        Set<String> names = new TreeSet<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void functions_areTheModelsThatCvatCanUse_eachAsItIsAlone() {
        JsonNode functions = TestServer.json(server.get("/api/functions"));

        assertEquals(
                Set.of("blobs", "boxes", "coco", "lines", "outlines", "pointed", "rings", "salient", "tags", "turned"),
                names(functions));
        functions.properties().forEach(function -> {
            assertEquals(function.getValue(), TestServer.json(server.get("/api/functions/" + function.getKey())));
            assertEquals(
                    function.getKey(),
                    function.getValue().path("metadata").path("name").textValue());
            assertEquals(
                    "ready", function.getValue().path("status").path("state").textValue());
        });
    }

    @Test
    void detector_hasTheShapesOfItsClasses_andAnAttributeForTheirScore() {
        JsonNode annotations = TestServer.json(server.get("/api/functions/boxes"))
                .path("metadata")
                .path("annotations");

        assertEquals("detector", annotations.path("type").textValue());
        assertEquals("2", annotations.path("version").textValue());
        assertEquals("boxes (Firstpass, version 2)", annotations.path("name").textValue());
        assertEquals(
                TestServer.json("""
                        [{"id":0,"name":"cat","type":"rectangle",
                          "attributes":[{"name":"confidence","input_type":"text","values":[]}]},
                         {"id":1,"name":"dog","type":"rectangle",
                          "attributes":[{"name":"confidence","input_type":"text","values":[]}]}]"""), TestServer.json(annotations.path("spec").textValue()));
        assertFalse(annotations.has("min_pos_points"));
    }

    @Test
    void detector_hasTheAttributesOfItsFamilyToo() {
        JsonNode annotations = TestServer.json(server.get("/api/functions/outlines"))
                .path("metadata")
                .path("annotations");

        assertEquals(
                List.of("dog", "text", "textScore", "confidence"),
                TestServer.json(annotations.path("spec").textValue()).get(1).findValuesAsText("name"));
    }

    @Test
    void timeThatCvatWaits_isTheRequestsTime_upToWhatIsAllowed() {
        invoke("boxes", "{" + IMAGE + "}");

        long seconds = onlyRequest().deadline().remainingNanos() / 1_000_000_000;
        assertTrue(seconds > 60 && seconds <= 120, () -> seconds + " s");
    }

    /// CVAT takes any text for yes.
    @Test
    void interactor_takesPointsOrABox_andSaysNothingThatIsNotSo() {
        JsonNode annotations = TestServer.json(server.get("/api/functions/pointed"))
                .path("metadata")
                .path("annotations");

        assertEquals("interactor", annotations.path("type").textValue());
        assertEquals("1", annotations.path("min_pos_points").textValue());
        assertEquals("0", annotations.path("min_neg_points").textValue());
        assertEquals("true", annotations.path("startswith_box_optional").textValue());
        assertFalse(annotations.has("startswith_box"));
        assertEquals("[]", annotations.path("spec").textValue());
    }

    @Test
    void aliases_areFunctionsOfTheirOwn_andNumbersCanBeAsked() {
        server.backend.moveAlias(
                new dev.firstpass.registry.ModelName("coco"), "canary", 1, java.util.OptionalLong.empty());

        JsonNode functions = TestServer.json(server.get("/api/functions"));
        assertEquals(
                "1",
                functions
                        .path("coco..canary")
                        .path("metadata")
                        .path("annotations")
                        .path("version")
                        .textValue());
        assertEquals(200, invoke("coco..canary", "{" + IMAGE + "}").statusCode());
        assertEquals("coco@canary", onlyRequest().model().toString());
        assertEquals(
                "coco..1",
                TestServer.json(server.get("/api/functions/coco..1"))
                        .path("metadata")
                        .path("name")
                        .textValue());
    }

    @Test
    void projects_areFunctionsOfTheirOwn_withTheirLabelsAndGeometry() {
        server.backend.projects.set("fields", "{mapping: {dog: Hund}, geometry: polygon}");

        JsonNode functions = TestServer.json(server.get("/api/functions"));
        JsonNode function = functions.path("blobs..production..fields");
        assertEquals(function, TestServer.json(server.get("/api/functions/blobs..production..fields")));
        JsonNode spec = TestServer.json(
                function.path("metadata").path("annotations").path("spec").textValue());
        assertEquals(List.of("Hund", "confidence"), spec.get(0).findValuesAsText("name"));
        assertEquals("polygon", spec.get(0).path("type").textValue());
        JsonNode found = TestServer.json(invoke("blobs..2..fields..1", "{" + IMAGE + "}"));
        assertEquals("Hund", found.get(0).path("label").textValue());
        assertEquals("polygon", found.get(0).path("type").textValue());
        assertEquals("fields@1", onlyRequest().labeling().project());
        assertEquals(404, invoke("blobs..2..none", "{" + IMAGE + "}").statusCode());
    }

    @Test
    void detection_isAnArrayOfShapes_ofWhatIsOverTheThreshold() {
        JsonNode all = TestServer.json(invoke("boxes", "{" + IMAGE + "}"));
        JsonNode best = TestServer.json(invoke("boxes", "{" + IMAGE + ", \"threshold\": 0.8}"));

        assertEquals(2, all.size());
        assertEquals(1, best.size());
        assertEquals("dog", best.get(0).path("label").textValue());
        assertEquals("rectangle", best.get(0).path("type").textValue());
        assertEquals(
                TestServer.json("[{\"name\": \"confidence\", \"value\": \"0.875\"}]"),
                best.get(0).path("attributes"));
    }

    @Test
    void interaction_readsPointsAndBoxesInEitherForm() {
        invoke("pointed", "{" + IMAGE + ", \"pos_points\": [[1, 2.5]], \"neg_points\": [[3, 4]], \"obj_bbox\": null}");
        invoke("pointed", "{" + IMAGE + ", \"pos_points\": [], \"neg_points\": [], \"obj_bbox\": [[30, 20], [10, 5]]}");
        invoke("pointed", "{" + IMAGE + ", \"pos_points\": [[1, 2]], \"obj_bbox\": [10, 5, 30, 20]}");

        List<Prompt> prompts =
                server.backend.requests.stream().map(PrelabelRequest::prompt).toList();
        Prompt.Click on = new Prompt.Click(new Point(1, 2.5), true);
        Prompt.Click off = new Prompt.Click(new Point(3, 4), false);
        assertEquals(
                List.of(
                        new Prompt.Points(List.of(on, off)),
                        new Prompt.Box(new Rect(10, 5, 20, 15)),
                        new Prompt.Box(new Rect(10, 5, 20, 15), List.of(new Prompt.Click(new Point(1, 2), true)))),
                prompts);
        assertTrue(server.backend.requests.stream()
                .allMatch(request -> request.labeling().geometry().equals(Optional.of(GeometryKind.MASK))));
    }

    @Test
    void interaction_isAnsweredWithRowsWithinTheirBounds_andAnOutline() {
        JsonNode answer = TestServer.json(invoke("pointed", "{" + IMAGE + ", \"pos_points\": [[9, 9]]}"));

        assertEquals(TestServer.json("[8, 5, 29, 24]"), answer.path("bounds"));
        assertEquals(20, answer.path("mask").size());
        assertEquals(22, answer.path("mask").get(0).size());
        assertEquals(255, answer.path("mask").get(0).get(0).intValue());
        assertEquals(0, answer.path("mask").get(5).get(6).intValue());
        assertEquals(4, answer.path("points").size());
    }

    @Test
    void interaction_thatFindsNothing_isAnsweredWithOnePixelThatIsNotSet() {
        JsonNode answer =
                TestServer.json(invoke("pointed", "{" + IMAGE + ", \"pos_points\": [[9, 9]], \"threshold\": 0.99}"));

        assertEquals(TestServer.json("{\"mask\": [[0]], \"bounds\": [0, 0, 0, 0], \"points\": []}"), answer);
    }

    @Test
    void overload_isToldByItsStatus_withTheTimeToWait() {
        Prelabeler usual = server.backend.behaviour;
        server.backend.behaviour = _ -> {
            throw Failure.overloaded("the queue is full").asException();
        };
        try {
            HttpResponse<byte[]> refused = invoke("boxes", "{" + IMAGE + "}");
            assertEquals(429, refused.statusCode());
            assertEquals(Optional.of("1"), refused.headers().firstValue("retry-after"));
            assertEquals("OVERLOADED", TestServer.json(refused).path("reason").textValue());
        } finally {
            server.backend.behaviour = usual;
        }
    }

    private static BadDoorInput bad(String name, String function, String body, Reason reason) {
        return BadDoorInput.json(name, INVOCATIONS, "\nx-nuclio-function-name: " + function, body, reason);
    }

    static Stream<BadDoorInput> badInputs() {
        Reason invalid = Reason.ARGUMENT_INVALID;
        String deep = "[".repeat(2000) + "]".repeat(2000);
        List<BadDoorInput> all = new ArrayList<>(List.of(
                new BadDoorInput(
                        "unknown function, described",
                        "GET /api/functions/none HTTP/1.1",
                        new byte[0],
                        Reason.MODEL_NOT_FOUND),
                new BadDoorInput(
                        "keypoints, described",
                        "GET /api/functions/joints HTTP/1.1",
                        new byte[0],
                        Reason.NOT_SUPPORTED),
                new BadDoorInput(
                        "unknown path", "GET /api/functions/coco/more HTTP/1.1", new byte[0], Reason.ROUTE_NOT_FOUND),
                new BadDoorInput(
                        "wrong method", "DELETE /api/functions/coco HTTP/1.1", new byte[0], Reason.METHOD_NOT_ALLOWED),
                BadDoorInput.json("no function named", INVOCATIONS, "{" + IMAGE + "}", invalid)));
        all.addAll(List.of(
                bad("unknown function", "none", "{" + IMAGE + "}", Reason.MODEL_NOT_FOUND),
                bad("unknown alias", "coco..gamma", "{" + IMAGE + "}", Reason.VERSION_NOT_FOUND),
                bad("malformed function", "co/co", "{" + IMAGE + "}", invalid),
                bad("function with an at", "coco@2", "{" + IMAGE + "}", invalid),
                bad("keypoints", "joints", "{" + IMAGE + "}", Reason.NOT_SUPPORTED),
                bad("no JSON", "boxes", "{", invalid),
                bad("empty body", "boxes", "", invalid),
                bad("array", "boxes", "[]", invalid),
                bad("deep JSON", "boxes", "{\"image\":" + deep + "}", invalid),
                bad("member twice", "boxes", "{" + IMAGE + "," + IMAGE + "}", invalid),
                bad("no image", "boxes", "{}", invalid),
                bad("image null", "boxes", "{\"image\": null}", invalid),
                bad("image a number", "boxes", "{\"image\": 7}", invalid),
                bad("image no base64", "boxes", "{\"image\": \"\u00e9\u00e9\"}", invalid),
                bad("threshold over one", "boxes", "{" + IMAGE + ", \"threshold\": 1.5}", invalid),
                bad("threshold NaN", "boxes", "{" + IMAGE + ", \"threshold\": \"NaN\"}", invalid),
                bad(
                        "body over the limit",
                        "boxes",
                        "{\"image\": \"" + "A".repeat(64 << 10) + "\"}",
                        Reason.REQUEST_TOO_LARGE),
                bad("nothing pointed at", "pointed", "{" + IMAGE + "}", invalid),
                bad("points an object", "pointed", "{" + IMAGE + ", \"pos_points\": {}}", invalid),
                bad("point of three numbers", "pointed", "{" + IMAGE + ", \"pos_points\": [[1, 2, 3]]}", invalid),
                bad("point of text", "pointed", "{" + IMAGE + ", \"pos_points\": [[\"a\", 2]]}", invalid),
                bad("point far away", "pointed", "{" + IMAGE + ", \"pos_points\": [[1e9, 2]]}", invalid),
                bad(
                        "too many points",
                        "pointed",
                        "{" + IMAGE + ", \"pos_points\": [" + "[1, 2],".repeat(100) + "[1, 2]]}",
                        invalid),
                bad("box of three numbers", "pointed", "{" + IMAGE + ", \"obj_bbox\": [1, 2, 3]}", invalid),
                bad("box without area", "pointed", "{" + IMAGE + ", \"obj_bbox\": [[1, 2], [1, 9]]}", invalid),
                bad("box of text", "pointed", "{" + IMAGE + ", \"obj_bbox\": \"1,2,3,4\"}", invalid)));
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("badInputs")
    void badInput_isRefusedInTheDashboardsForm_andTheServerGoesOn(BadDoorInput bad) {
        JsonNode told = TestServer.json(bad.refusedBy(server).body());

        assertEquals(bad.reason().name(), told.path("reason").textValue());
        assertFalse(told.path("error").textValue().isEmpty());
        assertEquals(200, invoke("boxes", "{" + IMAGE + "}").statusCode());
    }
}
