package dev.firstpass.loadtest.drive;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What both doors over HTTP make of a server's answers.
final class DoorsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Ask ASK = new Ask("coco", new byte[3], false, Optional.empty());

    @Test
    void refusal_isToldByItsReason() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/", exchange -> {
            byte[] body = "{\"code\":\"OTHER\",\"reason\":\"OVERLOADED\"}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(429, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.createContext("/v2/", exchange -> {
            byte[] body = "{\"reason\":\"OTHER\",\"code\" : \"DEADLINE_EXCEEDED\"}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(504, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        URI root = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
        try (Door images = new HttpDoor(root, PATIENCE);
                Door tensors = new TensorDoor(root, "image", PATIENCE)) {
            assertEquals(
                    new Answer(Answer.Outcome.REFUSED, "OVERLOADED"),
                    images.send(ASK).join());
            assertEquals(
                    new Answer(Answer.Outcome.TOO_LATE, "DEADLINE_EXCEEDED"),
                    tensors.send(ASK).join());
        } finally {
            server.stop(0);
        }
    }

    @Test
    void failure_isToldByItsRootCause() throws IOException {
        URI nobody;
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = URI.create("http://127.0.0.1:" + taken.getLocalPort() + "/");
        }
        Answer refused = new Answer(Answer.Outcome.FAILED, "ConnectException");
        try (Door images = new HttpDoor(nobody, PATIENCE);
                Door tensors = new TensorDoor(nobody, "image", PATIENCE)) {
            assertEquals(refused, images.send(ASK).join());
            assertEquals(refused, tensors.send(ASK).join());
        }
    }
}
