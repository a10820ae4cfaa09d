package dev.firstpass.server.frontend.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.frontend.RawHttp;
import dev.firstpass.server.frontend.TestServer;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/// A server that asks for tokens, by what clients show and are told.
class GateTest {
    private static final String PRELABELS = "/v1/models/coco/prelabels";
    private static final byte[] PHOTO = {(byte) 0xFF, (byte) 0xD8, 1, 2, 3};

    @AutoClose
    private final TestServer server = TestServer.guarded();

    private HttpResponse<byte[]> prelabel(String header, String value) {
        return server.send(HttpRequest.newBuilder(server.uri(PRELABELS))
                .header("Content-Type", "image/jpeg")
                .header(header, value)
                .POST(BodyPublishers.ofByteArray(PHOTO)));
    }

    private static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    private HttpResponse<byte[]> manage(String token, HttpRequest.Builder request, String path) {
        return server.manage(request.header("Authorization", "Bearer " + token), path);
    }

    @Test
    void caller_isTheTokens_andReachesThePipeline() {
        String token = server.backend.tokens.with(new Tenant("acme"), EnumSet.of(Scope.PRELABEL), Optional.empty());

        for (String header : List.of("Bearer " + token, "bearer " + token, basic("me", token), basic(token, ""))) {
            assertEquals(200, prelabel("Authorization", header).statusCode(), header);
        }
        assertEquals(
                Set.of("acme/t0/[PRELABEL]"),
                Set.copyOf(server.backend.requests.stream()
                        .map(request -> request.caller().tenant() + "/"
                                + request.caller().principal() + "/"
                                + request.caller().scopes())
                        .toList()));
        assertEquals("t0", server.backend.tokens.used.peek());
    }

    @Test
    void refusal_saysWhatIsWrong_inItsForm_withAChallenge_andWithoutTheCredential() {
        String expired = server.backend.tokens.with(
                Tenant.LOCAL, EnumSet.allOf(Scope.class), Optional.of(Instant.parse("2026-01-02T03:04:05Z")));
        HttpResponse<byte[]> missing = server.post(PRELABELS, "image/jpeg", PHOTO);
        assertRefused(missing, 401, "no credential");
        assertEquals(
                "Bearer realm=\"firstpass\"",
                missing.headers().firstValue("www-authenticate").orElse(""));
        assertRefused(prelabel("Authorization", "Bearer hunter2"), 401, "no token of this server");
        assertRefused(prelabel("Authorization", basic("hunter2", "hunter2")), 401, "no token of this server");
        assertRefused(prelabel("Authorization", "Bearer " + expired), 401, "has expired");
        assertRefused(
                prelabel("Authorization", "Bearer " + server.backend.tokens.with(Scope.METRICS)),
                403,
                "scope prelabel");
        assertTrue(server.backend.requests.isEmpty());
    }

    private static void assertRefused(HttpResponse<byte[]> answer, int status, String detail) {
        JsonNode problem = TestServer.json(answer);
        assertEquals(status, answer.statusCode());
        assertEquals(
                status == 401 ? "UNAUTHENTICATED" : "PERMISSION_DENIED",
                problem.path("reason").asText());
        assertTrue(problem.path("detail").asText().contains(detail), problem::toString);
        assertFalse(TestServer.text(answer).contains("hunter2"));
    }

    /// As their clients read it.
    @Test
    void refusal_isInEachDoorsOwnForm() {
        for (List<String> door : List.of(
                List.of("/v2/models/coco/infer", "/error"),
                List.of("/api/function_invocations", "/error"),
                List.of("/x-anylabeling/v1/predict", "/error/message"),
                List.of("/roboflow/infer/object_detection", "/message"),
                List.of("/label-studio/coco/predict", "/detail"))) {
            HttpResponse<byte[]> answer = server.post(door.getFirst(), "application/json", "{}");
            assertEquals(401, answer.statusCode(), door::toString);
            String told = TestServer.json(answer).at(door.getLast()).asText();
            assertTrue(told.contains("no credential"), () -> door + ": " + TestServer.text(answer));
            boolean isOfBrowsers = door.getFirst().startsWith("/label-studio");
            assertTrue(answer.headers()
                    .firstValue("www-authenticate")
                    .orElse("")
                    .startsWith(isOfBrowsers ? "Basic" : "Bearer"));
        }
    }

