package dev.firstpass.server.security;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.RequestHeadersBuilder;
import dev.firstpass.server.config.ListenerConfig;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuardsTest {
    private static final ListenerConfig LISTENER = new ListenerConfig(
            "192.168.7.7", 8080, List.of("Labels.example.org"), List.of("https://labels.example.org"));

    private static RequestHeadersBuilder request(String authority) {
        return RequestHeaders.builder(HttpMethod.GET, "/v1/models")
                .scheme("http")
                .authority(authority);
    }

    private static void assertDenied(Runnable check) {
        FailureException thrown = assertThrows(FailureException.class, check::run);
        assertEquals(Reason.PERMISSION_DENIED, thrown.failure().reason());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "localhost:8080",
                "LOCALHOST:1",
                "127.0.0.1:8080",
                "[::1]:8080",
                "192.168.7.7",
                "labels.example.org",
                "labels.EXAMPLE.org:443"
            })
    void host_ofOurs_passes(String authority) {
        assertDoesNotThrow(
                () -> new HostGuard(LISTENER).check(request(authority).build()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "localhost.",
                "localhost.evil",
                "xlocalhost",
                "localhost:",
                "localhost:x",
                "localhost:123456",
                "127.0.0.2",
                "127.1",
                "0.0.0.0",
                "[::]",
                "::1",
                "[::1]x",
                "a@localhost",
                "localhost, evil",
                " localhost",
                "192.168.7.8"
            })
    void host_ofOthers_isDenied(String authority) {
        assertDenied(() -> new HostGuard(LISTENER).check(request(authority).build()));
    }

    @Test
    void host_configuredInCapitals_passes() {
        ListenerConfig listener = new ListenerConfig("Labels", 8080, List.of(), List.of());
        assertDoesNotThrow(
                () -> new HostGuard(listener).check(request("labels:8080").build()));
    }

    @Test
    void host_missing_isDenied() {
        assertDenied(() -> new HostGuard(LISTENER)
                .check(RequestHeaders.builder(HttpMethod.GET, "/").build()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://localhost:8080",
                "HTTP://LOCALHOST:8080",
                "https://localhost:8080",
                "https://labels.example.org"
            })
    void origin_ofOurs_passes(String origin) {
        assertDoesNotThrow(() -> new OriginGuard(LISTENER)
                .check(request("localhost:8080").add("origin", origin).build()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "http://localhost",
                "http://localhost:8081",
                "https://localhost:8443",
                "http://127.0.0.1:8080",
                "http://evil.example",
                "",
                "localhost:8080"
            })
    void origin_ofOthers_isDenied(String origin) {
        assertDenied(() -> new OriginGuard(LISTENER)
                .check(request("localhost:8080").add("origin", origin).build()));
    }

    /// A page that came unencrypted may be anybody's.
    @Test
    void origin_thatIsNotEncrypted_isDeniedWhereTheRequestIs() {
        RequestHeadersBuilder request = request("localhost:8080").scheme("https");
        OriginGuard guard = new OriginGuard(LISTENER);
        assertDenied(
                () -> guard.check(request.set("origin", "http://localhost:8080").build()));
        assertDoesNotThrow(() ->
                guard.check(request.set("origin", "https://localhost:8080").build()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cross-site", "same-site", "anything"})
    void site_ofOthers_isDenied(String site) {
        assertDenied(() -> new OriginGuard(LISTENER)
                .check(request("localhost:8080").add("sec-fetch-site", site).build()));
    }

    @Test
    void link_toThePage_passesButNotToTheInterface() {
        OriginGuard guard = new OriginGuard(LISTENER);
        RequestHeadersBuilder link = request("localhost:8080")
                .add("sec-fetch-site", "cross-site")
                .add("sec-fetch-mode", "navigate")
                .add("sec-fetch-dest", "document");

        assertDenied(() -> guard.check(link.build()));
        assertDoesNotThrow(() -> guard.check(link.path("/").build()));
        assertDenied(() -> guard.check(link.method(HttpMethod.POST).build()));
    }
}
