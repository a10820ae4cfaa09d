package dev.firstpass.server.frontend.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.server.frontend.RawHttp;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.frontend.TestVersions;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Operations, repetitions, pages and entity tags of the registry, over real sockets.
class RegistryAnswersTest {
    private static final String MODELS = "/v1/registry/models";
    private static final String OPERATIONS = "/v1/registry/operations";

    private final TestServer server = new TestServer();

    @AfterEach
    void stop() {
        server.backend.registering = _ -> {};
        server.close();
    }

    private HttpResponse<byte[]> get(String path, String... headers) {
        return server.manage(with(HttpRequest.newBuilder().GET(), headers), path);
    }

    private HttpResponse<byte[]> register(String query, byte[] bytes, String... headers) {
        return server.manage(
                with(
                        HttpRequest.newBuilder()
                                .header("Content-Type", "application/octet-stream")
                                .POST(BodyPublishers.ofByteArray(bytes)),
                        headers),
                MODELS + "/crops/versions" + query);
    }

    private HttpResponse<byte[]> move(String body, String query, String... headers) {
        return server.manage(
                with(
                        HttpRequest.newBuilder()
                                .header("Content-Type", "application/json")
                                .PUT(BodyPublishers.ofString(body)),
                        headers),
                MODELS + "/coco/aliases/production" + query);
    }

    private static HttpRequest.Builder with(HttpRequest.Builder request, String... headers) {
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return request;
    }

    private static String reason(HttpResponse<byte[]> response) {
        return TestServer.json(response).path("reason").asText();
    }

    private static String etag(HttpResponse<byte[]> response) {
        return response.headers().firstValue("etag").orElse("none");
    }

