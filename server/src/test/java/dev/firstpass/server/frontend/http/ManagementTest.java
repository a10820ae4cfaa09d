package dev.firstpass.server.frontend.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Replica;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.config.UploadLimits;
import dev.firstpass.server.frontend.RawHttp;
import dev.firstpass.server.frontend.TestServer;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// The registry's calls and the metrics, over real sockets.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ManagementTest {
    private static final String MODELS = "/v1/registry/models";
    private static final Pattern SAMPLE_LINE =
            Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*(\\{.*})? [-+]?([0-9.]+(E[-+]?[0-9]+)?|NaN|Inf)");
    private static final int MAX_UPLOAD_BYTES = 4 << 20;

    @AutoClose
    private final TestServer server = new TestServer(Limits.STANDARD
            .withBodyTimeout(Duration.ofSeconds(1))
            .withUploads(MAX_UPLOAD_BYTES, UploadLimits.STANDARD));

    private HttpResponse<byte[]> get(String path) {
        return server.manage(HttpRequest.newBuilder().GET(), path);
    }

    private HttpResponse<byte[]> upload(String name, byte[] bytes) {
        return server.manage(
                HttpRequest.newBuilder()
                        .header("Content-Type", "application/octet-stream")
                        .POST(BodyPublishers.ofByteArray(bytes)),
                MODELS + "/" + name + "/versions");
    }

    private HttpResponse<byte[]> moveAlias(String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder()
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return server.manage(request, MODELS + "/coco/aliases/staging");
    }

    private static String reason(HttpResponse<byte[]> response) {
        return TestServer.json(response).path("reason").textValue();
    }

    @Test
    void models_listTheirVersionsAndAliases() {
        JsonNode model = TestServer.json(get(MODELS)).path("models").path(0);

        assertEquals("coco", model.path("name").textValue());
        assertEquals(2, model.path("aliases").path("production").intValue());
        assertEquals("coco@1", model.path("versions").path(0).path("ref").textValue());
        assertEquals(
                "2026-01-02T03:04:05Z",
                model.path("versions").path(1).path("registeredAt").textValue());
    }

    @Test
    void version_hasItsManifest() {
        JsonNode version = TestServer.json(get(MODELS + "/coco/versions/2"));

        assertEquals("coco@2", version.path("ref").textValue());
        assertEquals(
                "onnx",
                version.path("manifest")
                        .path("stages")
                        .path("main")
                        .path("engine")
                        .textValue());
        assertEquals(
                "{\"strides\":\"8,16\"}",
                version.path("manifest").path("parameters").toString());
        assertEquals(
                1234,
                version.path("manifest").path("files").path(0).path("bytes").intValue());
    }

    @Test
    void version_tellsWhoSignedIt() {
        JsonNode signed = TestServer.json(get(MODELS + "/coco/versions/2")).path("signatures");

        assertEquals("sha256:" + "cd".repeat(32), signed.path(0).path("key").asText());
        assertEquals("model-signing", signed.path(0).path("form").asText());
        assertEquals(
                0,
                TestServer.json(get(MODELS + "/coco/versions/1"))
                        .path("signatures")
                        .size());
    }

    @Test
    void version_thatIsLoaded_tellsWhatItHoldsAndHowFastItIs() {
        JsonNode residency = TestServer.json(get(MODELS + "/coco/versions/2")).path("residency");

        assertEquals(1000, residency.path("bytes").intValue());
        assertEquals(600, residency.path("devices").path("cuda:1").intValue());
        assertEquals(
                "[{\"stage\":\"main\",\"device\":\"cuda:1\",\"sessions\":1,\"threads\":4,\"maxBatch\":32}]",
                residency.path("setups").toString());
        assertEquals("cuda:1", residency.path("runs").path(0).path("device").asText());
        assertEquals(1.5, residency.path("runs").path(0).path("millis").doubleValue());
        assertTrue(TestServer.json(get(MODELS + "/coco/versions/1"))
                .path("residency")
                .isMissingNode());
    }

    @Test
    void versions_sayWhatEachReplicaHasOfThem_whereverTheyAreShown() {
        server.backend.replicas = List.of(
                new Replica("a-1234", Map.of(ref(2), Replica.Residency.SERVING, ref(1), Replica.Residency.FAILED)),
                new Replica("b-5678", Map.of(ref(2), Replica.Residency.LOADING)));
        try {
            JsonNode first = TestServer.json(get(MODELS + "/coco/versions/1")).path("replicas");
            assertEquals(
                    "[{\"name\":\"a-1234\",\"residency\":\"FAILED\"},{\"name\":\"b-5678\",\"residency\":\"COLD\"}]",
                    first.toString());
            JsonNode listed = TestServer.json(get(MODELS + "/coco/versions")).path("versions");
            assertEquals(first, listed.path(0).path("replicas"));
            assertEquals("LOADING", listed.path(1).at("/replicas/1/residency").textValue());
            assertEquals(listed, TestServer.json(get(MODELS + "/coco")).path("versions"));
            JsonNode models = TestServer.json(get(MODELS)).path("models");
            assertEquals(listed, models.path(0).path("versions"));
        } finally {
            server.backend.replicas = List.of();
        }
    }

    private static ModelRef.Numbered ref(long number) {
        return new ModelRef.Numbered(new ModelName("coco"), number);
    }

    @Test
    void version_thatHasFailedMeanwhile_saysWhy() {
        server.backend.failure = Optional.of("it brought its process down");
        try {
            JsonNode version = TestServer.json(get(MODELS + "/coco/versions/1"));
            assertEquals("AVAILABLE", version.path("state").textValue());
            assertEquals("it brought its process down", version.path("failure").textValue());
            JsonNode listed = TestServer.json(get(MODELS + "/coco")).path("versions");
            assertEquals(
                    "it brought its process down",
                    listed.path(0).path("failure").textValue());
            assertEquals("AVAILABLE", listed.path(1).path("state").textValue());
            assertTrue(listed.path(1).path("failure").isMissingNode());
        } finally {
            server.backend.failure = Optional.empty();
        }
    }

    @Test
    void thingsThatAreNotThere_areNotFound() {
        assertEquals("MODEL_NOT_FOUND", reason(get(MODELS + "/nothing")));
        assertEquals("VERSION_NOT_FOUND", reason(get(MODELS + "/coco/versions/9")));
        assertEquals("VERSION_NOT_FOUND", reason(get(MODELS + "/coco/versions/x")));
        assertEquals("ARGUMENT_INVALID", reason(get(MODELS + "/No!")));
        assertEquals("ROUTE_NOT_FOUND", reason(get("/v1/models")));
    }

    @Test
    void upload_reachesTheRegistryAndLeavesNoFile() throws Exception {
        byte[] bundle = new byte[3 << 20];
        new Random(1).nextBytes(bundle);
        HttpResponse<byte[]> response = upload("crops", bundle);

        assertEquals(201, response.statusCode(), () -> TestServer.text(response));
        assertEquals(
                MODELS + "/crops/versions/3",
                response.headers().firstValue("location").orElseThrow());
        assertEquals(
                "outputs' names",
                TestServer.json(response).path("origins").path("family").textValue());
        assertEquals(
                "RGB or BGR? (add the line `input: {color: RGB}`)",
                TestServer.json(response).path("questions").path("input.color").textValue());
        assertTrue(TestServer.json(response).path("failure").isMissingNode());
        assertArrayEquals(bundle, server.backend.uploads.get("crops"));
        assertNothingIsLeftBehind();
    }

    @Test
    void upload_ofAModelThatDoesNotRun_saysWhy() {
        HttpResponse<byte[]> response = upload("broken", new byte[] {1});

        assertEquals(201, response.statusCode());
        assertEquals(
                "the model does not run",
                TestServer.json(response).path("failure").textValue());
    }

    @Test
    void upload_thatIsTooLarge_isRefused() throws Exception {
        RawHttp.Answer answer = RawHttp.send(
                server.managementPort(),
                "POST " + MODELS + "/large/versions HTTP/1.1\nContent-Type: application/zip",
                new byte[MAX_UPLOAD_BYTES + 1]);

        assertEquals(413, answer.status());
        assertEquals(
                "REQUEST_TOO_LARGE",
                TestServer.json(answer.body()).path("reason").textValue());
        assertNothingIsLeftBehind();
    }

    @Test
    void upload_thatStalls_timesOut() throws Exception {
        try (Socket socket = RawHttp.connect(server.managementPort())) {
            String head = "POST " + MODELS + "/slow/versions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
                    + "Content-Type: application/zip\r\n\r\nabc";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            RawHttp.Answer answer = RawHttp.read(socket.getInputStream(), false);

            assertEquals(408, answer.status(), answer.body());
            assertEquals(
                    "REQUEST_TIMEOUT",
                    TestServer.json(answer.body()).path("reason").textValue());
        }
        assertTrue(server.backend.uploads.get("slow") == null);
        assertNothingIsLeftBehind();
    }

    @Test
    void upload_ofAnotherType_isUnsupported() {
        HttpResponse<byte[]> response = server.manage(
                HttpRequest.newBuilder().header("Content-Type", "text/plain").POST(BodyPublishers.ofString("{}")),
                MODELS + "/coco/versions");

        assertEquals("MEDIA_TYPE_UNSUPPORTED", reason(response));
    }

    /// An upload that breaks off is answered by the wire library itself, while its thread still tidies up.
    private void assertNothingIsLeftBehind() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!uploads().isEmpty() && System.nanoTime() < deadline) {
            Thread.sleep(10);
        }
        assertEquals(List.of(), uploads());
    }

    private List<Path> uploads() throws IOException {
        Path area = server.backend.area();
        try (Stream<Path> files = Files.exists(area) ? Files.list(area) : Stream.empty()) {
            return files.toList();
        }
    }

    @Test
    void alias_movesOnlyFromTheExpectedVersion() {
        HttpResponse<byte[]> made = moveAlias("{\"version\": 1}");
        HttpResponse<byte[]> moved = moveAlias("{\"version\": 2}", "If-Match", "\"1\"");
        HttpResponse<byte[]> refused = moveAlias("{\"version\": 1}", "If-Match", "\"1\"");

        assertEquals(200, made.statusCode(), () -> TestServer.text(made));
        assertEquals(200, moved.statusCode());
        assertEquals("\"2\"", moved.headers().firstValue("etag").orElseThrow());
        assertEquals(412, refused.statusCode());
        assertEquals("PRECONDITION_FAILED", reason(refused));
    }

    @Test
    void alias_withABadBody_isRefused() {
        assertEquals("ARGUMENT_INVALID", reason(moveAlias("{}")));
        assertEquals("ARGUMENT_INVALID", reason(moveAlias("{\"version\": 0}")));
        assertEquals("ARGUMENT_INVALID", reason(moveAlias("{\"version\": 1, \"x\": 2}")));
        assertEquals("ARGUMENT_INVALID", reason(moveAlias("{\"version\": 1}", "If-Match", "W/1")));
    }

    @Test
    void alias_rolledBack_tellsTheVersionThatItMeansNow() {
        HttpResponse<byte[]> refused = post("/coco/aliases/production:rollback", "If-Match", "\"7\"");
        HttpResponse<byte[]> back = post("/coco/aliases/production:rollback", "If-Match", "\"2\"");

        assertEquals("PRECONDITION_FAILED", reason(refused));
        assertEquals(200, back.statusCode(), () -> TestServer.text(back));
        assertEquals(1, TestServer.json(back).path("version").intValue());
        assertEquals("\"1\"", back.headers().firstValue("etag").orElseThrow());
        assertEquals(405, post("/coco/aliases/production").statusCode());
        assertEquals(405, post("/coco/aliases/production:promote").statusCode());
    }

    @Test
    void changes_thatOtherServersDoNotKnowYet_nameThem() {
        String path = MODELS + "/coco/rollouts/production";
        server.backend.behind = List.of("b-1234");
        try {
            JsonNode put = TestServer.json(rollOut("{\"canary\": 1, \"percent\": 20}"));
            assertEquals("[\"b-1234\"]", put.path("behind").toString());
            assertTrue(TestServer.json(get(path)).path("behind").isMissingNode());
            JsonNode ended =
                    TestServer.json(server.manage(HttpRequest.newBuilder().DELETE(), path));
            assertEquals("[\"b-1234\"]", ended.path("behind").toString());
        } finally {
            server.backend.behind = List.of();
        }
        assertTrue(TestServer.json(rollOut("{\"canary\": 1, \"percent\": 20}"))
                .path("behind")
                .isMissingNode());
        assertEquals(200, server.manage(HttpRequest.newBuilder().DELETE(), path).statusCode());
    }

    @Test
    void rollout_isPutReadAndEnded() {
        String path = MODELS + "/coco/rollouts/production";
        JsonNode put = TestServer.json(rollOut("{\"canary\": 1, \"percent\": 20}"));
        JsonNode read = TestServer.json(get(path));
        JsonNode ended = TestServer.json(server.manage(HttpRequest.newBuilder().DELETE(), path));

        String arm = "{\"requests\":10,\"cached\":4,\"errors\":1,"
                + "\"millis\":{\"count\":5,\"p50\":1.5,\"p90\":2.5,\"p99\":3.5},\"labels\":20,\"meanScore\":0.75}";
        assertEquals(
                "{\"stable\":2,\"canary\":1,\"percent\":20,\"since\":\"2026-01-02T03:04:05.006Z\",\"arms\":{\"stable\":"
                        + arm + ",\"canary\":" + arm + "}}",
                put.toString());
        assertEquals(put, read);
        assertEquals("{\"stable\":2}", ended.toString());
        assertEquals("VERSION_NOT_FOUND", reason(get(MODELS + "/coco/rollouts/other")));
        assertEquals("ARGUMENT_INVALID", reason(rollOut("{\"canary\": 1}")));
        assertEquals("ARGUMENT_INVALID", reason(rollOut("{\"canary\": 1, \"percent\": 101}")));
        assertEquals("ARGUMENT_INVALID", reason(rollOut("{\"canary\": 0, \"percent\": 1}")));
        assertEquals("ARGUMENT_INVALID", reason(rollOut("{}")));
        assertEquals("ARGUMENT_INVALID", reason(rollOut("{\"percent\": 10}")));
        assertEquals("ARGUMENT_INVALID", reason(rollOut("{\"shadow\": 1, \"canary\": 1, \"percent\": 1}")));
    }

    @Test
    void rollout_isAnOperationOnceForEachKey() throws Exception {
        String path = MODELS + "/coco/rollouts/production";
        int changes = server.backend.changes.get();
        CountDownLatch go = new CountDownLatch(1);
        server.backend.rollingOut = () -> {
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
        HttpResponse<byte[]> accepted = keyed("rollout-1", "{\"canary\": 1, \"percent\": 20}", path + "?wait=0");
        HttpResponse<byte[]> other = keyed("rollout-1", "{\"canary\": 1, \"percent\": 30}", path + "?wait=0");
        go.countDown();
        HttpResponse<byte[]> again = keyed("rollout-1", "{\"canary\": 1, \"percent\": 20}", path);

        assertEquals(202, accepted.statusCode(), () -> TestServer.text(accepted));
        JsonNode operation = TestServer.json(accepted);
        assertEquals("rollout", operation.path("kind").textValue());
        assertEquals("coco@production", operation.path("target").textValue());
        assertEquals("ALREADY_EXISTS", reason(other));
        assertEquals(20, TestServer.json(again).path("percent").asInt());
        assertEquals(changes + 1, server.backend.changes.get());
        JsonNode done = TestServer.json(
                get("/v1/registry/operations/" + operation.path("id").textValue()));
        assertEquals(1, done.path("result").path("canary").asInt());
        assertTrue(done.path("result").has("arms"));

        server.backend.rollingOut = () -> {};
        HttpResponse<byte[]> ended = server.manage(HttpRequest.newBuilder().DELETE(), path + "?wait=0");
        assertEquals(202, ended.statusCode());
        assertEquals("end-rollout", TestServer.json(ended).path("kind").textValue());
        assertEquals(
                "{\"stable\":2}",
                TestServer.text(server.manage(HttpRequest.newBuilder().DELETE(), path)));
    }

    private HttpResponse<byte[]> keyed(String key, String body, String path) {
        return server.manage(
                HttpRequest.newBuilder()
                        .header("Content-Type", "application/json")
                        .header("Idempotency-Key", key)
                        .PUT(BodyPublishers.ofString(body)),
                path);
    }

    @Test
    void rollout_ofAShadow_tellsHowFarItAgrees() {
        JsonNode rollout = TestServer.json(rollOut("{\"shadow\": 1, \"shadowPercent\": 30}"));

        assertEquals(1, rollout.path("shadow").asInt());
        assertEquals(30, rollout.path("shadowPercent").asInt());
        assertFalse(rollout.has("canary"));
        assertFalse(rollout.path("arms").has("canary"));
        JsonNode agreement = rollout.path("agreement");
        assertEquals(3, agreement.path("compared").asInt());
        assertEquals(1, agreement.path("failed").asInt());
        assertEquals(2, agreement.path("dropped").asInt());
        assertEquals(8 / 11.0, agreement.path("matched").asDouble(), 1e-9);
        assertEquals(0.9, agreement.path("meanOverlap").asDouble(), 1e-9);
        assertEquals(0.75, agreement.path("sameLabel").asDouble(), 1e-9);
        assertEquals(0.1, agreement.path("meanScoreShift").asDouble(), 1e-9);
        assertEquals(1, agreement.path("countDifference").asInt());
        assertEquals(4, agreement.path("shadowMillis").path("p50").asDouble());
        assertTrue(agreement.path("note").asText().contains("not quality"));
    }

    private HttpResponse<byte[]> prune(String body) {
        return server.manage(
                HttpRequest.newBuilder()
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body)),
                MODELS + "/coco:prune");
    }

    @Test
    void prune_unlessToldInSoManyWords_removesNothing() {
        JsonNode shown = TestServer.json(prune("{\"keep\": 0}"));
        assertEquals(true, shown.path("dryRun").booleanValue());
        assertEquals("coco@1", shown.at("/versions/0/ref").textValue());
        assertTrue(shown.at("/versions/0/bytes").isNumber());
        assertEquals(0, server.backend.pruned.size());

        JsonNode removed = TestServer.json(prune("{\"keep\": 0, \"dryRun\": false}"));
        assertEquals(false, removed.path("dryRun").booleanValue());
        assertEquals(1, server.backend.pruned.size());
        assertEquals("ARGUMENT_INVALID", reason(prune("{}")));
        assertEquals("ARGUMENT_INVALID", reason(prune("{\"keep\": -1}")));
        assertEquals("ARGUMENT_INVALID", reason(prune("{\"keep\": 0, \"dryRun\": \"false\"}")));
        assertEquals("ARGUMENT_INVALID", reason(prune("{\"keep\": 0, \"force\": true}")));
        assertEquals(
                "MODEL_NOT_FOUND",
                reason(server.manage(
                        HttpRequest.newBuilder()
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString("{\"keep\": 0}")),
                        MODELS + "/absent:prune")));
    }

    @Test
    void hold_isPutReadAndDeleted_andKeepsTheVersion() {
        String path = MODELS + "/coco/holds/1";
        JsonNode put = TestServer.json(hold(path, "{\"reason\": \"a trial\"}"));

        assertEquals("coco@1", put.at("/holds/0/ref").textValue());
        assertEquals("a trial", put.at("/holds/0/reason").textValue());
        assertEquals(put, TestServer.json(get(MODELS + "/coco/holds")));
        assertEquals(
                "{\"dryRun\":true,\"versions\":[]}",
                TestServer.json(prune("{\"keep\": 0}")).toString());
        assertEquals(
                "{\"holds\":[]}",
                TestServer.json(server.manage(HttpRequest.newBuilder().DELETE(), path))
                        .toString());
        assertEquals("ARGUMENT_INVALID", reason(hold(path, "{}")));
        assertEquals("ARGUMENT_INVALID", reason(hold(path, "{\"reason\": \" \"}")));
        assertEquals("VERSION_NOT_FOUND", reason(hold(MODELS + "/coco/holds/9", "{\"reason\": \"x\"}")));
        assertEquals("VERSION_NOT_FOUND", reason(hold(MODELS + "/coco/holds/x", "{\"reason\": \"x\"}")));
    }

    private HttpResponse<byte[]> hold(String path, String body) {
        return server.manage(
                HttpRequest.newBuilder()
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofString(body)),
                path);
    }

    private HttpResponse<byte[]> rollOut(String body) {
        return server.manage(
                HttpRequest.newBuilder()
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofString(body)),
                MODELS + "/coco/rollouts/production");
    }

    @Test
    void version_retired_unlessAnAliasMeansIt() {
        HttpResponse<byte[]> retired = post("/coco/versions/1:retire");

        assertEquals(200, retired.statusCode(), () -> TestServer.text(retired));
        assertEquals("RETIRED", TestServer.json(retired).path("state").textValue());
        assertEquals(409, post("/coco/versions/2:retire").statusCode());
        assertEquals("IN_USE", reason(post("/coco/versions/2:retire")));
        assertEquals("VERSION_NOT_FOUND", reason(post("/coco/versions/9:retire")));
        assertEquals("VERSION_NOT_FOUND", reason(post("/coco/versions/x:retire")));
        assertEquals(405, post("/coco/versions/1").statusCode());
    }

    @Test
    void audit_goesOnAfterALine() {
        JsonNode first = TestServer.json(get("/v1/registry/audit?limit=2"));
        JsonNode rest = TestServer.json(get("/v1/registry/audit?after=2"));

        assertEquals(2, first.path("lines").size());
        assertEquals(1, rest.path("lines").size());
        JsonNode last = rest.path("lines").path(0);
        assertEquals("2026-01-02T03:04:05.006Z", last.path("at").textValue());
        assertEquals(last.path("hash"), rest.path("head").path("hash"));
        assertEquals(3, first.path("head").path("id").intValue());
        assertEquals("ARGUMENT_INVALID", reason(get("/v1/registry/audit?after=-1")));
        assertEquals("ARGUMENT_INVALID", reason(get("/v1/registry/audit?limit=1001")));
        assertEquals("ARGUMENT_INVALID", reason(get("/v1/registry/audit?before=1")));
    }

    @Test
    void predictions_ofAnEmptyLedger_areNoneAndSaySo() {
        JsonNode page = TestServer.json(get("/v1/registry/predictions?model=coco&version=2&after=7&limit=1000"));

        assertFalse(page.path("recording").booleanValue());
        assertEquals(0, page.path("predictions").size());
        assertTrue(page.path("next").isMissingNode());
        assertEquals(
                "PREDICTION_NOT_FOUND", reason(get("/v1/registry/predictions/019ac0de-0000-7000-8000-000000000000")));
        assertEquals("PREDICTION_NOT_FOUND", reason(get("/v1/registry/predictions/1-2-3-4-5")));
        assertEquals("ARGUMENT_INVALID", reason(get("/v1/registry/predictions?version=2")));
        assertEquals("ARGUMENT_INVALID", reason(get("/v1/registry/predictions?limit=1001")));
        assertEquals("ARGUMENT_INVALID", reason(get("/v1/registry/predictions?asset=a")));
    }

    private HttpResponse<byte[]> post(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder().POST(BodyPublishers.noBody());
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return server.manage(request, MODELS + path);
    }

    @Test
    void guards_standBeforeTheManagementListenerToo() {
        int port = server.managementPort();

        assertEquals(
                403,
                RawHttp.send(port, "GET /metrics HTTP/1.1\nHost: evil.example").status());
        assertEquals(
                403,
                RawHttp.send(port, "GET /metrics HTTP/1.1\nOrigin: https://evil.example")
                        .status());
        assertEquals(
                403,
                RawHttp.send(port, "GET " + MODELS + " HTTP/1.1\nOrigin: http://localhost:" + server.port())
                        .status());
        assertEquals(
                200,
                RawHttp.send(port, "GET /metrics HTTP/1.1\nOrigin: http://localhost:" + port)
                        .status());
    }

    @Test
    void status_tellsHowTheServerStands() throws IOException {
        server.post("/v1/models/coco/prelabels", "image/png", new byte[] {1});
        server.post("/v1/models/none/prelabels", "image/png", new byte[] {1});
        JsonNode status = TestServer.json(get("/v1/status"));

        assertEquals(90, status.path("uptimeSeconds").asInt());
        assertTrue(status.path("ready").asBoolean());
        assertEquals(1 << 20, status.at("/devices/0/usedBytes").asInt());
        assertEquals("coco@2", status.at("/versions/0/ref").asText());
        assertEquals("SERVING", status.at("/versions/0/residency").asText());
        assertEquals(7, status.at("/versions/0/queue/rows").asInt());
        assertEquals(21.0, status.at("/versions/0/queue/oldestMillis").asDouble());
        assertEquals(6, status.at("/versions/0/queue/turnedAway").asInt());
        assertEquals("coco@production", status.at("/rollouts/0/alias").asText());
        assertEquals(3, status.at("/rollouts/0/canary").asInt());
        assertTrue(status.at("/requests/MODEL_NOT_FOUND").asInt() >= 1);
        assertTrue(status.at("/requests/OK").asInt() >= 1);
        JsonNode workers = status.path("workers");

        assertEquals(2, workers.size());
        assertEquals("onnx", workers.path(0).path("role").asText());
        assertEquals(4711, workers.path(0).path("pid").asInt());
        assertTrue(workers.path(0).path("walled").asBoolean());
        assertTrue(workers.path(1).path("pid").isMissingNode());
        assertFalse(workers.path(1).path("walled").asBoolean());
    }

    @Test
    void metrics_areInPrometheusFormat() {
        server.post("/v1/models/coco/prelabels", "image/png", new byte[] {1});
        HttpResponse<byte[]> response = get("/metrics");
        String text = TestServer.text(response);

        assertEquals(
                "text/plain; version=0.0.4; charset=utf-8",
                response.headers().firstValue("content-type").orElseThrow());
        for (String line : text.lines().filter(line -> !line.startsWith("#")).toList()) {
            assertTrue(SAMPLE_LINE.matcher(line).matches(), line);
        }
        for (String name : List.of(
                "firstpass_requests_total{api=\"http\",code=\"200\",model=\"coco\",reason=\"OK\",result=\"ok\",version=\"2\"}",
                "firstpass_request_duration_seconds_bucket{model=\"coco\",result=\"ok\",version=\"2\",le=\"0.05\"}",
                "firstpass_stage_duration_seconds_bucket{model=\"coco\",stage=\"infer\",version=\"2\",le=\"0.005\"}",
                "jvm_memory_used_bytes",
                "jvm_gc_",
                "process_files_open_files",
                "process_uptime_seconds")) {
            assertTrue(text.contains(name), () -> name + " is not in\n" + text);
        }
    }

    @Test
    void metrics_doNotGrowWithWhatCallersInvent() {
        String path = "/v1/models/%s/prelabels?asset-id=%s&format=%s";
        server.post(path.formatted("x", "x", "x"), "image/png", new byte[] {1});
        server.post(path.formatted("coco", "x", "x"), "image/png", new byte[] {1});
        server.get("/x");
        long before = requestSeries();
        assertTrue(before > 0);
        for (int i = 0; i < 300; i++) {
            server.post(path.formatted("model" + i, "asset" + i, "x"), "image/png", new byte[] {1});
            server.post(path.formatted("coco", "asset" + i, "format" + i), "image/png", new byte[] {1});
            server.get("/page" + i);
        }

        assertEquals(before, requestSeries());
    }

    /// Of the requests alone: the JVM's own grow with the first garbage collection.
    private long requestSeries() {
        return TestServer.text(get("/metrics"))
                .lines()
                .filter(line -> line.startsWith("firstpass_"))
                .count();
    }

    @Test
    void probes_answerHereToo() {
        assertEquals(200, get("/livez").statusCode());
        assertEquals(200, get("/readyz").statusCode());
    }
}
