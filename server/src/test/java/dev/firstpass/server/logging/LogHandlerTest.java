package dev.firstpass.server.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.config.Authentication;
import dev.firstpass.server.config.LogFormat;
import dev.firstpass.server.config.ObservabilityConfig;
import dev.firstpass.server.config.RequestLines;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.FakeBackend;
import dev.firstpass.server.frontend.TestServer;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated
final class LogHandlerTest {
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final AtomicLong nanos = new AtomicLong();
    private final LineLimits limits = new LineLimits();

    private LogHandler handler(LogFormat format) {
        return new LogHandler(LineForm.of(format), lines::add, limits, nanos::get);
    }

    private static LogRecord event(Level level, String logger, String message) {
        LogRecord event = new LogRecord(level, message);
        event.setLoggerName(logger);
        event.setInstant(Instant.parse("2026-01-31T12:00:00.5Z"));
        return event;
    }

    @Test
    void json_hasTheFieldsOfTheEvent() {
        LogRecord event = event(Level.SEVERE, "dev.firstpass.Some", "broke \"here\"\nand there");
        event.setThrown(new IllegalStateException("why"));
        try (LogFields _ = LogFields.of("id-1", Reason.INTERNAL, "0af7651916cd43dd8448eb211c80319c")) {
            handler(LogFormat.JSON).publish(event);
        }
        handler(LogFormat.JSON).publish(event(Level.INFO, "dev.firstpass.Some", "after"));

        assertEquals(1, lines.getFirst().lines().count());
        JsonNode line = TestServer.json(lines.getFirst());
        assertEquals("2026-01-31T12:00:00.500Z", line.get("time").asText());
        assertEquals("ERROR", line.get("level").asText());
        assertEquals("dev.firstpass.Some", line.get("logger").asText());
        assertEquals("broke \"here\"\nand there", line.get("message").asText());
        assertEquals("id-1", line.get("requestId").asText());
        assertEquals("INTERNAL", line.get("reason").asText());
        assertEquals("0af7651916cd43dd8448eb211c80319c", line.get("traceId").asText());
        assertTrue(line.get("exception").asText().startsWith("java.lang.IllegalStateException: why"));
        JsonNode after = TestServer.json(lines.getLast());
        assertFalse(after.has("requestId"));
        assertFalse(after.has("exception"));
    }

    @Test
    void text_isOneLine_whateverItsMessageHas() {
        handler(LogFormat.TEXT).publish(event(Level.WARNING, "dev.firstpass.Some", "one\n2026-01-31 ERROR made up"));
        assertEquals(1, lines.getFirst().lines().count());
        assertTrue(lines.getFirst().contains(" WARN  Some: one 2026-01-31 ERROR made up"), lines.getFirst());

        LogRecord broke = event(Level.SEVERE, "dev.firstpass.Some", "one\u0085two\u2028three\u001b[2J");
        broke.setThrown(new IllegalStateException("why\n2026-01-31 12:00:00.500 ERROR made up"));
        handler(LogFormat.TEXT).publish(broke);
        List<String> told = lines.getLast().lines().toList();
        assertTrue(told.getFirst().endsWith(" ERROR Some: one two three [2J"), told.getFirst());
        assertTrue(told.stream().skip(1).allMatch(line -> line.startsWith("  ")), lines.getLast());
    }

    @Test
    void manyLinesOfOneKind_areLeftOut_andCounted_whileOthersCome() {
        LogHandler handler = handler(LogFormat.JSON);
        for (int i = 0; i < LineLimits.MOST + 30; i++) {
            handler.publish(event(Level.SEVERE, "a", "again"));
        }
        try (LogFields _ = LogFields.of("id-1", Reason.WORKER_LOST, "")) {
            handler.publish(event(Level.SEVERE, "a", "another reason"));
        }
        handler.publish(event(Level.WARNING, "a", "another level"));
        assertEquals(LineLimits.MOST + 2, lines.size());
        assertEquals(30, limits.leftOut());

        nanos.addAndGet(10_000_000_000L);
        handler.publish(event(Level.SEVERE, "a", "again"));
        assertEquals(30, TestServer.json(lines.getLast()).get("leftOut").asInt());
        handler.publish(event(Level.SEVERE, "a", "again"));
        assertFalse(TestServer.json(lines.getLast()).has("leftOut"));
    }

    /// Markers wherever a caller may put something, in requests that are answered, refused and failed.
    @Test
    void whatCallersSend_isInNoLine() {
        String marker = "zq8marker7f";
        List<String> forms = List.of(
                marker,
                HexFormat.of().formatHex(marker.getBytes(StandardCharsets.UTF_8)),
                Base64.getEncoder().withoutPadding().encodeToString(marker.getBytes(StandardCharsets.UTF_8)));
        FakeBackend backend = new FakeBackend();
        LogHandler handler = handler(LogFormat.JSON);
        Logger root = Logger.getLogger("");
        try (TestServer server = TestServer.observed(
                backend, Authentication.TOKENS, ObservabilityConfig.STANDARD.with(RequestLines.ALL))) {
            root.addHandler(handler);
            String token = backend.tokens.with(Scope.PRELABEL);
            List<String> paths = List.of(
                    "/v1/models/coco/prelabels?asset-id=" + marker,
                    "/v1/models/" + marker + "/prelabels",
                    "/v1/models/coco/prelabels?threshold=" + marker,
                    "/v1/models/coco/prelabels?" + marker + "=1",
                    "/v2/models/" + marker + "/infer",
                    "/label-studio/" + marker + "/predict?" + marker,
                    "/roboflow/" + marker + "/1?api_key=" + marker,
                    "/roboflow/infer/object_detection",
                    "/" + marker);
            for (String path : paths) {
                for (String type : List.of("image/jpeg", "application/json", "text/" + marker)) {
                    send(server, path, type, token, marker);
                }
                send(server, path, "image/jpeg", marker, marker);
            }
            backend.behaviour = _ -> {
                throw new IllegalStateException("a fault");
            };
            assertEquals(500, send(server, paths.getFirst(), "image/jpeg", token, marker));
        } finally {
            root.removeHandler(handler);
        }
        assertTrue(lines.size() > 30, () -> "lines: " + lines.size());
        assertTrue(lines.stream().anyMatch(line -> line.contains("a fault")));
        assertTrue(
                lines.stream().anyMatch(line -> line.contains("\"route\":\"/v1/models/:ref/prelabels\"")),
                lines::toString);
        for (String form : forms) {
            assertEquals(
                    List.of(),
                    lines.stream().filter(line -> line.contains(form)).toList());
        }
    }

    private static int send(TestServer server, String path, String type, String token, String marker) {
        return server.send(HttpRequest.newBuilder(server.uri(path))
                        .header("Content-Type", type)
                        .header("Authorization", "Bearer " + token)
                        .header("X-Made-Up", marker)
                        .header("Cookie", "a=" + marker)
                        .header("Referer", "http://127.0.0.1/" + marker)
                        .header("X-Request-Id", "spaces are not fit " + marker)
                        .POST(HttpRequest.BodyPublishers.ofString(
                                "{\"" + marker + "\": \"" + marker + "\", \"api_key\": \"" + marker + "\"}")))
                .statusCode();
    }
}