    /// A registration that waits for the latch, having told a step.
    private CountDownLatch held() {
        CountDownLatch go = new CountDownLatch(1);
        server.backend.registering = progress -> {
            progress.progress(ProgressListener.Step.COPYING, 3, 7);
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
        return go;
    }

    // --- Operations

    @Test
    void longWork_withoutWaiting_isAnOperation() {
        CountDownLatch go = held();
        HttpResponse<byte[]> accepted = register("?wait=0", new byte[] {1});
        String location = accepted.headers().firstValue("location").orElseThrow();

        assertEquals(202, accepted.statusCode());
        assertEquals(OPERATIONS + "/" + TestServer.json(accepted).path("id").textValue(), location);
        assertEquals("RUNNING", TestServer.json(get(location)).path("state").textValue());
        assertEquals(
                "RUNNING",
                TestServer.json(get(location + "?wait=10ms")).path("state").textValue());
        go.countDown();
        JsonNode done = TestServer.json(get(location + "?wait=20s"));
        assertEquals("DONE", done.path("state").textValue());
        assertEquals("register", done.path("kind").textValue());
        assertEquals("crops", done.path("target").textValue());
        assertEquals("copying", done.path("progress").path("step").textValue());
        assertEquals(7, done.path("progress").path("total").intValue());
        assertEquals("crops@3", done.path("result").path("ref").textValue());
        JsonNode listed = TestServer.json(get(OPERATIONS)).path("operations");
        assertEquals(1, listed.size());
        assertTrue(listed.path(0).path("result").isMissingNode());
    }

    @Test
    void longWork_whoseWaitRunsOut_isAnOperation() {
        CountDownLatch go = held();
        assertEquals(202, register("?wait=20ms", new byte[] {1}).statusCode());
        go.countDown();
        assertEquals(201, register("?wait=20s", new byte[] {1}).statusCode());
    }

    @Test
    void operation_thatFails_hasItsProblem() {
        HttpResponse<byte[]> accepted = move("{\"version\": 1}", "?wait=0", "If-Match", "\"9\"");
        assertEquals(202, accepted.statusCode());
        JsonNode failed =
                TestServer.json(get(accepted.headers().firstValue("location").orElseThrow() + "?wait=20s"));

        assertEquals("FAILED", failed.path("state").textValue());
        assertEquals(
                "PRECONDITION_FAILED", failed.path("problem").path("reason").textValue());
        assertEquals(412, failed.path("problem").path("status").intValue());
    }

    @Test
    void operation_goesOnWhenTheClientGoesAway() throws Exception {
        CountDownLatch go = held();
        try (Socket socket = RawHttp.connect(server.managementPort())) {
            String request = "POST " + MODELS + "/crops/versions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
                    + "Idempotency-Key: once\r\nContent-Type: application/octet-stream\r\n\r\nx";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            while (server.backend.changes.get() == 0) {
                Thread.sleep(5);
            }
        }
        go.countDown();

        // The client comes back and asks again.
        HttpResponse<byte[]> answer = register("", "x".getBytes(StandardCharsets.US_ASCII), "Idempotency-Key", "once");
        assertEquals(201, answer.statusCode(), () -> TestServer.text(answer));
        assertEquals(1, server.backend.changes.get());
    }

    @Test
    void operations_thatAreNot_areNotFound() {
        assertEquals("OPERATION_NOT_FOUND", reason(get(OPERATIONS + "/nothing")));
        assertEquals("ARGUMENT_INVALID", reason(get(OPERATIONS + "/..%2F..")));
        for (String bad : List.of("-1s", "1h", "soon", "61m", "99999999999s", "")) {
            assertEquals("ARGUMENT_INVALID", reason(register("?wait=" + bad, new byte[1])), bad);
        }
        assertEquals("ARGUMENT_INVALID", reason(register("?weight=1s", new byte[1])));
        assertEquals(0, server.backend.changes.get());
    }

    // --- Repetitions

    @Test
    void sameKey_sameBundle_isRegisteredOnce_alsoAtOnce() {
        CountDownLatch go = held();
        List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            answers.add(CompletableFuture.supplyAsync(
                    () -> register("", new byte[] {1, 2}, "Idempotency-Key", "k"), Thread::startVirtualThread));
        }
        while (server.backend.changes.get() == 0) {
            Thread.onSpinWait();
        }
        go.countDown();
        for (CompletableFuture<HttpResponse<byte[]>> answer : answers) {
            assertEquals(201, answer.join().statusCode());
            assertEquals(TestServer.text(answers.getFirst().join()), TestServer.text(answer.join()));
        }
        assertEquals(1, server.backend.changes.get());

        HttpResponse<byte[]> other = register("", new byte[] {1, 3}, "Idempotency-Key", "k");
        assertEquals(409, other.statusCode());
        assertEquals("ALREADY_EXISTS", reason(other));
        assertEquals(
                201, register("", new byte[] {1, 2}, "Idempotency-Key", "l").statusCode());
        assertEquals(2, server.backend.changes.get());
    }

    @Test
    void sameKey_sameMove_givesTheSameAnswer_alsoWhenItWouldBeRefusedNow() {
        HttpResponse<byte[]> moved = move("{\"version\": 1}", "", "If-Match", "\"2\"", "Idempotency-Key", "m");
        HttpResponse<byte[]> again = move("{\"version\": 1}", "", "If-Match", "\"2\"", "Idempotency-Key", "m");

        assertEquals(200, moved.statusCode());
        assertEquals(TestServer.text(moved), TestServer.text(again));
        assertEquals("\"1\"", etag(again));
        assertEquals(1, server.backend.changes.get());
        assertEquals(412, move("{\"version\": 1}", "", "If-Match", "\"2\"").statusCode());
        assertEquals(409, move("{\"version\": 2}", "", "Idempotency-Key", "m").statusCode());
    }

    @Test
    void sameKey_refusal_isRepeated() {
        HttpResponse<byte[]> first = move("{\"version\": 1}", "", "If-Match", "\"9\"", "Idempotency-Key", "r");
        HttpResponse<byte[]> again = move("{\"version\": 1}", "", "If-Match", "\"9\"", "Idempotency-Key", "r");

        assertEquals(412, first.statusCode());
        assertEquals(412, again.statusCode());
        assertEquals(1, server.backend.changes.get());
    }

