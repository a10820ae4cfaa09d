package dev.firstpass.server.frontend.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.registry.Sha256;
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
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Bundles that come in pieces, over real sockets.
class ResumedUploadTest {
    private static final String UPLOADS = "/v1/registry/uploads";
    private static final String OCTETS = "application/octet-stream";
    private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

    private final AtomicReference<Instant> now = new AtomicReference<>(START);
    private final TestServer server = new TestServer(limits(), now::get);

    @AfterEach
    void stop() {
        server.close();
    }

    private static Limits limits() {
        return Limits.STANDARD
                .withBodyTimeout(Duration.ofSeconds(1))
                .withUploads(4 << 20, new UploadLimits(3, 6 << 20, Duration.ofHours(1)));
    }

    private HttpResponse<byte[]> create(String body) {
        return server.manage(
                HttpRequest.newBuilder()
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body)),
                UPLOADS);
    }

    private String begin(byte[] bytes) {
        HttpResponse<byte[]> made =
                create("{\"length\": " + bytes.length + ", \"sha256\": \"" + Sha256.of(bytes) + "\"}");
        assertEquals(201, made.statusCode(), () -> TestServer.text(made));
        return TestServer.json(made).path("id").textValue();
    }

    private HttpResponse<byte[]> patch(String id, String offset, byte[] bytes) {
        return server.manage(
                HttpRequest.newBuilder()
                        .header("Content-Type", OCTETS)
                        .header("Upload-Offset", offset)
                        .method("PATCH", BodyPublishers.ofByteArray(bytes)),
                UPLOADS + "/" + id);
    }

    private HttpResponse<byte[]> head(String id) {
        return server.manage(HttpRequest.newBuilder().HEAD(), UPLOADS + "/" + id);
    }

    private HttpResponse<byte[]> register(String name, String id) {
        return server.manage(
                HttpRequest.newBuilder()
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString("{\"upload\": \"" + id + "\"}")),
                "/v1/registry/models/" + name + "/versions");
    }

    private static String reason(HttpResponse<byte[]> response) {
        return TestServer.json(response).path("reason").asText();
    }

    private static Optional<String> offset(HttpResponse<byte[]> response) {
        return response.headers().firstValue("upload-offset");
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private List<Path> files() throws IOException {
        if (!Files.exists(server.backend.area())) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(server.backend.area())) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void upload_isCreatedAskedForAndDeleted() throws IOException {
        HttpResponse<byte[]> made = create("{\"length\": 5}");
        JsonNode body = TestServer.json(made);
        String id = body.path("id").textValue();

        assertEquals(UPLOADS + "/" + id, made.headers().firstValue("location").orElseThrow());
        assertEquals(0, body.path("offset").intValue());
        assertEquals("2026-01-02T04:04:05Z", body.path("expiresAt").textValue());
        assertEquals("5", head(id).headers().firstValue("upload-length").orElseThrow());
        assertEquals(204, patch(id, "0", new byte[5]).statusCode());
        HttpResponse<byte[]> asked = server.manage(HttpRequest.newBuilder().GET(), UPLOADS + "/" + id);
        assertEquals(5, TestServer.json(asked).path("offset").intValue());
        assertEquals(
                204,
                server.manage(HttpRequest.newBuilder().DELETE(), UPLOADS + "/" + id)
                        .statusCode());
        assertEquals(404, head(id).statusCode());
        assertEquals(List.of(), files());
    }

    @Test
    void upload_thatIsRegistered_isGone() throws IOException {
        byte[] bundle = random(1_000_000);
        String id = begin(bundle);
        assertEquals("UPLOAD_NOT_FOUND", reason(register("crops", "no-such")));
        assertEquals("PRECONDITION_FAILED", reason(register("crops", id)));
        patch(id, "0", Arrays.copyOf(bundle, 400_000));
        patch(id, "400000", Arrays.copyOfRange(bundle, 400_000, bundle.length));
        HttpResponse<byte[]> registered = register("crops", id);

        assertEquals(201, registered.statusCode(), () -> TestServer.text(registered));
        assertArrayEquals(bundle, server.backend.uploads.get("crops"));
        assertEquals(404, head(id).statusCode());
        assertEquals(List.of(), files());
    }

    /// As a client whose cable is pulled: the request says that all of it comes, and after a part of it nothing does.
    @Test
    void connectionsThatBreak_leaveWhatCame() throws Exception {
        byte[] bundle = random(3_000_000);
        String id = begin(bundle);
        Random random = new Random(5);
        int offset = 0;
        int breaks = 0;
        int furthest = 0;
        while (offset < bundle.length) {
            int end = Math.min(bundle.length, offset + 1 + random.nextInt(600_000));
            String head = "PATCH " + UPLOADS + "/" + id + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + OCTETS
                    + "\r\nUpload-Offset: " + offset + "\r\nContent-Length: " + (bundle.length - offset) + "\r\n\r\n";
            try (Socket socket = RawHttp.connect(server.managementPort())) {
                socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().write(bundle, offset, end - offset);
                socket.getOutputStream().flush();
                if (end == bundle.length) {
                    int status = RawHttp.read(socket.getInputStream(), false).status();
                    assertTrue(List.of(204, 409, 412).contains(status), () -> "status " + status);
                }
            }
            breaks++;
            // What a broken connection still has under way may be read after the next one has begun.
            furthest = Math.max(furthest, end);
            int reached = Integer.parseInt(offset(head(id)).orElseThrow());
            assertTrue(reached >= offset && reached <= furthest, offset + " <= " + reached + " <= " + furthest);
            offset = reached;
        }

        assertTrue(breaks > 4, () -> "the connection was to break");
        assertEquals(201, register("crops", id).statusCode());
        assertArrayEquals(bundle, server.backend.uploads.get("crops"));
    }

    @Test
    void pieceThatStalls_timesOut_andWhatCameStays() throws Exception {
        String id = begin(new byte[100]);
        try (Socket socket = RawHttp.connect(server.managementPort())) {
            String head = "PATCH " + UPLOADS + "/" + id + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + OCTETS
                    + "\r\nUpload-Offset: 0\r\nContent-Length: 100\r\n\r\nabc";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            RawHttp.Answer answer = RawHttp.read(socket.getInputStream(), false);
            assertEquals(408, answer.status(), answer.body());
        }
        assertEquals(Optional.of("3"), offset(head(id)));
    }

    @Test
    void wrongOffset_isRefused_andTheRightOneTold() {
        String id = begin(new byte[100]);
        patch(id, "0", new byte[10]);
        for (String wrong : List.of("0", "9", "11", "99", "999999999999999999")) {
            HttpResponse<byte[]> refused = patch(id, wrong, new byte[1]);
            if (refused.statusCode() == 413) {
                continue; // Beyond the end, whatever the offset.
            }
            assertEquals(412, refused.statusCode(), () -> wrong + ": " + TestServer.text(refused));
            assertEquals("PRECONDITION_FAILED", reason(refused));
            assertEquals(Optional.of("10"), offset(refused));
        }
        for (String bad : List.of("", "-1", "+1", "1.5", "0x1", "9999999999999999999", "ten")) {
            assertEquals("ARGUMENT_INVALID", reason(patch(id, bad, new byte[1])), bad);
        }
        assertEquals(Optional.of("10"), offset(head(id)));
    }

    @Test
    void secondWriter_takesOver_andTheFirstIsToldSo() throws Exception {
        byte[] bundle = random(200_000);
        String id = begin(bundle);
        try (Socket first = RawHttp.connect(server.managementPort())) {
            String head = "PATCH " + UPLOADS + "/" + id + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + OCTETS
                    + "\r\nUpload-Offset: 0\r\nContent-Length: 200000\r\n\r\n";
            first.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            first.getOutputStream().write(bundle, 0, 1000);
            first.getOutputStream().flush();
            while (files().isEmpty() || Files.size(files().getFirst()) == 0) {
                Thread.sleep(5);
            }
            // Whatever of the first piece was written by now: the second goes on from there.
            int offset = Integer.parseInt(offset(head(id)).orElseThrow());
            byte[] rest = Arrays.copyOfRange(bundle, offset, bundle.length);
            assertEquals(204, patch(id, Integer.toString(offset), rest).statusCode());
            first.getOutputStream().write(random(100_000));
            first.getOutputStream().flush();
            RawHttp.Answer answer = RawHttp.read(first.getInputStream(), false);
            assertEquals(409, answer.status(), answer.body());
            assertEquals("IN_USE", TestServer.json(answer.body()).path("reason").asText());
        }

        assertEquals(201, register("crops", id).statusCode());
        assertArrayEquals(bundle, server.backend.uploads.get("crops"));
    }

    @Test
    void wrongHash_isToldAtTheEnd_andNothingIsKept() throws IOException {
        String id = begin(new byte[] {1, 2, 3});
        HttpResponse<byte[]> refused = patch(id, "0", new byte[] {1, 2, 4});

        assertEquals(422, refused.statusCode());
        assertEquals("ARTIFACT_REJECTED", reason(refused));
        assertEquals(404, head(id).statusCode());
        assertEquals(List.of(), files());
    }

    @Test
    void expiredUpload_isNotFound() {
        String id = begin(new byte[10]);
        patch(id, "0", new byte[4]);
        now.set(START.plus(Duration.ofMinutes(61)));

        assertEquals(404, head(id).statusCode());
        assertEquals("UPLOAD_NOT_FOUND", reason(patch(id, "4", new byte[6])));
        assertEquals("UPLOAD_NOT_FOUND", reason(register("crops", id)));
    }

    @Test
    void bounds_areKept() {
        assertEquals("REQUEST_TOO_LARGE", reason(create("{\"length\": 4194305}")));
        String first = begin(random(4 << 20));
        String second = begin(random(4 << 20));
        begin(new byte[1]);
        HttpResponse<byte[]> fourth = create("{}");
        assertEquals(429, fourth.statusCode());
        assertEquals("QUOTA_EXCEEDED", reason(fourth));
        assertTrue(fourth.headers().firstValue("retry-after").isPresent());

        assertEquals(204, patch(first, "0", random(4 << 20)).statusCode());
        assertEquals("QUOTA_EXCEEDED", reason(patch(second, "0", random(4 << 20))));
        server.manage(HttpRequest.newBuilder().DELETE(), UPLOADS + "/" + first);
        String offset = offset(head(second)).orElseThrow();
        byte[] bundle = random(4 << 20);
        HttpResponse<byte[]> rest =
                patch(second, offset, Arrays.copyOfRange(bundle, Integer.parseInt(offset), bundle.length));
        assertEquals(204, rest.statusCode(), () -> TestServer.text(rest));
    }

    @Test
    void pieces_beyondTheEnd_areRefused() {
        String id = begin(new byte[10]);
        assertEquals("REQUEST_TOO_LARGE", reason(patch(id, "0", new byte[11])));
        assertEquals("REQUEST_TOO_LARGE", reason(patch(id, "5", new byte[6])));
        assertEquals(Optional.of("0"), offset(head(id)));
    }

    @Test
    void badRequests_areRefused() {
        for (String bad : List.of(
                "{\"length\": -1}",
                "{\"length\": 0}",
                "{\"length\": 1e3}",
                "{\"length\": 99999999999999999999}",
                "{\"sha256\": \"xyz\"}",
                "{\"path\": \"/etc\"}",
                "[]",
                "{")) {
            assertEquals("ARGUMENT_INVALID", reason(create(bad)), bad);
        }
        String id = begin(new byte[10]);
        HttpResponse<byte[]> typed = server.manage(
                HttpRequest.newBuilder()
                        .header("Content-Type", "text/plain")
                        .header("Upload-Offset", "0")
                        .method("PATCH", BodyPublishers.ofByteArray(new byte[1])),
                UPLOADS + "/" + id);
        assertEquals("MEDIA_TYPE_UNSUPPORTED", reason(typed));
        for (String foreign : List.of("..%2F..%2Fetc%2Fpasswd", "%00", "x".repeat(2000), "..", id + "%2F..")) {
            int status = head(foreign).statusCode();
            assertTrue(status == 404 || status == 405 || status == 400, foreign + ": " + status);
        }
        assertEquals("ARGUMENT_INVALID", reason(register("crops", id + "\", \"x\": \"")));
        assertEquals("REQUEST_TOO_LARGE", reason(register("crops", "x".repeat(5000))));
    }
}
