package dev.firstpass.server.frontend.http;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.FakeBackend;
import dev.firstpass.server.frontend.RawHttp;
import dev.firstpass.server.frontend.RawHttp.Answer;
import dev.firstpass.server.frontend.TestForm;
import dev.firstpass.server.frontend.TestServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Requests that must be refused, each with its reason and field, and each followed by a good request that is
/// answered.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputTest {
    private static final String PATH = "/v1/models/coco/prelabels";
    private static final byte[] IMAGE = {1, 2, 3};
    private static final long MAX_BODY_BYTES = 64 << 10;

    @AutoClose
    private final TestServer server =
            new TestServer(Limits.STANDARD.withMaxBodyBytes(MAX_BODY_BYTES).withBodyTimeout(Duration.ofMillis(1500)));

    /// @param field the problem's member `field`; empty where it has none
    record Bad(String name, String head, byte[] body, Reason reason, String field) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Bad head(String name, String head, Reason reason, String field) {
        return new Bad(name, head, new byte[0], reason, field);
    }

    private static Bad query(String name, String query, Reason reason, String field) {
        return image(name, PATH + "?" + query, reason, field);
    }

    private static Bad image(String name, String path, Reason reason, String field) {
        return new Bad(name, "POST " + path + " HTTP/1.1\nContent-Type: image/png", IMAGE, reason, field);
    }

    private static Bad body(String name, String mediaType, byte[] body, Reason reason, String field) {
        return new Bad(name, "POST " + PATH + " HTTP/1.1\nContent-Type: " + mediaType, body, reason, field);
    }

    private static Bad json(String name, String body, String field) {
        return json(name, body, Reason.ARGUMENT_INVALID, field);
    }

    private static Bad json(String name, String body, Reason reason, String field) {
        return body(name, "application/json", body.getBytes(StandardCharsets.UTF_8), reason, field);
    }

    private static Bad prompt(String name, String prompt, String field) {
        return json(name, "{\"asset\": {\"base64\": \"AAAA\"}, \"prompt\": " + prompt + "}", field);
    }

    static Stream<Bad> cases() {
        return Stream.of(routes(), queries(), bodies(), documents(), prompts(), origins())
                .flatMap(List::stream);
    }

    private static List<Bad> routes() {
        return List.of(
                head("unknown path", "GET /nowhere HTTP/1.1", Reason.ROUTE_NOT_FOUND, ""),
                head("unknown path below /v1", "GET /v1/model HTTP/1.1", Reason.ROUTE_NOT_FOUND, ""),
                head("wrong method on a post route", "GET " + PATH + " HTTP/1.1", Reason.METHOD_NOT_ALLOWED, ""),
                head("wrong method on a get route", "DELETE /v1/models HTTP/1.1", Reason.METHOD_NOT_ALLOWED, ""),
                head("unknown method", "BREW /v1/models HTTP/1.1", Reason.METHOD_NOT_ALLOWED, ""),
                head("unknown sample", "GET /samples/nothing.jpg HTTP/1.1", Reason.ROUTE_NOT_FOUND, ""),
                head("sample outside the folder", "GET /samples/..%2fsecret HTTP/1.1", Reason.ARGUMENT_INVALID, ""),
                image("unknown model", "/v1/models/nothing/prelabels", Reason.MODEL_NOT_FOUND, ""),
                image("unknown version", "/v1/models/coco@9/prelabels", Reason.VERSION_NOT_FOUND, ""),
                image("unknown alias", "/v1/models/coco@canary/prelabels", Reason.VERSION_NOT_FOUND, ""),
                image("malformed model name", "/v1/models/Coco!/prelabels", Reason.ARGUMENT_INVALID, "name"),
                image("malformed version", "/v1/models/coco@0/prelabels", Reason.ARGUMENT_INVALID, "alias"));
    }

    private static List<Bad> queries() {
        Reason invalid = Reason.ARGUMENT_INVALID;
        return List.of(
                query("unknown parameter", "treshold=0.5", invalid, "treshold"),
                query("parameter given twice", "max=3&max=4", invalid, "max"),
                query("prompt in the query", "prompt=1,2", invalid, "prompt"),
                query("unknown format", "format=labelbocks", Reason.FORMAT_UNKNOWN, "format"),
                query("unknown geometry", "geometry=circle", invalid, "geometry"),
                query("negative threshold", "threshold=-0.1", invalid, "threshold"),
                query("threshold over one", "threshold=1.01", invalid, "threshold"),
                query("threshold NaN", "threshold=NaN", invalid, "threshold"),
                query("threshold infinite", "threshold=1e999", invalid, "threshold"),
                query("threshold with a suffix", "threshold=0.5f", invalid, "threshold"),
                query("threshold empty", "threshold=", invalid, "threshold"),
                query("max zero", "max=0", invalid, "max"),
                query("max negative", "max=-1", invalid, "max"),
                query("max too large", "max=10001", invalid, "max"),
                query("max no whole number", "max=2.5", invalid, "max"),
                query("max over 64 bits", "max=99999999999999999999", invalid, "max"),
                query("simplify negative", "simplify=-1", invalid, "simplify"),
                query("simplify too large", "simplify=1000.5", invalid, "simplify"),
                query("unknown class", "classes=dog,elefant", invalid, "classes"),
                query("empty class", "classes=dog,,cat", invalid, "classes"),
                query("classes as JSON cut short", "classes=%5B%22dog%22", invalid, "classes"),
                query("classes as a JSON object", "classes=%7B%22dog%22%3A1%7D", invalid, "classes"),
                query("timeout without a unit", "timeout=5", invalid, "timeout"),
                query("timeout zero", "timeout=0s", invalid, "timeout"),
                query("timeout negative", "timeout=-1s", invalid, "timeout"),
                query("timeout too long", "timeout=999m", invalid, "timeout"),
                query("unknown priority", "priority=urgent", invalid, "priority"),
                query("asset id with a control character", "asset-id=a%0Ab", invalid, "asset-id"),
                query("asset id too long", "asset-id=" + "x".repeat(513), invalid, "asset-id"),
                query("asset id empty", "asset-id=", invalid, "asset-id"),
                query("project that does not exist", "project=maps@3", Reason.PROJECT_NOT_FOUND, "project"),
                query("format option malformed", "format-options=globalKey", invalid, "format-options"),
                query(
                        "format option twice",
                        "format=labelbox&format-options=globalKey:a,globalKey:b",
                        invalid,
                        "format-options.globalKey"),
                query("format option unknown", "format=labelbox&format-options=globalkey:a", invalid, "format-options"),
                query("format option of another format", "format-options=globalKey:a", invalid, "format-options"));
    }

    private static List<Bad> bodies() {
        Reason invalid = Reason.ARGUMENT_INVALID;
        Reason unsupported = Reason.MEDIA_TYPE_UNSUPPORTED;
        byte[] large = new byte[(int) MAX_BODY_BYTES + 1];
        byte[] noImage = new TestForm()
                .part("name=\"options\"", "application/json", "{}")
                .bytes();
        byte[] twoImages = new TestForm()
                .part("name=\"image\"", "image/png", IMAGE)
                .part("name=\"image\"", "image/png", IMAGE)
                .bytes();
        byte[] foreignPart = new TestForm()
                .part("name=\"image\"", "image/png", IMAGE)
                .part("name=\"option\"", "application/json", "{}")
                .bytes();
        byte[] badOptions = new TestForm()
                .part("name=\"image\"", "image/png", IMAGE)
                .part("name=\"options\"", "application/json", "{\"max\": }")
                .bytes();
        byte[] unknownOption = new TestForm()
                .part("name=\"image\"", "image/png", IMAGE)
                .part("name=\"options\"", "application/json", "{\"maximum\": 3}")
                .bytes();
        byte[] manyParts =
                "--xYz\r\n\r\n\r\n".repeat(4000).concat("--xYz--\r\n").getBytes(StandardCharsets.UTF_8);
        byte[] nameless = new TestForm()
                .part("name=\"image\"", "image/png", IMAGE)
                .part("filename=\"dog.png\"", "image/png", IMAGE)
                .bytes();
        return List.of(
                body("text", "text/plain", IMAGE, unsupported, "Content-Type"),
                body(
                        "form-encoded fields",
                        "application/x-www-form-urlencoded",
                        "image=a".getBytes(StandardCharsets.UTF_8),
                        unsupported,
                        "Content-Type"),
                body(
                        "form-encoded GIF",
                        "application/x-www-form-urlencoded",
                        "GIF89a".getBytes(StandardCharsets.UTF_8),
                        unsupported,
                        "Content-Type"),
                body(
                        "form-encoded nothing",
                        "application/x-www-form-urlencoded",
                        new byte[0],
                        unsupported,
                        "Content-Type"),
                body("malformed media type", "image", IMAGE, unsupported, "Content-Type"),
                new Bad("no media type", "POST " + PATH + " HTTP/1.1", IMAGE, unsupported, "Content-Type"),
                new Bad(
                        "compressed body",
                        "POST " + PATH + " HTTP/1.1\nContent-Type: image/png\nContent-Encoding: gzip",
                        IMAGE,
                        unsupported,
                        "Content-Encoding"),
                body("over the limit", "image/png", large, Reason.REQUEST_TOO_LARGE, ""),
                new Bad(
                        "over the limit in chunks",
                        "POST " + PATH + " HTTP/1.1\nContent-Type: image/png\nTransfer-Encoding: chunked",
                        chunked(large),
                        Reason.REQUEST_TOO_LARGE,
                        ""),
                body("empty", "image/png", new byte[0], Reason.IMAGE_UNDECODABLE, ""),
                body("form without a boundary", "multipart/form-data", twoImages, invalid, "Content-Type"),
                body("form that is none", TestForm.MEDIA_TYPE, IMAGE, invalid, "body"),
                body("form cut off", TestForm.MEDIA_TYPE, cut(twoImages), invalid, "body"),
                body("form without an image", TestForm.MEDIA_TYPE, noImage, invalid, "image"),
                body("form with two images", TestForm.MEDIA_TYPE, twoImages, invalid, "image"),
                body("form with a foreign part", TestForm.MEDIA_TYPE, foreignPart, invalid, "option"),
                body("form with a part without a name", TestForm.MEDIA_TYPE, nameless, invalid, "body"),
                body("form with thousands of parts", TestForm.MEDIA_TYPE, manyParts, invalid, "body"),
                body("form with bad options", TestForm.MEDIA_TYPE, badOptions, invalid, "options"),
                body("form with an unknown option", TestForm.MEDIA_TYPE, unknownOption, invalid, "maximum"));
    }

    private static List<Bad> documents() {
        String asset = "\"asset\": {\"base64\": \"AAAA\"}";
        return List.of(
                json("empty JSON", "", "body"),
                json("no JSON", "{\"asset\":", "body"),
                json("JSON with something after it", "{" + asset + "} x", "body"),
                json("JSON array", "[1]", "body"),
                json("deep JSON", "{\"asset\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}", "body"),
                json("same member twice", "{" + asset + "," + asset + "}", "body"),
                json("huge number", "{" + asset + ", \"options\": {\"max\": " + "9".repeat(1000) + "}}", "body"),
                json("NaN in JSON", "{" + asset + ", \"options\": {\"threshold\": NaN}}", "body"),
                json("infinite number", "{" + asset + ", \"options\": {\"threshold\": 1e400}}", "threshold"),
                json("number as an array", "{" + asset + ", \"options\": {\"threshold\": [0.5]}}", "threshold"),
                json("null option", "{" + asset + ", \"options\": {\"format\": null}}", "format"),
                json("unknown member", "{" + asset + ", \"prmopt\": {}}", "prmopt"),
                json("options no object", "{" + asset + ", \"options\": []}", "options"),
                json(
                        "format options nested",
                        "{" + asset + ", \"options\": {\"format-options\": {\"a\": {}}}}",
                        "format-options.a"),
                json("id twice", "{" + asset + ", \"id\": \"a\", \"options\": {\"asset-id\": \"b\"}}", "id"),
                json("lone surrogate", "{" + asset + ", \"id\": \"\\ud800\"}", "asset-id"),
                json("no asset", "{}", "asset"),
                json("asset with two places", "{\"asset\": {\"base64\": \"AAAA\", \"uri\": \"s3://a/b\"}}", "asset"),
                json("asset of an unknown kind", "{\"asset\": {\"url\": \"http://a/b\"}}", "asset.url"),
                json("bad base64", "{\"asset\": {\"base64\": \"not base64!\"}}", "asset.base64"),
                json(
                        "base64 as a data address",
                        "{\"asset\": {\"base64\": \"data:image/png;base64,AAAA\"}}",
                        "asset.base64"),
                json("address with a line break", "{\"asset\": {\"uri\": \"http://a/\\nb\"}}", "asset.uri"),
                json(
                        "address that is not allowed",
                        "{\"asset\": {\"uri\": \"file:///etc/passwd\"}}",
                        Reason.ASSET_FORBIDDEN,
                        "asset.uri"));
    }

    private static List<Bad> prompts() {
        return List.of(
                prompt("prompt without anything", "{}", "prompt"),
                prompt("prompt no object", "7", "prompt"),
                prompt(
                        "prompt with a box without sides",
                        "{\"points\": [{\"x\": 1, \"y\": 1}], \"box\": {}}",
                        "prompt.box.width"),
                prompt("no points", "{\"points\": []}", "prompt.points"),
                prompt("point without y", "{\"points\": [{\"x\": 1}]}", "prompt.points[0].y"),
                prompt("point far away", "{\"points\": [{\"x\": 1, \"y\": 1e7}]}", "prompt.points[0].y"),
                prompt(
                        "point with an unknown label",
                        "{\"points\": [{\"x\": 1, \"y\": 1, \"label\": \"maybe\"}]}",
                        "prompt.points[0].label"),
                prompt(
                        "box without area",
                        "{\"box\": {\"x\": 1, \"y\": 1, \"width\": 0, \"height\": 3}}",
                        "prompt.box"),
                prompt(
                        "too many points",
                        "{\"points\": [" + "{\"x\": 1, \"y\": 1},".repeat(100) + "{\"x\": 1, \"y\": 1}]}",
                        "prompt.points"));
    }

    private static List<Bad> origins() {
        Reason denied = Reason.PERMISSION_DENIED;
        return List.of(
                head("foreign host", "GET /v1/models HTTP/1.1\nHost: evil.example", denied, "Host"),
                head("host that only begins like ours", "GET / HTTP/1.1\nHost: localhost.evil.example", denied, "Host"),
                head("host with a user", "GET /v1/models HTTP/1.1\nHost: localhost@evil.example", denied, "Host"),
                head("foreign host at a probe", "GET /readyz HTTP/1.1\nHost: evil.example", denied, "Host"),
                head("foreign host at an unknown path", "GET /x HTTP/1.1\nHost: evil.example", denied, "Host"),
                head("foreign host and a wrong method", "PUT /v1/models HTTP/1.1\nHost: evil.example", denied, "Host"),
                head("foreign origin", "GET /v1/models HTTP/1.1\nOrigin: https://evil.example", denied, "Origin"),
                head("origin null", "GET /v1/models HTTP/1.1\nOrigin: null", denied, "Origin"),
                head("origin of another port", "GET /v1/models HTTP/1.1\nOrigin: http://localhost:1", denied, "Origin"),
                head(
                        "cross-site request",
                        "GET /v1/models HTTP/1.1\nSec-Fetch-Site: cross-site",
                        denied,
                        "Sec-Fetch-Site"),
                new Bad(
                        "foreign page posts an image as a form",
                        "POST " + PATH
                                + " HTTP/1.1\nContent-Type: application/x-www-form-urlencoded\nOrigin: http://a.b",
                        new byte[] {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF, 0},
                        denied,
                        "Origin"),
                new Bad(
                        "foreign page posts a form without telling its origin",
                        "POST " + PATH + " HTTP/1.1\nContent-Type: application/x-www-form-urlencoded"
                                + "\nSec-Fetch-Site: cross-site",
                        new byte[] {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF, 0},
                        denied,
                        "Sec-Fetch-Site"),
                new Bad(
                        "foreign page posts",
                        "POST " + PATH + " HTTP/1.1\nContent-Type: image/png\nOrigin: http://a.b",
                        IMAGE,
                        denied,
                        "Origin"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void request_thatIsBad_isRefusedWithItsReason(Bad bad) {
        Answer answer = RawHttp.send(server.port(), bad.head(), bad.body());

        JsonNode problem = TestServer.json(answer.body());
        assertAll(
                () -> assertEquals(bad.reason().name(), problem.path("reason").textValue()),
                () -> assertEquals(bad.reason().httpStatus(), answer.status()),
                () -> assertEquals(bad.field(), problem.path("field").asText()),
                () -> assertEquals(answer.status(), problem.path("status").intValue()),
                () -> assertEquals("application/problem+json", answer.header("content-type")),
                () -> assertEquals(
                        answer.header("x-request-id"), problem.path("requestId").textValue()),
                () -> assertEquals(
                        bad.reason().retryable(), problem.path("retryable").booleanValue()),
                () -> assertTellsNothing(answer));
        assertGoodRequestIsAnswered();
    }

    /// No path, class, stack or version of ours in any part of the answer.
    private static void assertTellsNothing(Answer answer) {
        String everything = answer.headers() + answer.body();
        for (String secret :
                List.of("/secret", "Exception", "dev.firstpass", "at com.", "armeria", "netty", "jackson")) {
            assertFalse(everything.contains(secret), everything);
        }
    }

    private void assertGoodRequestIsAnswered() {
        Answer good = RawHttp.send(server.port(), "POST " + PATH + " HTTP/1.1\nContent-Type: image/png", IMAGE);
        assertEquals(200, good.status(), good.body());
    }

    @Test
    void table_isLargeAndItsNamesDiffer() {
        assertTrue(cases().count() >= 100);
        assertEquals(cases().count(), cases().map(Bad::name).distinct().count());
    }

    @Test
    void detail_namesTheNearestKnownParameter() {
        Answer answer =
                RawHttp.send(server.port(), "POST " + PATH + "?treshold=0.5 HTTP/1.1\nContent-Type: image/png", IMAGE);

        String detail = TestServer.json(answer.body()).path("detail").textValue();
        assertTrue(detail.startsWith("'treshold' is not known (expected: format, geometry, threshold"), detail);
        assertTrue(detail.endsWith("; did you mean 'threshold'?"), detail);
    }

    @Test
    void wrongMethod_isToldTheRightOnes() {
        assertEquals(
                "POST", RawHttp.send(server.port(), "PUT " + PATH + " HTTP/1.1").header("allow"));
        assertEquals(
                "GET, HEAD",
                RawHttp.send(server.port(), "POST /v1/models HTTP/1.1").header("allow"));
    }

    @Test
    void fault_tellsTheClientNothing() {
        server.backend.behaviour = _ -> {
            throw new IllegalStateException("secret /secret/x");
        };
        try {
            Answer answer = RawHttp.send(server.port(), "POST " + PATH + " HTTP/1.1\nContent-Type: image/png", IMAGE);

            assertEquals(500, answer.status());
            assertEquals(
                    "INTERNAL", TestServer.json(answer.body()).path("reason").textValue());
            assertTellsNothing(answer);
        } finally {
            server.backend.behaviour = FakeBackend::answer;
        }
        assertGoodRequestIsAnswered();
    }

    private static byte[] chunked(byte[] bytes) {
        byte[] head = (Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        return RawHttp.concat(RawHttp.concat(head, bytes), "\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] cut(byte[] bytes) {
        return Arrays.copyOf(bytes, bytes.length - 20);
    }
}