    @Test
    void badKeys_areRefused() {
        assertEquals("ARGUMENT_INVALID", reason(register("", new byte[1], "Idempotency-Key", "a b")));
        assertEquals("ARGUMENT_INVALID", reason(register("", new byte[1], "Idempotency-Key", "x".repeat(129))));
        assertEquals(0, server.backend.changes.get());
    }

    // --- Pages and entity tags

    private void manyModels(int models, int versions) {
        server.backend.further = LongStream.range(0, models)
                .mapToObj(i -> TestVersions.entry("m%03d".formatted(i), versions))
                .toList();
    }

    @Test
    void models_comeInPages_eachOnce() {
        manyModels(250, 1);
        List<String> names = new ArrayList<>();
        String query = "?pageSize=60";
        int pages = 0;
        while (!query.isEmpty()) {
            JsonNode page = TestServer.json(get(MODELS + query));
            page.path("models").forEach(model -> names.add(model.path("name").asText()));
            assertTrue(page.path("models").size() <= 60);
            String token = page.path("nextPageToken").asText();
            query = token.isEmpty() ? "" : "?pageSize=60&pageToken=" + token;
            pages++;
        }

        assertEquals(5, pages);
        assertEquals(251, names.size());
        assertEquals(names.stream().sorted().distinct().toList(), names);
        assertEquals(100, TestServer.json(get(MODELS)).path("models").size());
    }

    @Test
    void versions_comeInPages_andAModelShowsTheNewest() {
        manyModels(1, 1234);
        JsonNode model = TestServer.json(get(MODELS + "/m000"));
        assertEquals(10, model.path("versions").size());
        assertEquals(1225, model.path("versions").path(0).path("version").intValue());
        assertEquals(1234, model.path("versionCount").intValue());

        JsonNode first = TestServer.json(get(MODELS + "/m000/versions?pageSize=1000"));
        JsonNode rest = TestServer.json(get(MODELS + "/m000/versions?pageSize=1000&pageToken="
                + first.path("nextPageToken").asText()));
        assertEquals(1000, first.path("versions").size());
        assertEquals(1001, rest.path("versions").path(0).path("version").intValue());
        assertEquals(234, rest.path("versions").size());
        assertTrue(rest.path("nextPageToken").isMissingNode());
    }

    @Test
    void badPages_areRefused() {
        for (String bad : List.of(
                "pageSize=0",
                "pageSize=1001",
                "pageSize=-1",
                "pageSize=x",
                "pageToken=%20",
                "pageToken=bTogLi4v",
                "pageToken=djE",
                "pageToken=" + "A".repeat(3000),
                "page=2",
                "pageSize=1&pageSize=2")) {
            assertEquals("ARGUMENT_INVALID", reason(get(MODELS + "?" + bad)), bad);
        }
        assertEquals("ARGUMENT_INVALID", reason(get(MODELS + "/coco/versions?pageToken=bWNvY28")));
        assertEquals("MODEL_NOT_FOUND", reason(get(MODELS + "/nothing/versions")));
    }

    @Test
    void readings_haveTags_andAreSentOnlyIfTheyHaveChanged() {
        for (String path :
                List.of(MODELS, MODELS + "/coco", MODELS + "/coco/versions/2", MODELS + "/coco/aliases/production")) {
            HttpResponse<byte[]> first = get(path);
            HttpResponse<byte[]> same = get(path, "If-None-Match", "\"x\", W/" + etag(first));
            assertEquals(200, first.statusCode(), path);
            assertEquals(304, same.statusCode(), path);
            assertEquals(0, same.body().length);
            assertEquals(etag(first), etag(same));
            assertEquals(200, get(path, "If-None-Match", "\"x\"").statusCode());
        }
        String before = etag(get(MODELS + "/coco"));
        String version = etag(get(MODELS + "/coco/versions/2"));
        move("{\"version\": 1}", "");
        assertNotEquals(before, etag(get(MODELS + "/coco")));
        assertEquals(version, etag(get(MODELS + "/coco/versions/2")));
        assertEquals("\"1\"", etag(get(MODELS + "/coco/aliases/production")));
        assertEquals("VERSION_NOT_FOUND", reason(get(MODELS + "/coco/aliases/none")));
    }
}
