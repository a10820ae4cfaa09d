package dev.firstpass.server.frontend.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.asset.Asset;
import dev.firstpass.server.asset.AssetRef;
import dev.firstpass.server.call.CacheUse;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.call.TimeLimit;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.FakeBackend;
import dev.firstpass.server.frontend.RawHttp;
import dev.firstpass.server.frontend.TestForm;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.pipeline.FormatChoice;
import dev.firstpass.server.pipeline.PrelabelRequest;
import dev.firstpass.server.pipeline.Recalled;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// What the native door makes of good requests, over real sockets.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PrelabelDoorTest {
    private static final byte[] IMAGE = {(byte) 0xFF, (byte) 0xD8, 0, 1, 13, 10, 13, 10, 45, 45, 7};
    private static final String PATH = "/v1/models/coco/prelabels";

    @AutoClose
    private final TestServer server = new TestServer();

    @BeforeEach
    void forget() {
        server.backend.requests.clear();
        server.backend.recalled = Recalled.Nothing::new;
    }

    private PrelabelRequest onlyRequest() {
        assertEquals(1, server.backend.requests.size());
        return server.backend.requests.element();
    }

    private static byte[] inline(PrelabelRequest request) {
        return ((AssetRef.Inline) request.asset()).bytes();
    }

    @Test
    void image_asBody_reachesThePipelineUnchanged() {
        HttpResponse<byte[]> response = server.post(PATH, "image/jpeg", IMAGE);

        assertEquals(200, response.statusCode(), () -> TestServer.text(response));
        assertEquals("{\"bytes\":11}", TestServer.text(response));
        PrelabelRequest request = onlyRequest();
        assertArrayEquals(IMAGE, inline(request));
        assertEquals(Optional.of("image/jpeg"), ((AssetRef.Inline) request.asset()).mediaType());
        assertEquals(ModelRef.parse("coco@production"), request.model());
        assertEquals(LabelingSpec.NONE, request.labeling());
        assertEquals(Optional.of(new FormatChoice("firstpass", Map.of())), request.written());
        assertEquals(new Prompt.None(), request.prompt());
        assertEquals(Priority.INTERACTIVE, request.priority());
        assertEquals(
                new TimeLimit(Duration.ofSeconds(30), false), request.deadline().limit());
        assertEquals(CacheUse.FULL, request.cache());
        assertEquals(Optional.empty(), request.assetId());
    }

    @Test
    void image_asCurlSendsItByDefault_isTaken() {
        byte[] jpeg = {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF, '=', '&', '+', '%', 0};

        HttpResponse<byte[]> response = server.post(PATH, "application/x-www-form-urlencoded", jpeg);

        assertEquals(200, response.statusCode(), () -> TestServer.text(response));
        assertArrayEquals(jpeg, inline(onlyRequest()));
    }

    /// On the event loop: nothing that the pipeline is asked for.
    @Test
    void image_whoseAnswerIsAtHand_isAnsweredWithoutAWalk() {
        List<Boolean> virtual = new CopyOnWriteArrayList<>();
        server.backend.recalled = request -> {
            virtual.add(Thread.currentThread().isVirtual());
            return new Recalled.Known(FakeBackend.answer(request));
        };

        HttpResponse<byte[]> response = server.post(PATH, "application/octet-stream", IMAGE);

        assertEquals(200, response.statusCode(), () -> TestServer.text(response));
        assertEquals("{\"bytes\":11}", TestServer.text(response));
        assertEquals(Optional.of("coco@2"), response.headers().firstValue("firstpass-model"));
        assertEquals(List.of(false), virtual);
        assertEquals(0, server.backend.requests.size());
    }

    @Test
    void image_whoseAnswerIsNotAtHand_walksWithWhatWasFound() {
        Asset asset = new Asset("dog", IMAGE, FakeBackend.DIGEST);
        server.backend.recalled = request -> new Recalled.Nothing(new PrelabelRequest(
                request.model(),
                new AssetRef.Fetched(asset),
                request.assetId(),
                request.prompt(),
                request.labeling(),
                request.written(),
                request.priority(),
                request.deadline(),
                request.cache(),
                request.caller(),
                request.requestId()));

        assertEquals(200, server.post(PATH, "image/jpeg", IMAGE).statusCode());
        assertEquals(new AssetRef.Fetched(asset), onlyRequest().asset());
    }

    /// What takes long to read, or to take the digest of, is no work for an event loop.
    @Test
    void image_thatIsLarge_orInJson_isNotLookedForAtTheDoor() {
        server.backend.recalled = request -> {
            throw new AssertionError("asked for " + request);
        };
        byte[] large = Arrays.copyOf(IMAGE, (256 << 10) + 1);
        byte[] json = "{\"asset\":{\"base64\":\"/9g=\"}}".getBytes(StandardCharsets.UTF_8);

        assertEquals(200, server.post(PATH, "image/jpeg", large).statusCode());
        assertEquals(200, server.post(PATH, "application/json", json).statusCode());
        assertEquals(2, server.backend.requests.size());
    }

    @Test
    void image_whoseLookUpFails_isAnsweredWithTheReason() {
        server.backend.recalled = request -> {
            throw Failure.of(Reason.MODEL_NOT_READY, "not tried out yet").asException();
        };

        HttpResponse<byte[]> response = server.post(PATH, "image/jpeg", IMAGE);

        assertEquals(Reason.MODEL_NOT_READY.httpStatus(), response.statusCode());
        assertTrue(TestServer.text(response).contains("MODEL_NOT_READY"), () -> TestServer.text(response));
    }

    @Test
    void answer_hasTheHeadersOfTheInterface() {
        HttpResponse<byte[]> response = server.post(PATH, "application/octet-stream", IMAGE);

        assertEquals(
                "application/json",
                response.headers().firstValue("content-type").orElseThrow());
        assertEquals("coco@2", response.headers().firstValue("firstpass-model").orElseThrow());
        assertEquals(
                36,
                response.headers()
                        .firstValue("firstpass-prediction")
                        .orElseThrow()
                        .length());
        assertEquals(
                "mask-to-polygon=1",
                response.headers().firstValue("firstpass-converted").orElseThrow());
        assertTrue(response.headers().firstValue("firstpass-left-out").isEmpty());
        assertTrue(response.headers().firstValue("firstpass-project").isEmpty());
        assertEquals(
                "BELOW_THRESHOLD=3",
                response.headers().firstValue("firstpass-dropped").orElseThrow());
        assertEquals(
                "fetch;dur=0.000, decode;dur=1.500, queue;dur=0.020, infer;dur=3.000, postprocess;dur=0.400,"
                        + " write;dur=0.100, total;dur=5.021, cache;desc=miss",
                response.headers().firstValue("server-timing").orElseThrow());
        assertEquals(
                "nosniff",
                response.headers().firstValue("x-content-type-options").orElseThrow());
        assertTrue(response.headers().firstValue("server").isEmpty());
        String disposition =
                response.headers().firstValue("content-disposition").orElseThrow();
        assertTrue(disposition.endsWith("; filename*=UTF-8''d%C3%B6g%20%221%22.json"), disposition);
    }

    @Test
    void fileName_inAscii_isSaidPlainly() {
        HttpResponse<byte[]> response = server.post("/v1/models/coco/prelabels?asset-id=dog", "image/png", IMAGE);

        assertEquals(
                "inline; filename=\"dog.json\"",
                response.headers().firstValue("content-disposition").orElseThrow());
    }

    @Test
    void predictions_ofTwoAnswers_differ() {
        HttpResponse<byte[]> first = server.post(PATH, "image/png", IMAGE);
        HttpResponse<byte[]> second = server.post(PATH, "image/png", IMAGE);

        assertNotEquals(
                first.headers().firstValue("firstpass-prediction"),
                second.headers().firstValue("firstpass-prediction"));
    }

    @Test
    void cacheControl_ofTheRequest_reachesThePipeline() {
        HttpResponse<byte[]> response = server.send(HttpRequest.newBuilder(server.uri(PATH))
                .header("Content-Type", "image/png")
                .header("Cache-Control", "max-age=0, No-Cache")
                .header("Cache-Control", "no-store")
                .POST(HttpRequest.BodyPublishers.ofByteArray(IMAGE)));

        assertEquals(200, response.statusCode(), () -> TestServer.text(response));
        assertEquals(new CacheUse(false, false), onlyRequest().cache());
    }

    @Test
    void requestId_wellFormed_isKept() {
        HttpResponse<byte[]> response = server.send(HttpRequest.newBuilder(server.uri(PATH))
                .header("Content-Type", "image/png")
                .header("X-Request-Id", "job-17:photo.3")
                .POST(HttpRequest.BodyPublishers.ofByteArray(IMAGE)));

        assertEquals(
                "job-17:photo.3", response.headers().firstValue("x-request-id").orElseThrow());
        assertEquals("job-17:photo.3", onlyRequest().requestId());
    }

    @Test
    void requestId_malformed_isReplaced() {
        HttpResponse<byte[]> response = server.send(HttpRequest.newBuilder(server.uri("/v1/models"))
                .header("X-Request-Id", "a b\"<script>")
                .GET());

        assertEquals(
                36, response.headers().firstValue("x-request-id").orElseThrow().length());
    }

    @Test
    void query_withEveryOption_reachesThePipeline() {
        HttpResponse<byte[]> response = server.post(
                "/v1/models/coco@1/prelabels?format=labelbox&geometry=rotated-box&threshold=0.25&classes=dog,cat&max=7"
                        + "&simplify=1.5&asset-id=a%20b.jpg&priority=bulk&timeout=1500ms&format-options=globalKey:k:1",
                "image/png", IMAGE);

        assertEquals(200, response.statusCode(), () -> TestServer.text(response));
        PrelabelRequest request = onlyRequest();
        assertEquals(ModelRef.parse("coco@1"), request.model());
        assertEquals(
                new LabelingSpec(
                        "",
                        Map.of(),
                        Optional.of(0.25),
                        Set.of("dog", "cat"),
                        7,
                        Optional.of(GeometryKind.ROTATED_BOX),
                        Optional.of(1.5)),
                request.labeling());
        assertEquals(Optional.of(new FormatChoice("labelbox", Map.of("globalKey", "k:1"))), request.written());
        assertEquals(Optional.of("a b.jpg"), request.assetId());
        assertEquals(Priority.BULK, request.priority());
        assertEquals(
                new TimeLimit(Duration.ofMillis(1500), true), request.deadline().limit());
    }

    @Test
    void query_withListAndMapAsJson_readsThem() {
        HttpResponse<byte[]> response = server.post(
                "/v1/models/coco/prelabels?classes=%5B%22dog%22%2C%22cat%22%5D&format=labelbox"
                        + "&format-options=%7B%22globalKey%22%3A%22a%2Cb%22%7D",
                "image/png", IMAGE);

        assertEquals(200, response.statusCode(), () -> TestServer.text(response));
        PrelabelRequest request = onlyRequest();
        assertEquals(Set.of("dog", "cat"), request.labeling().classes());
        assertEquals(Map.of("globalKey", "a,b"), request.written().orElseThrow().options());
    }

    @Test
    void json_withTheSameOptions_givesTheSameRequest() {
        String base64 = Base64.getEncoder().encodeToString(IMAGE);
        HttpResponse<byte[]> response = server.post(
                "/v1/models/coco@1/prelabels?geometry=native", "application/json; charset=utf-8", """
                {"asset": {"base64": "%s"}, "id": "a b.jpg",
                 "options": {"format": "labelbox", "threshold": 0.25, "classes": ["dog", "cat"], "max": 7,
                             "simplify": 1.5, "priority": "bulk", "timeout": "2s",
                             "format-options": {"globalKey": "a,b:c"}}}
                """.formatted(
                                base64));

        assertEquals(200, response.statusCode(), () -> TestServer.text(response));
        PrelabelRequest request = onlyRequest();
        assertArrayEquals(IMAGE, inline(request));
        assertEquals(
                new LabelingSpec(
                        "", Map.of(), Optional.of(0.25), Set.of("dog", "cat"), 7, Optional.empty(), Optional.of(1.5)),
                request.labeling());
        assertEquals(
                Map.of("globalKey", "a,b:c"), request.written().orElseThrow().options());
        assertEquals(Optional.of("a b.jpg"), request.assetId());
        assertEquals(Priority.BULK, request.priority());
        assertEquals(
                new TimeLimit(Duration.ofSeconds(2), true), request.deadline().limit());
    }

    @Test
    void json_withClicks_givesAPrompt() {
        server.post(PATH, "application/json", """
                {"asset": {"base64": "AAAA"},
                 "prompt": {"points": [{"x": 1.5, "y": 2}, {"x": 3, "y": 4, "label": "background"}]}}
                """);

        assertEquals(
                new Prompt.Points(
                        List.of(new Prompt.Click(new Point(1.5, 2), true), new Prompt.Click(new Point(3, 4), false))),
                onlyRequest().prompt());
    }

    @Test
    void form_withOptions_reachesThePipeline() {
        byte[] form = new TestForm()
                .part("name=\"image\"; filename=\"C:\\\\photos\\\\dog.jpg\"", "image/jpeg", IMAGE)
                .part("name=\"options\"", "application/json", """
                        {"threshold": 0.9, "prompt": {"box": {"x": 1, "y": 2, "width": 3, "height": 4}}}
                        """)
                .bytes();
        HttpResponse<byte[]> response = server.post(PATH, TestForm.MEDIA_TYPE, form);

        assertEquals(200, response.statusCode(), () -> TestServer.text(response));
        PrelabelRequest request = onlyRequest();
        assertArrayEquals(IMAGE, inline(request));
        assertEquals(Optional.of("dog.jpg"), request.assetId());
        assertEquals(Optional.of(0.9), request.labeling().threshold());
        assertEquals(new Prompt.Box(new Rect(1, 2, 3, 4)), request.prompt());
    }

    @Test
    void models_listsThem() {
        JsonNode models = TestServer.json(server.get("/v1/models")).path("models");

        assertEquals(2, models.size());
        assertEquals("coco", models.path(0).path("name").textValue());
        assertEquals("[1,2]", models.path(0).path("versions").toString());
        assertEquals("box", models.path(0).path("geometry").textValue());
        assertEquals(
                "[\"box\",\"rotated-box\",\"polygon\",\"mask\"]",
                models.path(0).path("geometries").toString());
        assertEquals(0.5, models.path(0).path("threshold").doubleValue());
        assertEquals(
                "{\"cat\":0.5,\"dog\":0.75}", models.path(0).path("thresholds").toString());
        assertEquals("[\"cat\",\"dog\"]", models.path(0).path("classes").toString());
        assertEquals("AVAILABLE", models.path(0).path("state").textValue());
    }

    @Test
    void model_byVersion_describesThatVersion() {
        JsonNode model = TestServer.json(server.get("/v1/models/coco@1"));

        assertEquals(1, model.path("version").intValue());
        assertEquals("ssd", model.path("family").textValue());
    }

    @Test
    void formats_listTheirOptions() {
        JsonNode labelbox =
                TestServer.json(server.get("/v1/formats")).path("formats").path(1);

        assertEquals("labelbox", labelbox.path("id").textValue());
        assertEquals("globalKey", labelbox.path("options").path(0).path("name").textValue());
    }

    @Test
    void families_listTheirParameters() {
        JsonNode families = TestServer.json(server.get("/v1/families")).path("families");
        JsonNode parameter = families.path(0).path("parameters").path(1);

        assertEquals("text-regions", families.path(0).path("id").textValue());
        assertEquals("unclipRatio", parameter.path("name").textValue());
        assertEquals("1.6", parameter.path("default").textValue());
    }

    @Test
    void head_hasTheHeadersOfGetAndNoBody() {
        RawHttp.Answer answer = RawHttp.send(server.port(), "HEAD /v1/models HTTP/1.1");

        assertEquals(200, answer.status());
        assertEquals("application/json", answer.header("content-type"));
        assertEquals("", answer.body());
    }

    @Test
    void readiness_followsTheBackend() {
        assertEquals(200, server.get("/readyz").statusCode());
        server.backend.ready = false;
        try {
            assertEquals(503, server.get("/readyz").statusCode());
            assertEquals(200, server.get("/livez").statusCode());
        } finally {
            server.backend.ready = true;
        }
    }
}
