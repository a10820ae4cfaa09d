package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReadyCommandTest {
    private static final int OK = 200;
    private static final int UNAVAILABLE = 503;

    private final AtomicInteger asked = new AtomicInteger();
    private volatile int readyFrom;
    private HttpServer server = idle();
    private String url = "";

    private static HttpServer idle() {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @BeforeEach
    void start() {
        server.createContext("/readyz", exchange -> {
            exchange.sendResponseHeaders(asked.incrementAndGet() >= readyFrom ? OK : UNAVAILABLE, -1);
            exchange.close();
        });
        server.start();
        url = "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private CommandRun run(String... more) {
        String[] arguments = new String[more.length + 3];
        arguments[0] = "ready";
        arguments[1] = "--server";
        arguments[2] = url;
        System.arraycopy(more, 0, arguments, 3, more.length);
        return CommandRun.of(new FakeParts(), arguments);
    }

    @Test
    void ready_exitsWith0() {
        readyFrom = 1;

        CommandRun run = run();

        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        assertEquals(url + " is ready\n", run.out());
    }

    @Test
    void notReady_exitsWith1_atOnce() {
        readyFrom = 2;

        CommandRun run = run();

        assertEquals(ExitCode.FAILED, run.exitCode());
        assertEquals(1, asked.get());
        assertEquals(url + " is not ready\n", run.out());
    }

    @Test
    void notReady_isAskedAgain_whileThereIsTime() {
        readyFrom = 3;

        CommandRun run = run("--timeout", "60s");

        assertEquals(ExitCode.OK, run.exitCode(), run.out());
        assertEquals(3, asked.get());
    }

    @Test
    void notThere_isNotReady() {
        server.stop(0);

        assertEquals(ExitCode.FAILED, run().exitCode());
    }

    @Test
    void withoutServer_theOneOfTheDataDirectoryIsAsked(@TempDir Path data) throws IOException {
        readyFrom = 1;
        URI root = URI.create(url);
        new ServerFile(ProcessHandle.current().pid(), root, root, Instant.now(), Optional.empty(), Optional.empty())
                .write(data);

        CommandRun run = CommandRun.of(new FakeParts(), "ready", "--data", data.toString());

        assertEquals(url + " is ready\n", run.out(), run.err());
    }

    @Test
    void timeout_isSecondsOrMinutes() {
        CommandRun run = run("--timeout", "soon");

        assertEquals(ExitCode.USAGE, run.exitCode());
        assertTrue(run.err().contains("--timeout: 'soon' (expected: seconds or minutes"), run.err());
    }
}
