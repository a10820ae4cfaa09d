package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.firstpass.proto.v1.PrelabelOptions;
import dev.firstpass.proto.v1.PrelabelRequest;
import dev.firstpass.proto.v1.PrelabelsGrpc.PrelabelsBlockingStub;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.asset.AssetBuckets;
import dev.firstpass.server.asset.AssetConfig;
import dev.firstpass.server.asset.Listed;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.config.ListenerConfig;
import dev.firstpass.server.config.RuntimeConfigs;
import dev.firstpass.server.config.ServerConfig;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.RawHttp;
import dev.firstpass.server.frontend.RawHttp.Answer;
import dev.firstpass.server.frontend.TestServer;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Bad input to a real server with the real models: each request is refused with its reason and tells nothing of the
/// server's insides, and after each a good photo is answered as it was before the first. The server has room for
/// three rows and has two permits, and remembers no findings, so a request that leaves something behind is noticed by the next.
///
/// Where the other kinds of bad input are tested:
///
/// | bad input | test |
/// |---|---|
/// | every option, member and prompt that can be misspelt | `frontend.http.BadInputTest` |
/// | cuts, flips and noise of every image format | `image.HostileBytesTest` |
/// | port in use; data directory a file, in use, of a newer release; npm missing; disk full while fetching | `cli.StartFailuresTest` |
/// | cache file corrupted, another package, package manager fails or hangs | `demo.DemoModelCacheTest` |
/// | data directory held by another process, disk full while registering | `registry.store.RegistryCrashTest` |
/// | bundles with links, other files, too much in them | `registry.store.IntakeTest` |
final class RealServerBadInputTest {
    private static final int MAX_BODY_BYTES = 256 << 10;
    private static final Duration BODY_TIMEOUT = Duration.ofSeconds(2);
    private static final byte[] DOG = BadRequest.DOG;
    private static final byte[] PAGE = Goldens.photo("page.png");
    private static final byte[] TEXT = "Meeting notes\nDo not label this.\n".getBytes(StandardCharsets.UTF_8);
    private static final String POST_JPEG = BadRequest.post(BadRequest.PATH) + "\nContent-Type: image/jpeg";

    /// A folder that requests may name.
    @TempDir
    static Path listed;

    @TempDir
    static Path data;

    static FirstpassServer server;
    static String goodAnnotations;