    @Test
    void page_ofAProgramWithout_isRefused_andTakesAPasswordToo() {
        HttpResponse<byte[]> page = server.get("/");
        assertEquals(401, page.statusCode());
        assertEquals(
                "Bearer realm=\"firstpass\"",
                page.headers().firstValue("www-authenticate").orElse(""),
                "a browser would ask by itself otherwise");

        String token = server.backend.tokens.with(Scope.PRELABEL);
        for (String path : List.of("/", "/v1/models", "/samples")) {
            HttpResponse<byte[]> answer =
                    server.send(HttpRequest.newBuilder(server.uri(path)).header("Authorization", basic("", token)));
            assertEquals(200, answer.statusCode(), path);
        }
    }

    /// A head that is refused is answered while its body is still to come, whether the service wants the whole of it or not.
    @Test
    void body_isNotWaitedForBeforeTheGate() throws IOException {
        for (String path : List.of(
                PRELABELS, "/v2/models/coco/infer", "/label-studio/coco/predict", "/roboflow/infer/object_detection")) {
            try (Socket socket = RawHttp.connect(server.port())) {
                socket.getOutputStream()
                        .write(("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                        + "Content-Length: 10000000\r\n\r\n{")
                                .getBytes(StandardCharsets.US_ASCII));
                assertEquals(401, RawHttp.read(socket.getInputStream(), false).status(), path);
            }
        }
        try (Socket socket = RawHttp.connect(server.managementPort())) {
            socket.getOutputStream()
                    .write(("POST /v1/registry/models/coco/versions HTTP/1.1\r\nHost: localhost\r\n"
                                    + "Content-Type: application/zip\r\nContent-Length: 10000000\r\n\r\nPK")
                            .getBytes(StandardCharsets.US_ASCII));
            assertEquals(401, RawHttp.read(socket.getInputStream(), false).status());
        }
    }

    @Test
    void rawTensors_needTheirScope_alsoAtTheRouteThatBothUse() {
        String tools = server.backend.tokens.with(Scope.PRELABEL);
        String raw = server.backend.tokens.with(Scope.TENSORS);

        assertEquals(403, infer("coco", tools));
        assertEquals(403, infer("coco.prelabels", raw));
        assertEquals(400, infer("coco.prelabels", tools));
        assertTrue(infer("coco", raw) != 403);
        assertEquals(403, load(tools));
        assertEquals(403, load(raw));
    }

    private int infer(String model, String token) {
        return server.send(HttpRequest.newBuilder(server.uri("/v2/models/" + model + "/infer"))
                        .header("Authorization", "Bearer " + token)
                        .POST(BodyPublishers.ofString("{}")))
                .statusCode();
    }

    private int load(String token) {
        return server.send(HttpRequest.newBuilder(server.uri("/v2/repository/models/coco/load"))
                        .header("Authorization", "Bearer " + token)
                        .POST(BodyPublishers.noBody()))
                .statusCode();
    }

    @Test
    void refusals_areCountedByReason() {
        assertEquals(401, server.get("/v1/models").statusCode());
        assertEquals(401, server.get("/v1/models").statusCode());
        String token = server.backend.tokens.with(Scope.METRICS);
        assertEquals(403, manage(token, HttpRequest.newBuilder(), "/v1/tokens").statusCode());

        String scraped = TestServer.text(manage(token, HttpRequest.newBuilder(), "/metrics"));
        assertTrue(scraped.contains("firstpass_access_refused_total{reason=\"MISSING\"} 2.0"), scraped);
        assertTrue(scraped.contains("firstpass_access_refused_total{reason=\"SCOPE\"} 1.0"), scraped);
        assertTrue(scraped.contains("firstpass_access_refused_total{reason=\"EXPIRED\"} 0.0"), scraped);
    }

    @Test
    void tokens_areMadeListedAndRevokedOverHttp() {
        String owner = server.backend.owner.text();
        HttpResponse<byte[]> made = manage(
                owner,
                HttpRequest.newBuilder()
                        .POST(BodyPublishers.ofString("{\"name\": \"ci\", \"scopes\": [\"register\"]}")),
                "/v1/tokens");
        assertEquals(201, made.statusCode(), () -> TestServer.text(made));
        assertEquals("no-store", made.headers().firstValue("cache-control").orElse(""));
        String token = TestServer.json(made).path("token").asText();
        assertTrue(TestServer.json(made).has("expiresAt"));

        String list = TestServer.text(manage(owner, HttpRequest.newBuilder(), "/v1/tokens"));
        assertEquals("ci", TestServer.json(list).at("/tokens/0/name").asText());
        assertFalse(list.contains("fp_"), list);
        assertEquals(
                200,
                manage(token, HttpRequest.newBuilder(), "/v1/registry/models").statusCode());
        assertEquals(409, create(owner, "{\"name\": \"ci\", \"scopes\": [\"register\"]}"));
        assertEquals(
                204,
                manage(owner, HttpRequest.newBuilder().DELETE(), "/v1/tokens/ci")
                        .statusCode());
        assertEquals(
                401,
                manage(token, HttpRequest.newBuilder(), "/v1/registry/models").statusCode());
        assertEquals(
                404,
                manage(owner, HttpRequest.newBuilder().DELETE(), "/v1/tokens/ci")
                        .statusCode());
        for (String wrong : List.of(
                "{}",
                "{\"name\": \"ci\"}",
                "{\"name\": \"ci\", \"scopes\": []}",
                "{\"name\": \"ci\", \"scopes\": [\"all\"]}",
                "{\"name\": \"CI\", \"scopes\": [\"register\"]}",
                "{\"name\": \"ci\", \"scopes\": [\"metrics\"], \"tenant\": \"acme\"}",
                "{\"name\": \"ci\", \"scopes\": [\"prelabel\"], \"tenant\": \"A B\"}",
                "{\"name\": \"ci\", \"scopes\": [\"register\"], \"expiresAt\": \"tomorrow\"}",
                "{\"name\": \"ci\", \"scopes\": [\"register\"], \"expires\": \"never\"}")) {
            assertEquals(400, create(owner, wrong), wrong);
        }
    }

    private int create(String token, String body) {
        return manage(token, HttpRequest.newBuilder().POST(BodyPublishers.ofString(body)), "/v1/tokens")
                .statusCode();
    }

    /// What Roboflow's client has of old in the query, and X-AnyLabeling's in a header of its own; neither counts elsewhere.
    @Test
    void waysOfOneDoor_areNotThoseOfAnother() {
        String token = server.backend.tokens.with(Scope.PRELABEL);
        assertTrue(server.post("/roboflow/coco/2?api_key=" + token, "text/plain", "AAAA")
                        .statusCode()
                != 401);
        assertEquals(
                401,
                server.post(PRELABELS + "?api_key=" + token, "image/jpeg", PHOTO)
                        .statusCode());
        for (String path : List.of("/x-anylabeling/v1/models", "/v1/models", "/v2/models/stats")) {
            int status = server.send(HttpRequest.newBuilder(server.uri(path)).header("Token", token))
                    .statusCode();
            assertEquals(path.startsWith("/x-anylabeling") ? 200 : 401, status, path);
        }
    }

    /// A key in the body, where it is of old, is not looked at: the answer says where it has to be, and nobody's copy has it.
    @Test
    void roboflowsKeyInTheBody_isRefused_andTheAnswerSaysTheMend() {
        String token = server.backend.tokens.with(Scope.PRELABEL);
        String body = "{\"model_id\": \"coco/2\", \"api_key\": \"" + token + "\", \"image\": {}}";
        for (String path : List.of("/roboflow/infer/object_detection", "/roboflow/model/add")) {
            HttpResponse<byte[]> answer = server.post(path, "application/json", body);

            assertEquals(401, answer.statusCode(), path);
            String told = TestServer.json(answer).path("message").asText();
            assertTrue(told.contains("Authorization"), told);
            assertTrue(told.contains("?api_key="), told);
            assertTrue(told.contains("api_key_transport=\"header\""), told);
            assertFalse(TestServer.text(answer).contains(token), told);
        }
        HttpResponse<byte[]> elsewhere = server.post(PRELABELS, "application/json", body);
        assertFalse(TestServer.text(elsewhere).contains("api_key"), () -> TestServer.text(elsewhere));
    }

    /// What one keeps in browsers, a script of another origin cannot use: it is refused before it is asked who it is.
    @Test
    void pageOfAnotherOrigin_withACredential_isRefused() {
        String token = server.backend.tokens.with(Scope.PRELABEL);
        RawHttp.Answer answer = RawHttp.send(
                server.port(),
                "POST " + PRELABELS + " HTTP/1.1\nOrigin: https://evil.example\nAuthorization: Bearer " + token
                        + "\nContent-Length: 0");

        assertEquals(403, answer.status());
        assertTrue(server.backend.requests.isEmpty());
    }

    @Test
    void addressOfManagement_isClosedToo() {
        HttpResponse<byte[]> console = server.manage(HttpRequest.newBuilder(), "/");
        assertEquals(401, console.statusCode());
        assertEquals(
                200,
                server.send(HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + server.managementPort() + "/livez")))
                        .statusCode());
    }
}
