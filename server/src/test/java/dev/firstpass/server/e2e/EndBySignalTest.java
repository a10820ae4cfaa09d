package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.firstpass.server.cli.Main;
import dev.firstpass.server.frontend.RawHttp;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// What a supervisor sees of a server that it asks to end.
final class EndBySignalTest {
    private static final String UNFINISHED =
            "POST /v1/models/none/prelabels HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 9\r\n\r\nabc";

    @TempDir
    Path folder = Path.of("");

    private JavaProcess serve(String drainLimit) throws IOException {
        List<String> command = JavaProcess.command(
                List.of("-Xmx256m", "-Xlog:class+load:file=" + folder.resolve("classes.txt")),
                Main.class.getName(),
                "serve",
                "--port=0",
                "--admin-port=0",
                "--isolation=in-process",
                "--data=" + folder);
        return JavaProcess.start(
                command,
                Map.of(
                        "FIRSTPASS_DRAIN_LIMIT",
                        drainLimit,
                        "FIRSTPASS_LOGGING_FORMAT",
                        "json",
                        "FIRSTPASS_LOGGING_REQUESTS",
                        "failed",
                        // Somebody else's collector: nothing goes there unless observability.tracing says so.
                        "OTEL_EXPORTER_OTLP_ENDPOINT",
                        "http://127.0.0.1:9",
                        "ORT_DISABLE_TELEMETRY",
                        "1"),
                folder.resolve("err.txt"));
    }

    /// A client whose request is under way: the server waits for the rest of it.
    private static Socket unfinished(int port) throws IOException {
        Socket socket = RawHttp.connect(port);
        socket.getOutputStream().write(UNFINISHED.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private int port() throws IOException {
        JsonNode addresses =
                new ObjectMapper().readTree(folder.resolve("server.json").toFile());
        return URI.create(addresses.path("url").asText()).getPort();
    }

    @Test
    void firstSignal_letsARequestEnd_andTheProcessEndsWell() throws Exception {
        try (JavaProcess server = serve("20s")) {
            server.read();
            try (Socket socket = unfinished(port())) {
                awaitUnderWay();
                server.terminate();
                awaitStopped(server);
                socket.getOutputStream().write(new byte[6]);

                assertEquals(404, RawHttp.read(socket.getInputStream(), false).status());
            }
            assertEquals(0, server.await(), server::toString);
            assertTrue(logged(server).stream()
                    .anyMatch(line -> line.path("reason").asText().equals("MODEL_NOT_FOUND")
                            && line.path("route").asText().equals("/v1/models/:ref/prelabels")));
        }
        List<String> classes = Files.readAllLines(folder.resolve("classes.txt"));
        assertTrue(classes.stream().anyMatch(line -> line.contains("dev.firstpass.server.frontend.listen.Entrance")));
        assertEquals(
                List.of(),
                classes.stream()
                        .filter(line -> line.contains("io.opentelemetry."))
                        .toList());
    }

    /// Each line of the log, up to the last.
    private static List<JsonNode> logged(JavaProcess server) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line :
                server.errors().lines().filter(each -> each.startsWith("{")).toList()) {
            lines.add(new ObjectMapper().readTree(line));
        }
        return lines;
    }

    @Test
    void secondSignal_endsAtOnce_andSaysWhatWasUnderWay() throws Exception {
        try (JavaProcess server = serve("10m")) {
            server.read();
            try (Socket _ = unfinished(port())) {
                awaitUnderWay();
                server.terminate();
                awaitStopped(server);
                server.terminate();

                assertEquals(1, server.await());
            }
            // The one that showed that the other is under way may count still.
            assertTrue(
                    server.errors().matches("(?s).*ended at once by a second signal, requests under way: [12]\\n.*"),
                    server.errors());
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "firstpass.long", matches = "true")
    void requestThatOutlastsTheLimit_isCounted_andTheProcessSaysThatItFailed() throws Exception {
        try (JavaProcess server = serve("200ms")) {
            server.read();
            try (Socket _ = unfinished(port())) {
                awaitUnderWay();
                server.terminate();

                assertEquals(1, server.await());
            }
            assertTrue(server.errors().contains("ended by drain.limit, requests left unanswered: 1"), server.errors());
        }
    }

    /// A request of another client that was answered came in later, so the first is under way.
    private void awaitUnderWay() throws IOException {
        RawHttp.send(port(), "GET /livez HTTP/1.1", new byte[0]);
    }

    /// The first thing that a server does which was told to end is to take its addresses back.
    private void awaitStopped(JavaProcess server) throws InterruptedException, IOException {
        while (Files.exists(folder.resolve("server.json"))) {
            Thread.sleep(10);
        }
        assertTrue(server.errors().isEmpty() || !server.errors().contains("failed"), server.errors());
    }
}