    @BeforeAll
    static void start() throws InterruptedException {
        ServerConfig listening = new ServerConfig(
                ListenerConfig.loopback(0),
                ListenerConfig.loopback(0),
                OptionalInt.empty(),
                false,
                Limits.STANDARD.withMaxBodyBytes(MAX_BODY_BYTES).withBodyTimeout(BODY_TIMEOUT),
                Duration.ZERO,
                Duration.ofSeconds(5));
        DemoRegistry.copyTo(data);
        server = FirstpassServer.start(
                data,
                listening,
                RuntimeConfigs.forCores(2)
                        .slabBytes(16 << 20)
                        .queueCapacity(16)
                        .inProcess()
                        .with(new AssetConfig(
                                List.of(),
                                List.of(new Listed<>(Optional.empty(), listed)),
                                AssetBuckets.NONE,
                                Optional.empty(),
                                Optional.empty(),
                                MAX_BODY_BYTES)));
        server.runtime().awaitSettled();
        goodAnnotations = annotationsOfTheDog();
        assertTrue(goodAnnotations.contains("\"label\":\"dog\""), goodAnnotations);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /// After each test, whatever it was.
    @AfterEach
    void goodPhoto_afterwards_isAnsweredAsBefore() {
        assertEquals(goodAnnotations, annotationsOfTheDog());
        String metrics =
                RawHttp.send(server.managementPort(), "GET /metrics HTTP/1.1").body();
        assertTrue(metrics.contains("reason=\"OK\""), metrics);
        assertFalse(metrics.contains("INTERNAL"), "a request was answered with INTERNAL");
    }

    private static String annotationsOfTheDog() {
        // More time than a busy machine needs: how long it takes is no matter here.
        Answer answer = RawHttp.send(port(), POST_JPEG.replace(BadRequest.PATH, BadRequest.PATH + "?timeout=1m"), DOG);
        assertEquals(200, answer.status(), answer::body);
        JsonNode annotations = TestServer.json(answer.body()).path("annotations");
        assertTrue(annotations.size() >= 3, answer::body);
        return annotations.toString();
    }

    private static int port() {
        return server.url().getPort();
    }

    // ---- one request, one refusal

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void request_thatIsBad_isRefusedWithItsReason(BadRequest bad) {
        Answer answer = RawHttp.send(bad.management() ? server.managementPort() : port(), bad.head(), bad.body());

        assertEquals(bad.status(), answer.status(), answer::body);
        ErrorAnswers.assertProblem(bad.reason(), bad.field(), answer, sent(bad));
    }

    private static String sent(BadRequest bad) {
        return bad.head() + new String(bad.body(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void table_isLargeAndItsNamesDiffer() {
        List<BadRequest> cases = cases();
        assertTrue(cases.size() >= 100, () -> cases.size() + " cases");
        assertEquals(
                cases.size(), cases.stream().map(BadRequest::name).distinct().count());
        System.out.println(cases.size() + " bad requests over HTTP");
    }

    static List<BadRequest> cases() {
        List<BadRequest> cases = new ArrayList<>();
        cases.addAll(truncated());
        cases.addAll(images());
        cases.addAll(bodies());
        cases.addAll(targets());
        cases.addAll(queries());
        cases.addAll(documents());
        cases.addAll(origins());
        cases.addAll(messages());
        cases.addAll(management());
        return cases;
    }

    /// Ten cuts of each, none of them empty and none complete.
    private static List<BadRequest> truncated() {
        List<BadRequest> cases = new ArrayList<>();
        for (int part = 1; part <= 10; part++) {
            cases.add(BadRequest.body(
                    "JPEG, first %d/11".formatted(part),
                    "image/jpeg",
                    BadImages.cut(DOG, part, 11),
                    Reason.IMAGE_TRUNCATED));
            cases.add(BadRequest.body(
                    "PNG, first %d/11".formatted(part),
                    "image/png",
                    BadImages.cut(PAGE, part, 11),
                    Reason.IMAGE_TRUNCATED));
        }
        cases.add(truncated("JPEG without its last byte", Arrays.copyOf(DOG, DOG.length - 1)));
        cases.add(truncated("PNG without its last byte", Arrays.copyOf(PAGE, PAGE.length - 1)));
        cases.add(truncated("JPEG of its first marker", Arrays.copyOf(DOG, 4)));
        cases.add(truncated("PNG of its signature", Arrays.copyOf(PAGE, 8)));
        cases.add(truncated("BMP cut in half", BadImages.cut(BadImages.written("bmp"), 1, 2)));
        cases.add(truncated("TIFF cut in half", BadImages.cut(BadImages.written("tiff"), 1, 2)));
        return cases;
    }

    private static BadRequest truncated(String name, byte[] bytes) {
        return BadRequest.body(name, "application/octet-stream", bytes, Reason.IMAGE_TRUNCATED);
    }

    private static List<BadRequest> images() {
        Reason undecodable = Reason.IMAGE_UNDECODABLE;
        Reason unsupported = Reason.MEDIA_TYPE_UNSUPPORTED;
        Reason large = Reason.IMAGE_TOO_MANY_PIXELS;
        String svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><rect width=\"9\"/></svg>";
        return List.of(
                BadRequest.body("empty", "image/jpeg", new byte[0], undecodable),
                BadRequest.body("two bytes", "image/jpeg", Arrays.copyOf(DOG, 2), undecodable),
                BadRequest.body("text as JPEG", "image/jpeg", TEXT, undecodable),
                new BadRequest(
                        "text named .jpg",
                        BadRequest.post(BadRequest.PATH + "?asset-id=notes.jpg") + "\nContent-Type: image/jpeg",
                        TEXT,
                        undecodable,
                        ""),
                BadRequest.body("zeros", "image/png", new byte[1000], undecodable),
                BadRequest.body("JPEG bomb", "image/jpeg", BadImages.jpegSized(DOG, 50_000, 50_000), large),
                BadRequest.body("PNG bomb", "image/png", BadImages.pngSized(PAGE, 50_000, 50_000), large),
                BadRequest.body(
                        "PNG of the largest size", "image/png", BadImages.pngSized(PAGE, -1 >>> 1, -1 >>> 1), large),
                BadRequest.body("PNG of one endless line", "image/png", BadImages.pngSized(PAGE, 70_000, 1), large),
                BadRequest.body("PNG of negative size", "image/png", BadImages.pngSized(PAGE, -5, -5), undecodable),
                BadRequest.body("JPEG of 0x0", "image/jpeg", BadImages.jpegSized(DOG, 0, 0), undecodable),
                BadRequest.body("PNG of 0x0", "image/png", BadImages.pngSized(PAGE, 0, 0), undecodable),
                BadRequest.body(
                        "JPEG higher than its data",
                        "image/jpeg",
                        BadImages.jpegSized(DOG, 9_000, 9_000),
                        Reason.IMAGE_TRUNCATED),
                BadRequest.body("arithmetic JPEG", "image/jpeg", BadImages.jpegCoded(DOG, 9), unsupported),
                BadRequest.body("lossless JPEG", "image/jpeg", BadImages.jpegCoded(DOG, 3), unsupported),
                BadRequest.body(
                        "PNG with a flipped bit", "image/png", BadImages.flipped(PAGE, PAGE.length / 2), undecodable),
                BadRequest.body("PNG with a flipped header", "image/png", BadImages.flipped(PAGE, 19), undecodable),
                BadRequest.body("animated GIF", "image/gif", BadImages.animatedGif(), unsupported),
                BadRequest.body("GIF as JPEG", "image/jpeg", BadImages.animatedGif(), unsupported),
                BadRequest.body("SVG", "image/svg+xml", svg.getBytes(StandardCharsets.UTF_8), unsupported),
                BadRequest.body(
                        "HTML",
                        "image/png",
                        "<!DOCTYPE html><title>a</title>".getBytes(StandardCharsets.UTF_8),
                        unsupported),
                BadRequest.body("PDF", "image/jpeg", "%PDF-1.7\n%%EOF\n".getBytes(StandardCharsets.UTF_8), unsupported),
                BadRequest.body("ZIP", "application/octet-stream", new byte[] {'P', 'K', 3, 4, 0, 0}, unsupported));
    }

    private static List<BadRequest> bodies() {
        Reason invalid = Reason.ARGUMENT_INVALID;
        Reason unsupported = Reason.MEDIA_TYPE_UNSUPPORTED;
        byte[] over = new byte[MAX_BODY_BYTES + 1];
        String post = BadRequest.post(BadRequest.PATH);
        return List.of(
                BadRequest.body("media type text", "text/plain", DOG, unsupported, "Content-Type"),
                BadRequest.body("media type malformed", "jpeg", DOG, unsupported, "Content-Type"),
                BadRequest.body("form fields", "application/x-www-form-urlencoded", TEXT, unsupported, "Content-Type"),
                new BadRequest("media type missing", post, DOG, unsupported, "Content-Type"),
                new BadRequest(
                        "content encoding",
                        POST_JPEG + "\nContent-Encoding: gzip",
                        DOG,
                        unsupported,
                        "Content-Encoding"),
                form("form with nothing in it", "", invalid, "image"),
                form("form without the image", part("options", "", "{}"), invalid, "image"),
                form("form with two images", part("image", "", "a") + part("image", "", "b"), invalid, "image"),
                form("form with a foreign part", part("image", "", "a") + part("photo", "", "b"), invalid, "photo"),
                form("form with a text file", part("image", "notes.jpg", "text"), Reason.IMAGE_UNDECODABLE, ""),
                form(
                        "form with bad options",
                        part("image", "", "a") + part("options", "", "{\"max\":0}"),
                        invalid,
                        "max"),
                BadRequest.body("form without a boundary", "multipart/form-data", DOG, invalid, "Content-Type"),
                BadRequest.body("form that is a photo", "multipart/form-data; boundary=b", DOG, invalid, "body"),
                BadRequest.body("over the limit", "image/jpeg", over, Reason.REQUEST_TOO_LARGE),
                new BadRequest(
                        "over the limit in chunks",
                        POST_JPEG + "\nTransfer-Encoding: chunked",
                        RawHttp.concat(
                                (Integer.toHexString(over.length) + "\r\n").getBytes(StandardCharsets.US_ASCII),
                                RawHttp.concat(over, "\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII))),
                        Reason.REQUEST_TOO_LARGE,
                        ""),
                BadRequest.head(
                        "over the limit, only announced",
                        POST_JPEG + "\nContent-Length: 99999999999",
                        Reason.REQUEST_TOO_LARGE,
                        ""));
    }

    private static BadRequest form(String name, String parts, Reason reason, String field) {
        byte[] body = (parts + "--b--\r\n").getBytes(StandardCharsets.UTF_8);
        return BadRequest.body(name, "multipart/form-data; boundary=b", body, reason, field);
    }

    private static String part(String name, String file, String content) {
        return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\""
                + (file.isEmpty() ? "" : "; filename=\"" + file + "\"") + "\r\n\r\n" + content + "\r\n";
    }

    private static List<BadRequest> targets() {
        Reason invalid = Reason.ARGUMENT_INVALID;
        return List.of(
                BadRequest.photo("unknown model", "/v1/models/cocoa/prelabels", Reason.MODEL_NOT_FOUND, ""),
                BadRequest.photo("unknown version", "/v1/models/coco@77/prelabels", Reason.VERSION_NOT_FOUND, ""),
                BadRequest.photo("unknown alias", "/v1/models/coco@canary/prelabels", Reason.VERSION_NOT_FOUND, ""),
                BadRequest.photo("malformed model", "/v1/models/Coco!/prelabels", invalid, "name"),
                BadRequest.photo("model that climbs", "/v1/models/..%2f..%2fetc/prelabels", invalid, ""),
                BadRequest.photo("malformed alias", "/v1/models/coco@-1/prelabels", invalid, "alias"),
                BadRequest.photo(
                        "version beyond counting",
                        "/v1/models/coco@" + "9".repeat(30) + "/prelabels",
                        invalid,
                        "alias"),
                BadRequest.head("unknown model described", "GET /v1/models/cocoa HTTP/1.1", Reason.MODEL_NOT_FOUND, ""),
                BadRequest.head("unknown path", "GET /v1/nothing HTTP/1.1", Reason.ROUTE_NOT_FOUND, ""),
                BadRequest.head(
                        "registry on the data listener",
                        "GET /v1/registry/models HTTP/1.1",
                        Reason.ROUTE_NOT_FOUND,
                        ""),
                BadRequest.head("metrics on the data listener", "GET /metrics HTTP/1.1", Reason.ROUTE_NOT_FOUND, ""),
                BadRequest.head("path out of the samples", "GET /samples/..%2f..%2fetc%2fpasswd HTTP/1.1", invalid, ""),
                BadRequest.head("wrong method", "GET " + BadRequest.PATH + " HTTP/1.1", Reason.METHOD_NOT_ALLOWED, ""),
                BadRequest.head("wrong method on a list", "DELETE /v1/models HTTP/1.1", Reason.METHOD_NOT_ALLOWED, ""));
    }

    private static List<BadRequest> queries() {
        Reason invalid = Reason.ARGUMENT_INVALID;
        return List.of(
                BadRequest.query("unknown format", "format=cocos", Reason.FORMAT_UNKNOWN, "format"),
                BadRequest.query("unknown geometry", "geometry=cube", invalid, "geometry"),
                BadRequest.query(
                        "geometry that nobody can make", "geometry=keypoints", Reason.GEOMETRY_UNSUPPORTED, "geometry"),
                BadRequest.query(
                        "geometry that coco cannot give", "geometry=polyline", Reason.GEOMETRY_UNSUPPORTED, "geometry"),
                BadRequest.query("threshold negative", "threshold=-0.5", invalid, "threshold"),
                BadRequest.query("threshold NaN", "threshold=NaN", invalid, "threshold"),
                BadRequest.query("threshold over one", "threshold=1.5", invalid, "threshold"),
                BadRequest.query("max zero", "max=0", invalid, "max"),
                BadRequest.query("max negative", "max=-3", invalid, "max"),
                BadRequest.query("simplify negative", "simplify=-1", invalid, "simplify"),
                BadRequest.query("simplify infinite", "simplify=Infinity", invalid, "simplify"),
                BadRequest.query("unknown parameter", "treshold=0.5", invalid, "treshold"),
                BadRequest.query("unknown parameter, very long", "x".repeat(1000) + "=1", invalid, "x".repeat(1000)),
                BadRequest.query("parameter twice", "max=3&max=3", invalid, "max"),
                BadRequest.query("class the model does not know", "classes=dog,unicorn", invalid, "classes"),
                BadRequest.query("timeout no duration", "timeout=soon", invalid, "timeout"),
                BadRequest.query("timeout negative", "timeout=-2s", invalid, "timeout"),
                BadRequest.query("timeout too long", "timeout=9999m", invalid, "timeout"),
                BadRequest.query("timeout that is over at once", "timeout=1ms", Reason.DEADLINE_EXCEEDED, ""),
                BadRequest.query("project unknown", "project=maps@1", Reason.PROJECT_NOT_FOUND, "project"),
                BadRequest.query("priority unknown", "priority=high", invalid, "priority"),
                BadRequest.query("asset id with a line break", "asset-id=a%0d%0ab", invalid, "asset-id"),
                BadRequest.query(
                        "format option unknown",
                        "format=label-studio&format-options=fromName:x",
                        invalid,
                        "format-options"),
                BadRequest.query(
                        "format option without a value",
                        "format=label-studio&format-options=from_name:",
                        invalid,
                        "format-options.from_name"),
                BadRequest.query(
                        "format option of the wrong length",
                        "format=labelbox&format-options=dataRowId:abc",
                        invalid,
                        "format-options.dataRowId"));
    }

    private static List<BadRequest> documents() {
        Reason invalid = Reason.ARGUMENT_INVALID;
        String deep = "{\"asset\":" + "{\"a\":".repeat(5000) + "1" + "}".repeat(5000) + "}";
        return List.of(
                BadRequest.json("bad JSON", "{\"asset\": ", invalid, "body"),
                BadRequest.json("JSON that is a photo's name", "dog.jpg", invalid, "body"),
                BadRequest.json("JSON too deep", deep, invalid, "body"),
                BadRequest.json("JSON without an asset", "{}", invalid, "asset"),
                BadRequest.json("bad base64", "{\"asset\": {\"base64\": \"?!\"}}", invalid, "asset.base64"),
                BadRequest.json("base64 of nothing", "{\"asset\": {\"base64\": \"\"}}", Reason.IMAGE_UNDECODABLE, ""),
                BadRequest.json(
                        "base64 of text",
                        "{\"asset\": {\"base64\": \"bm90IGFuIGltYWdl\"}}",
                        Reason.IMAGE_UNDECODABLE,
                        ""),
                location("file:///etc/passwd"),
                location("http://169.254.169.254/latest/meta-data/"),
                location("https://example.org/dog.jpg"));
    }

    private static BadRequest location(String uri) {
        return BadRequest.json(
                "asset at " + uri, "{\"asset\": {\"uri\": \"" + uri + "\"}}", Reason.ASSET_FORBIDDEN, "asset.uri");
    }

    private static List<BadRequest> origins() {
        Reason denied = Reason.PERMISSION_DENIED;
        return List.of(
                new BadRequest("foreign host", POST_JPEG + "\nHost: labels.example.org", DOG, denied, "Host"),
                BadRequest.head("foreign host at the page", "GET / HTTP/1.1\nHost: 10.1.2.3", denied, "Host"),
                new BadRequest("foreign origin", POST_JPEG + "\nOrigin: https://evil.example", DOG, denied, "Origin"),
                new BadRequest("origin of a file", POST_JPEG + "\nOrigin: null", DOG, denied, "Origin"),
                new BadRequest("cross-site", POST_JPEG + "\nSec-Fetch-Site: cross-site", DOG, denied, "Sec-Fetch-Site"),
                new BadRequest(
                        "same site only", POST_JPEG + "\nSec-Fetch-Site: same-site", DOG, denied, "Sec-Fetch-Site"));
    }

    /// What is not HTTP/1.1 as it should be; the bytes are sent as they are.
    private static List<BadRequest> messages() {
        Reason invalid = Reason.ARGUMENT_INVALID;
        return List.of(
                BadRequest.head("host empty", "GET /v1/models HTTP/1.1\nHost:", invalid, "Host"),
                BadRequest.head(
                        "two hosts", "GET /v1/models HTTP/1.1\nHost: localhost\nHost: localhost", invalid, "Host"),
                BadRequest.head("version of the future", "GET /v1/models HTTP/9.9", invalid, "version"),
                BadRequest.head(
                        "coding in front of chunks",
                        POST_JPEG + "\nTransfer-Encoding: gzip, chunked",
                        invalid,
                        "Transfer-Encoding"),
                new BadRequest(
                        "length that is hop-by-hop",
                        POST_JPEG + "\nConnection: close, Content-Length",
                        DOG,
                        invalid,
                        "Connection"),
                BadRequest.head(
                        "length and chunks",
                        POST_JPEG + "\nContent-Length: 5\nTransfer-Encoding: chunked",
                        invalid,
                        ""),
                BadRequest.head("length negative", POST_JPEG + "\nContent-Length: -1", invalid, ""),
                BadRequest.head(
                        "headers without number", "GET /v1/models HTTP/1.1\n" + "a: b\n".repeat(200), invalid, ""),
                BadRequest.head(
                                "headers without end",
                                "GET /v1/models HTTP/1.1\na: " + "b".repeat(9000),
                                Reason.REQUEST_TOO_LARGE,
                                "")
                        .answeredWith(431),
                BadRequest.head(
                                "request line without end",
                                "GET /" + "a".repeat(9000) + " HTTP/1.1",
                                Reason.REQUEST_TOO_LARGE,
                                "")
                        .answeredWith(414));
    }

    private static List<BadRequest> management() {
        Reason invalid = Reason.ARGUMENT_INVALID;
        String versions = "/v1/registry/models/weeds/versions HTTP/1.1\nContent-Type: ";
        String alias = "PUT /v1/registry/models/coco/aliases/production HTTP/1.1\nContent-Type: application/json";
        return List.<BadRequest>of(
                        BadRequest.head(
                                "registry: foreign host",
                                "GET /metrics HTTP/1.1\nHost: a.example",
                                Reason.PERMISSION_DENIED,
                                "Host"),
                        BadRequest.head(
                                "registry: foreign origin",
                                "GET /metrics HTTP/1.1\nOrigin: http://a.example",
                                Reason.PERMISSION_DENIED,
                                "Origin"),
                        BadRequest.head(
                                "registry: unknown model",
                                "GET /v1/registry/models/weeds HTTP/1.1",
                                Reason.MODEL_NOT_FOUND,
                                ""),
                        BadRequest.head(
                                "registry: unknown version",
                                "GET /v1/registry/models/coco/versions/9 HTTP/1.1",
                                Reason.VERSION_NOT_FOUND,
                                ""),
                        new BadRequest(
                                "registry: photo as a model",
                                "POST " + versions + "application/octet-stream",
                                DOG,
                                Reason.ARTIFACT_REJECTED,
                                ""),
                        new BadRequest(
                                "registry: text as a model",
                                "POST " + versions + "application/octet-stream",
                                TEXT,
                                Reason.ARTIFACT_REJECTED,
                                ""),
                        new BadRequest(
                                "registry: model empty",
                                "POST " + versions + "application/octet-stream",
                                new byte[0],
                                Reason.ARTIFACT_REJECTED,
                                ""),
                        new BadRequest(
                                "registry: broken archive",
                                "POST " + versions + "application/zip",
                                new byte[] {'P', 'K', 3, 4, 0, 0},
                                Reason.ARTIFACT_REJECTED,
                                ""),
                        new BadRequest(
                                "registry: model as JPEG",
                                "POST " + versions + "image/jpeg",
                                DOG,
                                Reason.MEDIA_TYPE_UNSUPPORTED,
                                "Content-Type"),
                        new BadRequest(
                                "registry: alias to nowhere",
                                alias,
                                "{\"version\": 9}".getBytes(StandardCharsets.UTF_8),
                                Reason.VERSION_NOT_FOUND,
                                ""),
                        new BadRequest(
                                "registry: alias to a word",
                                alias,
                                "{\"version\": \"new\"}".getBytes(StandardCharsets.UTF_8),
                                invalid,
                                "version"),
                        new BadRequest(
                                "registry: alias moved meanwhile",
                                alias + "\nIf-Match: \"5\"",
                                "{\"version\": 1}".getBytes(StandardCharsets.UTF_8),
                                Reason.PRECONDITION_FAILED,
                                ""))
                .stream()
                .map(BadRequest::toManagement)
                .toList();
    }

    // ---- what no single well-formed message can be

    @Test
    void host_missing_isRefused() {
        for (String version : List.of("HTTP/1.1", "HTTP/1.0")) {
            String request = "GET /v1/models " + version + "\r\nConnection: close\r\n\r\n";

            Answer answer = RawHttp.exchange(port(), request.getBytes(StandardCharsets.US_ASCII));

            assertEquals(400, answer.status(), answer::body);
            ErrorAnswers.assertProblem(Reason.ARGUMENT_INVALID, "Host", answer, request);
        }
    }

    @Test
    void bytes_thatAreNoHttp_areRefused() {
        for (String noise : List.of("\u0016\u0003\u0001\u0002 hello\r\n\r\n", "EHLO example.org\r\n\r\n")) {
            Answer answer = RawHttp.exchange(port(), noise.getBytes(StandardCharsets.ISO_8859_1));

            assertEquals(400, answer.status(), answer::body);
            ErrorAnswers.assertProblem(Reason.ARGUMENT_INVALID, "", answer, noise);
        }
    }

    /// A client that writes a byte now and then holds neither memory nor a thread, and is not waited for.
    @ParameterizedTest
    @ValueSource(strings = {"Transfer-Encoding: chunked", "Content-Length: 163759"})
    void body_thatStalls_isGivenUp(String framing) throws IOException {
        try (Socket socket = RawHttp.connect(port())) {
            String head = POST_JPEG.replace("\n", "\r\n") + "\r\nHost: localhost\r\n" + framing + "\r\n\r\n";
            write(socket, head.getBytes(StandardCharsets.US_ASCII));
            write(socket, "4\r\nabcd\r\n".getBytes(StandardCharsets.US_ASCII));

            Answer answer = RawHttp.read(socket.getInputStream(), false);

            assertEquals(408, answer.status());
            ErrorAnswers.assertProblem(Reason.REQUEST_TIMEOUT, "", answer, head);
            assertEquals(-1, socket.getInputStream().read(), "the connection was to be closed");
        }
    }

    /// The client closes after a part of the body, or after all of it and before the answer; in order, or by a reset.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 10, 19, 20})
    void client_goneAfterSomeTwentieths_leavesNothingBehind(int twentieths) throws IOException {
        for (boolean reset : List.of(true, false)) {
            try (Socket socket = RawHttp.connect(port())) {
                String head = POST_JPEG.replace("\n", "\r\n") + "\r\nHost: localhost\r\nContent-Length: " + DOG.length
                        + "\r\n\r\n";
                write(socket, head.getBytes(StandardCharsets.US_ASCII));
                write(socket, BadImages.cut(DOG, twentieths, 20));
                socket.setSoLinger(reset, 0);
            }
        }
    }

    private static void write(Socket socket, byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    // ---- the same over gRPC

    record BadCall(String name, PrelabelRequest request, Status.Code code, Reason reason) {
        static BadCall of(String name, PrelabelRequest.Builder request, Status.Code code, Reason reason) {
            return new BadCall(name, request.build(), code, reason);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<BadCall> calls() {
        Status.Code invalid = Status.Code.INVALID_ARGUMENT;
        Status.Code notFound = Status.Code.NOT_FOUND;
        return List.of(
                BadCall.of("unknown model", call("cocoa", DOG), notFound, Reason.MODEL_NOT_FOUND),
                BadCall.of("unknown version", call("coco@77", DOG), notFound, Reason.VERSION_NOT_FOUND),
                BadCall.of("no model", call("", DOG), invalid, Reason.ARGUMENT_INVALID),
                BadCall.of("no asset", PrelabelRequest.newBuilder().setModel("coco"), invalid, Reason.ARGUMENT_INVALID),
                BadCall.of("empty image", call("coco", new byte[0]), invalid, Reason.IMAGE_UNDECODABLE),
                BadCall.of("text", call("coco", TEXT), invalid, Reason.IMAGE_UNDECODABLE),
                BadCall.of("cut JPEG", call("coco", BadImages.cut(DOG, 1, 2)), invalid, Reason.IMAGE_TRUNCATED),
                BadCall.of(
                        "PNG bomb",
                        call("coco", BadImages.pngSized(PAGE, 50_000, 50_000)),
                        invalid,
                        Reason.IMAGE_TOO_MANY_PIXELS),
                BadCall.of("GIF", call("coco", BadImages.animatedGif()), invalid, Reason.MEDIA_TYPE_UNSUPPORTED),
                BadCall.of(
                        "threshold NaN",
                        call("coco", DOG)
                                .setOptions(PrelabelOptions.newBuilder().setThreshold(Double.NaN)),
                        invalid,
                        Reason.ARGUMENT_INVALID),
                BadCall.of(
                        "unknown format",
                        call("coco", DOG)
                                .setOptions(PrelabelOptions.newBuilder().setFormat("cocos")),
                        notFound,
                        Reason.FORMAT_UNKNOWN),
                BadCall.of(
                        "location that is not allowed",
                        PrelabelRequest.newBuilder().setModel("coco").setUri("file:///etc/passwd"),
                        Status.Code.PERMISSION_DENIED,
                        Reason.ASSET_FORBIDDEN),
                BadCall.of(
                        "message over the limit",
                        call("coco", new byte[MAX_BODY_BYTES + (65 << 10)]),
                        Status.Code.RESOURCE_EXHAUSTED,
                        Reason.REQUEST_TOO_LARGE));
    }

    private static PrelabelRequest.Builder call(String model, byte[] image) {
        return PrelabelRequest.newBuilder().setModel(model).setImage(ByteString.copyFrom(image));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("calls")
    void call_thatIsBad_isRefusedWithItsReason(BadCall bad) {
        PrelabelsBlockingStub stub =
                GrpcClients.newClient("gproto+http://127.0.0.1:" + port() + "/", PrelabelsBlockingStub.class);

        StatusRuntimeException refused = assertThrows(StatusRuntimeException.class, () -> stub.prelabel(bad.request()));

        assertEquals(bad.code(), refused.getStatus().getCode(), refused::toString);
        Metadata trailers = Objects.requireNonNull(refused.getTrailers(), "a refusal has trailers");
        assertEquals(
                bad.reason().name(),
                trailers.get(Metadata.Key.of("firstpass-reason", Metadata.ASCII_STRING_MARSHALLER)));
        ErrorAnswers.assertTellsNothing(
                String.valueOf(refused.getStatus().getDescription()),
                bad.request().getUri());
    }

    // ---- places that may be named, so that the others are refused for what they are

    @Test
    void photoOfAListedFolder_isAnsweredByEveryDoor_andNoneBesideIt() throws IOException {
        Files.write(listed.resolve("dog.jpg"), DOG);
        Files.writeString(listed.resolve("notes.txt"), "no image");
        String photo = listed.toUri() + "dog.jpg";

        Answer answer = named(photo);
        assertEquals(200, answer.status(), answer::body);
        assertEquals(
                goodAnnotations,
                TestServer.json(answer.body()).path("annotations").toString());
        PrelabelsBlockingStub stub =
                GrpcClients.newClient("gproto+http://127.0.0.1:" + port() + "/", PrelabelsBlockingStub.class);
        assertEquals(
                TestServer.json(goodAnnotations).size(),
                stub.prelabel(PrelabelRequest.newBuilder()
                                .setModel("coco")
                                .setUri(photo)
                                .build())
                        .getAnnotationsCount());
        for (String other : List.of("none.jpg", "notes.txt", "../dog.jpg")) {
            Answer refused = named(listed.toUri() + other);
            assertTrue(refused.status() >= 400, refused::body);
            ErrorAnswers.assertTellsNothing(refused.body(), "");
        }
    }

    private static Answer named(String uri) {
        byte[] body = ("{\"asset\": {\"uri\": \"" + uri + "\"}}").getBytes(StandardCharsets.UTF_8);
        return RawHttp.send(
                port(),
                POST_JPEG
                        .replace(BadRequest.PATH, BadRequest.PATH + "?timeout=1m")
                        .replace("image/jpeg", "application/json"),
                body);
    }
}
