package dev.firstpass.server.frontend.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.server.e2e.ErrorAnswers;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.RawHttp;
import dev.firstpass.server.frontend.RawHttp.Answer;
import dev.firstpass.server.frontend.ShapedModels;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.frontend.tfserving.DoubledModel;
import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/// What the table of bad input is sent to: a server as it is, and one with a model of each geometry and a model of tensors for the
/// doors.
///
/// For one thread. Who makes it closes it.
final class BadInputServers implements AutoCloseable {
    private static final String REGISTRY = "/firstpass.v1.Registry/";

    final TestServer server = new TestServer();
    final TestServer doors = ShapedModels.start();

    BadInputServers() {
        DoubledModel.on(doors);
    }

    /// Of the server as it is.
    int port() {
        return server.port();
    }

    /// Sends it in each way that it can be sent, and holds what comes against the table.
    void send(BadVector vector) {
        if (vector.isHttp1()) {
            check(vector, vector.request());
        }
        if (vector.isHttp2()) {
            check(vector, Http2Exchange.of(port(vector), vector.block(), vector.body()));
        }
        if (vector.isGrpc()) {
            call(vector);
        }
    }

    private int port(BadVector vector) {
        return switch (vector.kind()) {
            case "manage" -> server.managementPort();
            case "door" -> doors.port();
            case "grpc" -> vector.target().startsWith(REGISTRY) ? doors.managementPort() : doors.port();
            default -> server.port();
        };
    }

    private void check(BadVector vector, byte[] request) {
        Answer answer = RawHttp.exchange(port(vector), request);
        assertEquals(vector.status(), Integer.toString(answer.status()), answer::body);
        check(
                vector,
                answer.headers() + answer.body(),
                answer.body(),
                new String(request, StandardCharsets.ISO_8859_1));
    }

    /// Where the stream is reset, or the connection ended, its code is the status.
    private void check(BadVector vector, Http2Exchange answer) {
        String status =
                answer.status() == 0 ? answer.ended().substring(answer.ended().indexOf(' ') + 1) : "" + answer.status();
        assertEquals(vector.status(), status, answer::toString);
        String sent = new String(vector.block(), StandardCharsets.ISO_8859_1)
                + new String(vector.body(), StandardCharsets.ISO_8859_1);
        check(vector, answer.headers() + answer.body(), answer.body(), sent);
    }

    private static void check(BadVector vector, String everything, String body, String sent) {
        if (!vector.reason().equals("-")) {
            JsonNode told = TestServer.json(body);
            String reason = Stream.of(
                            told.path("reason"),
                            told.path("code"),
                            told.path("error").path("code"))
                    .filter(JsonNode::isTextual)
                    .map(JsonNode::textValue)
                    .findFirst()
                    .orElse("none");
            assertEquals(Reason.valueOf(vector.reason()).name(), reason, body);
        }
        ErrorAnswers.assertTellsNothing(everything, sent);
    }

    private void call(BadVector vector) {
        byte[] head = Frames.block(
                ":method",
                "POST",
                ":scheme",
                "http",
                ":path",
                vector.target(),
                ":authority",
                "localhost",
                "content-type",
                "application/grpc",
                "te",
                "trailers");
        Http2Exchange answer = Http2Exchange.of(port(vector), head, Http2Exchange.prefixed(vector.body()));
        assertEquals("200", "" + answer.status(), answer::toString);
        assertEquals(Status.Code.valueOf(vector.status()).value() + "", answer.header("grpc-status"), answer::toString);
        if (!vector.reason().equals("-")) {
            assertEquals(vector.reason(), answer.header("firstpass-reason"), answer::toString);
        }
        ErrorAnswers.assertTellsNothing(
                answer.header("grpc-message"), vector.what() + new String(vector.body(), StandardCharsets.ISO_8859_1));
    }

    @Override
    public void close() {
        server.close();
        doors.close();
    }
}
