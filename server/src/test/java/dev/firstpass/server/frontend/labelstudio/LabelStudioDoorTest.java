package dev.firstpass.server.frontend.labelstudio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.annotation.Provenance;
import dev.firstpass.postprocess.format.DataSetWriter;
import dev.firstpass.postprocess.format.FormatContext;
import dev.firstpass.postprocess.format.FormatReport;
import dev.firstpass.postprocess.format.LabelFormat;
import dev.firstpass.postprocess.format.LabelFormats;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.asset.AssetRef;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.FakeBackend;
import dev.firstpass.server.frontend.ModelDescription;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.pipeline.CacheOutcome;
import dev.firstpass.server.pipeline.PrelabelAnswer;
import dev.firstpass.server.pipeline.PrelabelRequest;
import dev.firstpass.server.pipeline.StageTimes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LabelStudioDoorTest {
    private static final LabelFormat FORMAT = LabelFormats.STANDARD.stream()
            .filter(format -> format.id().equals("label-studio"))
            .findFirst()
            .orElseThrow();

    private static final String BOXES = """
            <View><Image name="photo" value="$picture"/><RectangleLabels name="boxes" toName="photo">
              <Label value="Dog"/><Label value="Bird"/></RectangleLabels></View>""";
    private static final String SMART = """
            <View><Image name="photo" value="$picture"/>
              <BrushLabels name="mask" toName="photo"><Label value="Road"/><Label value="Tree"/></BrushLabels>
              <KeyPointLabels name="click" toName="photo" smart="true"><Label value="Road"/><Label value="Tree"/>
              </KeyPointLabels></View>""";
    private static final ModelDescription SAM = new ModelDescription(
            Tenant.LOCAL,
            "sam",
            1,
            FakeBackend.DIGEST,
            List.of(1L),
            Map.of("production", 1L),
            "sam",
            GeometryKind.MASK,
            true,
            List.of("object"),
            Map.of(),
            0.5,
            Map.of(),
            ModelVersion.State.AVAILABLE);

    private final TestServer server = TestServer.ofFormats(Limits.STANDARD, List.of(FORMAT));

    @AfterAll
    void stop() {
        server.close();
    }

    @BeforeEach
    void begin() {
        server.backend.requests.clear();
        server.backend.furtherModels = List.of(SAM);
        server.backend.behaviour = request -> answer(request, found(request));
        server.backend.ready = true;
    }

    /// A dog in the middle of 40 x 30 pixels, as its mask or a polygon where that is wanted.
    private static Annotation found(PrelabelRequest request) {
        String label = request.labeling().mapping().getOrDefault("dog", "dog");
        Rect box = new Rect(10, 5, 20, 15);
        Candidate candidate = new Candidate(7, label, 0.75);
        return request.labeling().geometry().equals(Optional.of(GeometryKind.BOX))
                ? new Annotation.Box(candidate, box)
                : new Annotation.Polygon(
                        candidate,
                        List.of(new PolygonPart(
                                new Ring(List.of(new Point(10, 5), new Point(30, 5), new Point(30, 20))), List.of())));
    }

    private static PrelabelAnswer answer(PrelabelRequest request, Annotation annotation) {
        Prelabels prelabels = new Prelabels(
                new AssetInfo(request.assetId().orElse("a"), new ImageSize(40, 30), FakeBackend.DIGEST),
                new Provenance(
                        "id",
                        request.model().name().value(),
                        2,
                        FakeBackend.DIGEST,
                        "ssd",
                        request.labeling().project()),
                List.of(annotation),
                List.of());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (DataSetWriter writer = FORMAT.begin(
                new FormatContext(
                        List.of(), request.written().orElseThrow().options(), java.time.InstantSource.system()),
                _ -> out)) {
            writer.write(prelabels);
            writer.end();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new PrelabelAnswer(
                prelabels,
                out.toByteArray(),
                "application/json",
                "a.json",
                FormatReport.NOTHING,
                new StageTimes(0, 0, 0, 0, 0, 0, 0),
                CacheOutcome.MISS);
    }

    private HttpResponse<byte[]> post(String path, JsonNode body) {
        return server.post("/label-studio/" + path, "application/json", body.toString());
    }

    private static ObjectNode setup(String schema) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("project", "12.1700000000")
                .put("schema", schema)
                .put("hostname", "http://studio")
                .put("access_token", "hush")
                .putNull("extra_params");
    }

    private static ObjectNode predict(String config, String... images) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        var tasks = body.putArray("tasks");
        for (int i = 0; i < images.length; i++) {
            ObjectNode task = tasks.addObject();
            task.put("id", i + 1).put("project", 12).putNull("meta");
            task.putObject("data").put("picture", images[i]).put("other", 7);
            task.putArray("predictions").addObject().putArray("result");
        }
        body.put("project", "12.1700000000").put("label_config", config);
        body.putObject("params").putNull("login").putNull("password").putNull("context");
        return body;
    }

    private static ObjectNode click(String config, String label, double x, double y, Object positive) {
        ObjectNode body = predict(config, "data:image/png;base64,AAAA");
        ObjectNode gesture = ((ObjectNode) body.path("params"))
                .putObject("context")
                .putArray("result")
                .addObject();
        gesture.put("id", "g")
                .put("type", "keypointlabels")
                .put("original_width", 40)
                .put("original_height", 30);
        gesture.putPOJO("is_positive", positive);
        gesture.putObject("value")
                .put("x", x)
                .put("y", y)
                .put("width", 0.3)
                .putArray("keypointlabels")
                .add(label);
        return body;
    }

    private PrelabelRequest onlyRequest() {
        assertEquals(1, server.backend.requests.size());
        return server.backend.requests.peek();
    }

    @Test
    void health_saysYesOrNo_ofWhateverModel() {
        for (String path : List.of("coco", "coco/health", "nosuch/health")) {
            HttpResponse<byte[]> up = server.get("/label-studio/" + path);
            assertEquals(200, up.statusCode());
            assertEquals("UP", TestServer.json(up).path("status").textValue());
        }
        server.backend.ready = false;

        assertEquals(503, server.get("/label-studio/coco/health").statusCode());
    }

    @Test
    void setup_tellsTheVersionAndWhatFits() {
        HttpResponse<byte[]> answer = post("coco/setup", setup(BOXES));

        assertEquals(200, answer.statusCode(), TestServer.text(answer));
        assertEquals(TestServer.json("""
                {"model_version": "coco@2", "fit": {"control": "boxes", "type": "rectanglelabels", "geometry": "box",
                 "missing": ["cat"], "unused": ["Bird"]}}"""), TestServer.json(answer));
        assertEquals(List.of(), List.copyOf(server.backend.requests));
    }

    @Test
    void setup_ofAModelThatIsPointedAt_fitsWhateverLabels() {
        JsonNode answer = TestServer.json(post("sam/setup", setup(SMART)));

        assertEquals("sam@1", answer.path("model_version").textValue());
        assertEquals("brushlabels", answer.path("fit").path("type").textValue());
    }

    @Test
    void versions_areTheModelsOwn_withTheProject() {
        server.backend.projects.set("fields", "mapping: {dog: Bird}");

        assertEquals(
                TestServer.json("{\"versions\": [\"coco@2\", \"coco@1\"]}"),
                TestServer.json(server.get("/label-studio/coco/versions")));
        assertEquals(
                TestServer.json("{\"versions\": [\"coco@1+fields@1\"]}"),
                TestServer.json(server.get("/label-studio/coco@1+fields/versions")));
    }

    @Test
    void webhook_isAcknowledged_whateverItSays() {
        for (String path : List.of("coco/webhook", "coco/train")) {
            assertEquals(
                    200,
                    server.post("/label-studio/" + path, "application/json", "{\"action\": \"START_TRAINING\"}")
                            .statusCode());
        }
    }

    @Test
    void predict_oneTask_isTheFormatsPredictionInTheControlsOfTheConfig() {
        HttpResponse<byte[]> answer = post("coco/predict", predict(BOXES, "/data/upload/2/a.jpg"));

        assertEquals(200, answer.statusCode(), TestServer.text(answer));
        JsonNode results = TestServer.json(answer).path("results");
        assertEquals(1, results.size());
        assertEquals("coco@2", results.path(0).path("model_version").textValue());
        assertEquals(0.75, results.path(0).path("score").doubleValue());
        JsonNode region = results.path(0).path("result").path(0);
        assertEquals("boxes", region.path("from_name").textValue());
        assertEquals("photo", region.path("to_name").textValue());
        assertEquals("Dog", region.path("value").path("rectanglelabels").path(0).textValue());
        assertEquals(25, region.path("value").path("x").doubleValue(), 1e-9);
        assertEquals(50, region.path("value").path("height").doubleValue(), 1e-9);
        PrelabelRequest request = onlyRequest();
        assertEquals(new AssetRef.OfTask("/data/upload/2/a.jpg", "1"), request.asset());
        assertEquals(Map.of("dog", "Dog"), request.labeling().mapping());
        assertEquals(Priority.INTERACTIVE, request.priority());
        assertEquals(Optional.of("/data/upload/2/a.jpg"), request.assetId());
        assertTrue(request.deadline().remainingNanos() > Duration.ofSeconds(60).toNanos());
        assertTrue(request.deadline().remainingNanos() < Duration.ofSeconds(95).toNanos());
    }

    @Test
    void predict_predictedValuesAndThreshold_areTheConfigs() {
        String config = BOXES.replace("<Label value=\"Bird\"/>", "<Label value=\"Bird\" predicted_values=\"cat,dog\"/>")
                .replace("toName=\"photo\">", "toName=\"photo\" model_score_threshold=\"0.9\">");

        post("coco/predict", predict(config, "a"));

        assertEquals(
                Map.of("cat", "Bird", "dog", "Bird"), onlyRequest().labeling().mapping());
        assertEquals(Optional.of(0.9), onlyRequest().labeling().threshold());
    }

    @Test
    void predict_otherControls_getWhatTheModelFindsInTheirGeometry() {
        String config = """
                <View><Image name="photo" value="$picture"/><PolygonLabels name="shapes" toName="photo">
                  <Label value="dog"/></PolygonLabels></View>""";

        JsonNode result = TestServer.json(post("coco/predict", predict(config, "a")))
                .path("results")
                .path(0)
                .path("result");

        assertEquals("polygonlabels", result.path(0).path("type").textValue());
        assertEquals("shapes", result.path(0).path("from_name").textValue());
        assertEquals(Optional.of(GeometryKind.POLYGON), onlyRequest().labeling().geometry());
        assertEquals("fill", onlyRequest().written().orElseThrow().options().get("holes"));
    }

    @Test
    void predict_withAProject_hasItsVersionAndItsMapping() {
        server.backend.projects.set("birds", "{mapping: {dog: Bird}, geometry: box, max: 7}");

        JsonNode answer = TestServer.json(post("coco@production+birds/predict", predict(BOXES, "a")));

        assertEquals(
                "coco@2+birds@1",
                answer.path("results").path(0).path("model_version").textValue());
        assertEquals(Map.of("dog", "Bird"), onlyRequest().labeling().mapping());
        assertEquals(7, onlyRequest().labeling().max());
        assertEquals(
                "coco@2+birds@1",
                TestServer.json(post("coco+birds/setup", setup(BOXES)))
                        .path("model_version")
                        .textValue());
    }

    @Test
    void predict_manyTasks_areAnsweredInTheirOrder_andOneThatFailsHasNoResult() {
        server.backend.behaviour = request -> {
            AssetRef.OfTask task = (AssetRef.OfTask) request.asset();
            if (task.location().equals("a7")) {
                throw Failure.of(Reason.ASSET_UNREACHABLE, "gone").asException();
            }
            return answer(
                    request,
                    new Annotation.Box(
                            new Candidate(0, "Dog", 0.5),
                            new Rect(0, 0, Integer.parseInt(task.location().substring(1)) + 1, 1)));
        };
        String[] images = IntStream.range(0, 40).mapToObj(i -> "a" + i).toArray(String[]::new);

        JsonNode results =
                TestServer.json(post("coco/predict", predict(BOXES, images))).path("results");

        assertEquals(40, results.size());
        for (int i = 0; i < 40; i++) {
            if (i == 7) {
                assertFalse(results.path(i).has("result"));
                assertEquals("ASSET_UNREACHABLE", results.path(i).path("reason").textValue());
            } else {
                double width = results.path(i)
                        .path("result")
                        .path(0)
                        .path("value")
                        .path("width")
                        .doubleValue();
                assertEquals(100 * (i + 1) / 40.0, width, 1e-6);
            }
        }
        assertTrue(server.backend.requests.stream().allMatch(request -> request.priority() == Priority.BULK));
    }

    @Test
    void predict_manyTasks_areWorkedOnAFewAtATime() {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        server.backend.behaviour = request -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            LockSupport.parkNanos(100_000);
            now.decrementAndGet();
            return answer(request, found(request));
        };

        post(
                "coco/predict",
                predict(BOXES, IntStream.range(0, 200).mapToObj(i -> "a" + i).toArray(String[]::new)));

        assertTrue(most.get() <= Limits.STANDARD.streamConcurrency(), () -> "at a time: " + most);
    }

    @Test
    void predict_ifAllTasksFail_isAFailure() {
        server.backend.behaviour = _ -> {
            throw Failure.of(Reason.MODEL_NOT_READY, "loading").asException();
        };

        HttpResponse<byte[]> answer = post("coco/predict", predict(BOXES, "a", "b"));

        assertEquals(503, answer.statusCode());
        assertEquals("MODEL_NOT_READY", TestServer.json(answer).path("reason").textValue());
    }

    @Test
    void predict_noTasks_isNoResults() {
        assertEquals(TestServer.json("{\"results\": []}"), TestServer.json(post("coco/predict", predict(BOXES))));
    }

    @Test
    void click_isAPromptInPixels_andAnsweredUnderTheChosenLabel() {
        server.backend.behaviour = request -> answer(
                request,
                new Annotation.Polygon(
                        new Candidate(2, request.labeling().mapping().getOrDefault("object", ""), 0.9),
                        List.of(new PolygonPart(
                                new Ring(List.of(new Point(10, 5), new Point(30, 5), new Point(30, 20))), List.of()))));

        JsonNode answer = TestServer.json(post("sam/predict", click(SMART, "Tree", 25, 50, 1)));

        assertEquals(
                new Prompt.Points(List.of(new Prompt.Click(new Point(10, 15), true))),
                onlyRequest().prompt());
        assertEquals(Optional.of(GeometryKind.MASK), onlyRequest().labeling().geometry());
        assertEquals("mask", onlyRequest().written().orElseThrow().options().get("from_name.brushlabels"));
        JsonNode region = answer.path("results").path(0).path("result").path(0);
        assertEquals("Tree", region.path("value").path("polygonlabels").path(0).textValue());
    }

    /// Label Studio keeps what was clicked before beside it.
    @Test
    void clicks_elsewhere_giveRegionsOtherIds_andTheSameClickTheSame() {
        List<String> ids = new ArrayList<>();
        for (double x : new double[] {25, 25, 50}) {
            ids.add(TestServer.json(post("sam/predict", click(SMART, "Tree", x, 50, true)))
                    .path("results")
                    .path(0)
                    .path("result")
                    .path(0)
                    .path("id")
                    .textValue());
        }

        assertEquals(ids.get(0), ids.get(1));
        assertNotEquals(ids.get(0), ids.get(2));
        assertEquals(16, ids.get(2).length());
    }

    @Test
    void click_thatIsNegative_isBackground() {
        for (Object negative : List.of(0, false, "0")) {
            server.backend.requests.clear();
            post("sam/predict", click(SMART, "Tree", 25, 50, negative));
            assertFalse(onlyRequest().prompt().clicks().getFirst().foreground());
        }
    }

    @Test
    void rectangleAndEllipse_areBoxes() {
        ObjectNode body = click(SMART, "Tree", 25, 50, true);
        ObjectNode gesture =
                (ObjectNode) body.path("params").path("context").path("result").path(0);
        gesture.put("type", "rectanglelabels");
        gesture.putObject("value")
                .put("x", 10)
                .put("y", 20)
                .put("width", 50)
                .put("height", 30)
                .putArray("rectanglelabels")
                .add("Road");

        post("sam/predict", body);
        assertEquals(new Prompt.Box(new Rect(4, 6, 20, 9)), onlyRequest().prompt());

        server.backend.requests.clear();
        gesture.put("type", "ellipselabels");
        gesture.putObject("value").put("x", 50).put("y", 50).put("radiusX", 25).put("radiusY", 10);
        post("sam/predict", body);
        assertEquals(new Prompt.Box(new Rect(10, 12, 20, 6)), onlyRequest().prompt());
    }

    @Test
    void nobodyPointing_asksNothingOfAModelThatIsPointedAt_andKeepsNoPrediction() {
        ObjectNode opened = predict(SMART, "a");
        ((ObjectNode) opened.path("tasks").path(0)).putArray("drafts");

        JsonNode kept =
                TestServer.json(post("sam/predict", predict(SMART, "a", "b"))).path("results");
        JsonNode answer = TestServer.json(post("sam/predict", opened));

        assertEquals(2, kept.size());
        assertFalse(kept.path(0).has("result") || kept.path(1).has("result"));
        assertEquals(TestServer.json("{\"results\": [{\"model_version\": \"sam@1\", \"result\": []}]}"), answer);
        assertEquals(List.of(), List.copyOf(server.backend.requests));
    }

    @Test
    void credential_isTakenAndNeverAnswered() {
        HttpResponse<byte[]> answer = server.send(HttpRequest.newBuilder(server.uri("/label-studio/coco/predict"))
                .header("Authorization", "Basic dXNlcjpodXNo")
                .POST(HttpRequest.BodyPublishers.ofString(predict(BOXES, "a").toString())));

        assertEquals(200, answer.statusCode());
        assertFalse(onlyRequest().toString().contains("hush"));
    }

    static Stream<Arguments> badRequests() {
        String task = "{\"id\": 1, \"data\": {\"picture\": \"a\"}}";
        String config = JsonNodeFactory.instance.textNode(BOXES).toString();
        String good = "{\"tasks\": [" + task + "], \"label_config\": " + config + ", \"params\": null}";
        ObjectNode endless = click(SMART, "Tree", 1, 1, true);
        ObjectNode nowhere = click(SMART, "Tree", 1, 1, true);
        ((ObjectNode) nowhere.path("params").path("context").path("result").path(0)).remove("original_width");
        ObjectNode brush = click(SMART, "Tree", 1, 1, true);
        ((ObjectNode) brush.path("params").path("context").path("result").path(0)).put("type", "brushlabels");
        ObjectNode two = click(SMART, "Tree", 1, 1, true);
        two.withArray("tasks").addObject().put("id", 2).putObject("data").put("picture", "b");
        return Stream.of(
                Arguments.of("coco/predict", "", 400, "ARGUMENT_INVALID"),
                Arguments.of("coco/predict", "[]", 400, "ARGUMENT_INVALID"),
                Arguments.of("coco/predict", "{\"tasks\": [", 400, "ARGUMENT_INVALID"),
                Arguments.of("coco/predict", good + " {}", 400, "ARGUMENT_INVALID"),
                Arguments.of("coco/predict", "[".repeat(100_000), 400, "ARGUMENT_INVALID"),
                Arguments.of(
                        "coco/predict", "{\"x\": " + "[".repeat(100) + "]".repeat(100) + "}", 400, "ARGUMENT_INVALID"),
                Arguments.of("coco/predict", "{\"tasks\": {}}", 400, "ARGUMENT_INVALID"),
                Arguments.of("coco/predict", "{\"tasks\": [7]}", 400, "ARGUMENT_INVALID"),
                Arguments.of("coco/predict", "{\"tasks\": [], \"tasks\": []}", 400, "ARGUMENT_INVALID"),
                Arguments.of(
                        "coco/predict",
                        "{\"tasks\": [" + (task + ",").repeat(5000) + task + "]}",
                        400,
                        "ARGUMENT_INVALID"),
                Arguments.of("coco/predict", good.replace("{\"picture\"", "{\"image\""), 400, "ARGUMENT_INVALID"),
                Arguments.of("coco/predict", good.replace("\"a\"", "7"), 400, "ARGUMENT_INVALID"),
                Arguments.of("coco/predict", "{\"tasks\": [" + task + "]}", 400, "ARGUMENT_INVALID"),
                Arguments.of("coco/predict", "{\"tasks\": [], \"label_config\": 7}", 400, "ARGUMENT_INVALID"),
                Arguments.of("coco/predict", "{\"tasks\": [], \"label_config\": \"<View>\"}", 400, "ARGUMENT_INVALID"),
                Arguments.of(
                        "coco/predict",
                        "{\"tasks\": [], \"label_config\": \"<!DOCTYPE v [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><View>&e;</View>\"}",
                        400,
                        "ARGUMENT_INVALID"),
                Arguments.of(
                        "coco/predict", "{\"tasks\": [], \"label_config\": \"<View/>\"}", 422, "GEOMETRY_UNSUPPORTED"),
                Arguments.of("coco/predict", good.replace("Dog", "House"), 400, "ARGUMENT_INVALID"),
                Arguments.of(
                        "coco/predict", good.replace("\"params\": null", "\"params\": 7"), 400, "ARGUMENT_INVALID"),
                Arguments.of("sam/predict", click(SMART, "House", 1, 1, true).toString(), 400, "ARGUMENT_INVALID"),
                Arguments.of("sam/predict", click(SMART, "Tree", 1e9, 1, true).toString(), 400, "ARGUMENT_INVALID"),
                Arguments.of(
                        "sam/predict", endless.toString().replace("\"x\":1.0", "\"x\":1e999"), 400, "ARGUMENT_INVALID"),
                Arguments.of(
                        "sam/predict", endless.toString().replace("\"x\":1.0", "\"x\":\"1\""), 400, "ARGUMENT_INVALID"),
                Arguments.of(
                        "sam/predict", endless.toString().replace("\"x\":1.0", "\"z\":1"), 400, "ARGUMENT_INVALID"),
                Arguments.of("sam/predict", endless.toString().replace(":40,", ":-40,"), 400, "ARGUMENT_INVALID"),
                Arguments.of("sam/predict", nowhere.toString(), 400, "ARGUMENT_INVALID"),
                Arguments.of("sam/predict", brush.toString(), 400, "ARGUMENT_INVALID"),
                Arguments.of("sam/predict", two.toString(), 400, "ARGUMENT_INVALID"),
                Arguments.of("nosuch/predict", good, 404, "MODEL_NOT_FOUND"),
                Arguments.of("coco@9/predict", good, 404, "VERSION_NOT_FOUND"),
                Arguments.of("coco+nosuch/predict", good, 404, "PROJECT_NOT_FOUND"),
                Arguments.of("coco+/predict", good, 400, "ARGUMENT_INVALID"),
                Arguments.of("%2e%2e/predict", good, 400, "ARGUMENT_INVALID"),
                Arguments.of("coco/setup", "{}", 400, "ARGUMENT_INVALID"),
                Arguments.of("coco/setup", "{\"schema\": \"<View/>\"}", 422, "GEOMETRY_UNSUPPORTED"),
                Arguments.of("nosuch/setup", "{}", 404, "MODEL_NOT_FOUND"),
                Arguments.of("coco/nothing", "{}", 404, "ROUTE_NOT_FOUND"),
                Arguments.of("coco/versions", "{}", 405, "METHOD_NOT_ALLOWED"));
    }

    @ParameterizedTest
    @MethodSource("badRequests")
    void badRequest_isRefusedInTheProtocolsForm_andTheServerGoesOn(
            String path, String body, int status, String reason) {
        HttpResponse<byte[]> answer = server.post("/label-studio/" + path, "application/json", body);

        assertEquals(status, answer.statusCode(), TestServer.text(answer));
        JsonNode told = TestServer.json(answer);
        assertEquals(status, told.path("status").intValue());
        assertEquals(reason, told.path("reason").textValue(), TestServer.text(answer));
        assertFalse(told.path("detail").textValue().isBlank());
        assertFalse(told.path("requestId").textValue().isBlank());
        assertEquals(200, post("coco/predict", predict(BOXES, "a")).statusCode());
    }

    @Test
    void body_overTheLimit_isRefusedInTheProtocolsForm() {
        try (TestServer small = TestServer.ofFormats(Limits.STANDARD.withMaxBodyBytes(1000), List.of(FORMAT))) {
            HttpResponse<byte[]> answer =
                    small.post("/label-studio/coco/predict", "application/json", " ".repeat(1001));

            assertEquals(413, answer.statusCode());
            assertEquals(
                    "REQUEST_TOO_LARGE", TestServer.json(answer).path("reason").textValue());
        }
    }
}
