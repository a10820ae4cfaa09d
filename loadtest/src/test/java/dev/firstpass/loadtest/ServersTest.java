package dev.firstpass.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ServersTest {
    private static final int KILLED = 128 + 9;

    private static Process running(String script) throws IOException {
        return new ProcessBuilder("sh", "-c", script).start();
    }

    @Test
    void awaitReady_readsOnToTheLineThatSaysWhere() throws IOException, InterruptedException {
        Process server = running("echo 'a warning'; echo 'ready http://127.0.0.1:4711/ '");
        assertEquals(URI.create("http://127.0.0.1:4711/"), Servers.awaitReady(server, server.inputReader()));
        assertEquals(0, server.waitFor());
    }

    @Test
    void awaitReady_ofAServerThatEnds_tellsItsLastLine() throws IOException {
        Process server = running("echo 'a warning'; echo 'no such port'");
        assertEquals(
                "the server ended before it was ready; its last line: no such port",
                assertThrows(IOException.class, () -> Servers.awaitReady(server, server.inputReader()))
                        .getMessage());
    }

    @Test
    void awaitEnd_ofAServerThatDoesNotEnd_killsIt() throws IOException, InterruptedException {
        Process server = running("exec sleep 1000");
        Servers.awaitEnd(server, Duration.ZERO);
        assertEquals(KILLED, server.waitFor());
    }

    @Test
    void awaitEnd_ofAnInterruptedCaller_killsItAndKeepsTheInterrupt() throws IOException, InterruptedException {
        Process server = running("exec sleep 1000");
        Thread.currentThread().interrupt();
        Servers.awaitEnd(server, Duration.ofDays(1));
        assertTrue(Thread.interrupted());
        assertEquals(KILLED, server.waitFor());
    }
}
