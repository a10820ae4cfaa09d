package dev.firstpass.server.frontend.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.config.Limits;
import dev.firstpass.server.config.ListenerConfig;
import dev.firstpass.server.config.ServerConfig;
import dev.firstpass.server.frontend.FakeBackend;
import dev.firstpass.server.frontend.RawHttp;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a browser is told about pages of other origins.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CrossOriginTest {
    private static final String ALLOWED = "https://labels.example.org";

    private final Listeners listeners = new Listeners(
            new ServerConfig(
                    new ListenerConfig("127.0.0.1", 0, List.of(), List.of(ALLOWED)),
                    ListenerConfig.loopback(0),
                    OptionalInt.empty(),
                    false,
                    Limits.STANDARD,
                    Duration.ZERO,
                    Duration.ofSeconds(5)),
            new FakeBackend(Limits.STANDARD, InstantSource.system()).backend());

    @BeforeAll
    void start() {
        listeners.start();
    }

    @AfterAll
    void stop() {
        listeners.close();
    }

    private RawHttp.Answer ask(String method, String path, String origin, String... headers) {
        return RawHttp.send(
                listeners.dataPort(),
                method + " " + path + " HTTP/1.1\nOrigin: " + origin + "\n" + String.join("\n", headers));
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/models/coco/prelabels, POST, content-type",
        "/v2/models/coco/infer, POST, inference-header-content-length",
        "/v1/models, GET, x-request-id"
    })
    void preflight_ofAConfiguredOrigin_isAllowed(String path, String method, String header) {
        RawHttp.Answer answer = ask(
                "OPTIONS",
                path,
                ALLOWED,
                "Access-Control-Request-Method: " + method,
                "Access-Control-Request-Headers: " + header);
        assertEquals(200, answer.status());
        assertEquals(ALLOWED, answer.header("access-control-allow-origin"));
        assertEquals(header, answer.header("access-control-allow-headers"));
        assertTrue(answer.header("access-control-allow-methods").contains(method), answer::toString);
        assertEquals("", answer.header("access-control-allow-credentials"));
    }

    @Test
    void answer_toAConfiguredOrigin_mayBeRead() {
        RawHttp.Answer answer = ask("GET", "/v1/models", ALLOWED);
        assertEquals(200, answer.status());
        assertEquals(ALLOWED, answer.header("access-control-allow-origin"));
        assertTrue(answer.header("access-control-expose-headers").contains("firstpass-model"), answer::toString);
        assertEquals("origin", answer.header("vary").toLowerCase(Locale.ROOT));
    }

    @Test
    void refusal_toAConfiguredOrigin_mayBeRead() {
        RawHttp.Answer answer = ask("GET", "/v1/models/none", ALLOWED);
        assertEquals(404, answer.status());
        assertEquals(ALLOWED, answer.header("access-control-allow-origin"));
        assertTrue(answer.body().contains("MODEL_NOT_FOUND"), answer::toString);
    }

    @ParameterizedTest
    @CsvSource({"OPTIONS", "GET"})
    void request_ofAnotherOrigin_isRefusedAndSaysNothing(String method) {
        for (String origin :
                List.of("https://evil.example.org", "null", ALLOWED + ".evil.org", "http://labels.example.org")) {
            RawHttp.Answer answer = ask(method, "/v1/models", origin, "Access-Control-Request-Method: GET");
            assertEquals(403, answer.status());
            assertEquals("", answer.header("access-control-allow-origin"));
        }
    }

    @Test
    void managementListener_hasNoOrigins() {
        RawHttp.Answer answer = RawHttp.send(
                listeners.managementPort(),
                "OPTIONS /v1/registry/models HTTP/1.1\nOrigin: " + ALLOWED + "\nAccess-Control-Request-Method: GET");
        assertEquals(403, answer.status());
    }
}
