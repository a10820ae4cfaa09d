package dev.firstpass.server.page;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// The page's own files, and answers that are known beforehand to whatever the page asks. It stands for the server
/// where a test needs answers that no model gives twice: exact boxes, a mask of four pixels, a refusal.
///
/// Thread-safe. Listens on loopback until closed.
final class CannedServer implements AutoCloseable {
    /// As strict as the real one, so that a script or style in the markup shows.
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; "
            + "img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'";

    private static final Map<String, String> MEDIA_TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml");

    /// One request for pre-labels and what was answered.
    record Exchange(String query, byte[] photo, byte[] answer) {}

    private final HttpServer server;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Exchange> exchanges = Collections.synchronizedList(new ArrayList<>());
    private final byte[] goodPhoto;

    /// @param goodPhoto the one photo that is answered; every other is refused as cut short
    CannedServer(byte[] goodPhoto) throws IOException {
        this.goodPhoto = goodPhoto.clone();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(executor);
        server.createContext("/", this::answer);
        server.start();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    }

    /// What was asked for and answered so far, oldest first.
    List<Exchange> exchanges() {
        return List.copyOf(exchanges);
    }

    @Override
    public void close() {
        server.stop(0);
        executor.close();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            switch (path) {
                case "/v1/models" -> send(exchange, 200, "application/json", canned("models.json"));
                case "/v1/formats" -> send(exchange, 200, "application/json", canned("formats.json"));
                case "/samples" -> send(exchange, 200, "application/json", bytes("{\"samples\": []}"));
                case "/v1/models/boxes/prelabels", "/v1/models/masks/prelabels" -> prelabel(exchange, path);
                default -> file(exchange, path.equals("/") ? "index.html" : path.substring(1));
            }
        }
    }

    private void prelabel(HttpExchange exchange, String path) throws IOException {
        byte[] photo = exchange.getRequestBody().readAllBytes();
        String query =
                Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse("");
        exchange.getResponseHeaders().set("X-Request-Id", "request-" + (exchanges.size() + 1));
        if (!Arrays.equals(photo, goodPhoto)) {
            send(exchange, 422, "application/problem+json", canned("truncated.json"));
            return;
        }
        byte[] answer = query.contains("format=firstpass&")
                ? canned(path.contains("masks") ? "masks.json" : "boxes.json")
                : bytes("\u0000\u00ff bytes as they are\r\n" + query);
        exchanges.add(new Exchange(query, photo, answer));
        exchange.getResponseHeaders()
                .set("Server-Timing", "fetch;dur=0.000, decode;dur=4.000, infer;dur=6.000, total;dur=10.500");
        send(exchange, 200, "application/json", answer);
    }

    private static void file(HttpExchange exchange, String name) throws IOException {
        try (InputStream file = CannedServer.class.getResourceAsStream("/page/" + name)) {
            if (file == null) {
                send(exchange, 404, "text/plain", bytes("nothing here"));
                return;
            }
            exchange.getResponseHeaders().set("Content-Security-Policy", POLICY);
            String ending = name.substring(name.lastIndexOf('.') + 1);
            send(exchange, 200, MEDIA_TYPES.getOrDefault(ending, "application/octet-stream"), file.readAllBytes());
        }
    }

    private static void send(HttpExchange exchange, int status, String mediaType, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", mediaType);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    private static byte[] canned(String name) {
        try (InputStream file = CannedServer.class.getResourceAsStream(name)) {
            if (file == null) {
                throw new IllegalStateException("no canned answer " + name);
            }
            return file.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
