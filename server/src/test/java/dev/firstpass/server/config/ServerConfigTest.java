package dev.firstpass.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ServerConfigTest {
    private static ServerConfig config(String dataHost, boolean insecure) {
        return new ServerConfig(
                new ListenerConfig(dataHost, 8080, List.of(), List.of()),
                ListenerConfig.loopback(8081),
                OptionalInt.empty(),
                insecure,
                Limits.STANDARD,
                Duration.ZERO,
                Duration.ZERO);
    }

    @Test
    void listener_beyondLoopback_isRefusedUnlessInsecure() {
        IllegalArgumentException thrown = assertThrows(IllegalArgumentException.class, () -> config("0.0.0.0", false));

        assertEquals(
                "host: 0.0.0.0 (expected: a loopback address, or security.authentication: tokens; insecure: true opens it to everybody who can reach"
                        + " it)",
                thrown.getMessage());
        assertFalse(config("0.0.0.0", true).data().isLoopback());
        assertFalse(config("127.0.0.1", false).with(Authentication.TOKENS).insecure());
    }

    @Test
    void loopback_isKnownByEveryName() {
        for (String host : List.of("127.0.0.1", "127.9.9.9", "::1", "localhost")) {
            assertTrue(config(host, false).data().isLoopback(), host);
        }
    }

    @Test
    void limits_nameTheValueAndWhatIsExpected() {
        assertEquals(
                "maxBodyBytes: 0 (expected: 1..1073741824)",
                assertThrows(IllegalArgumentException.class, () -> Limits.STANDARD.withMaxBodyBytes(0))
                        .getMessage());
        assertEquals(
                "bodyTimeout: PT0S (expected: > 0)",
                assertThrows(IllegalArgumentException.class, () -> Limits.STANDARD.withBodyTimeout(Duration.ZERO))
                        .getMessage());
        assertEquals(
                "port: 65536 (expected: 0..65535)",
                assertThrows(IllegalArgumentException.class, () -> ListenerConfig.loopback(65536))
                        .getMessage());
    }
}
