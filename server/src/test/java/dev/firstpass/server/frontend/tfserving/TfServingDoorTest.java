package dev.firstpass.server.frontend.tfserving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.BadDoorInput;
import dev.firstpass.server.frontend.RawHttp;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.pipeline.TensorCall;
import dev.firstpass.server.pipeline.TensorTarget;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// TensorFlow Serving's door over HTTP.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TfServingDoorTest {
    private static final String MODEL = "/tfs/v1/models/coco";
    private static final String PREDICT = MODEL + ":predict";
    private static final String GOOD = "{\"instances\":[[1,2],[3.5,-4]]}";
    private static final String ANSWER = "{\"predictions\":[{\"y\":[2.0,4.0],\"n\":0},{\"y\":[7.0,-8.0],\"n\":1}]}";

    @AutoClose
    private final TestServer server = new TestServer(Limits.STANDARD.withMaxBodyBytes(1 << 18));

    @BeforeEach
    void serve() {
        DoubledModel.on(server);
    }

    private HttpResponse<byte[]> predict(String body) {
        return server.post(PREDICT, "application/x-www-form-urlencoded", body);
    }

    private static String answer(HttpResponse<byte[]> response) {
        assertEquals(200, response.statusCode(), () -> TestServer.text(response));
        assertEquals(
                "application/json",
                response.headers().firstValue("content-type").orElse(""));
        return TestServer.text(response);
    }

    private TensorTarget target() {
        return server.backend.tensors.requests().getLast().target();
    }

    @Test
    void predict_answersInTheFormOfTheRequest() {
        assertEquals(ANSWER, answer(predict(GOOD)));
        assertEquals(
                "{\"outputs\":{\"y\":[[2.0,4.0]],\"n\":[0]}}",
                answer(predict("{\"inputs\":{\"x\":[[1,2]]},\"signature_name\":\"mine\"}")));
    }

    @ParameterizedTest
    @CsvSource({
        "'', ''",
        "/versions/2, 2",
        "/versions/002, 2",
        "/labels/production, production",
        "/labels/can%61ry, canary"
    })
    void versionsAndLabels_areVersionsAndAliases(String path, String version) {
        answer(server.post(MODEL + path + ":predict", "application/json", GOOD));

        assertEquals(new TensorTarget(Tenant.LOCAL, "coco", version), target());
    }

    @Test
    void longRequest_isReadAndAnswered() {
        assertEquals(ANSWER, answer(predict("{\"instances\":" + " ".repeat(100_000) + "[[1,2],[3.5,-4]]}")));
        assertEquals(
                400,
                predict("{\"instances\":" + " ".repeat(100_000) + "[[1,2],[3.5]]}")
                        .statusCode());
    }

    @Test
    void body_thatIsCompressed_isRead() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(GOOD.getBytes(StandardCharsets.UTF_8));
        }
        assertEquals(
                ANSWER,
                answer(server.send(HttpRequest.newBuilder(server.uri(PREDICT))
                        .header("Content-Encoding", "gzip")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(bytes.toByteArray())))));
    }

    @Test
    void status_listsVersions() {
        assertEquals(
                "{\"model_version_status\":[{\"version\":\"2\",\"state\":\"AVAILABLE\",\"status\":{\"error_code\":\"OK\",\"error_message\":\"\"}},"
                        + "{\"version\":\"1\",\"state\":\"AVAILABLE\",\"status\":{\"error_code\":\"OK\",\"error_message\":\"\"}}]}",
                answer(server.get(MODEL)));
        for (String one : List.of("/versions/1", "/labels/production")) {
            JsonNode versions = TestServer.json(answer(server.get(MODEL + one))).path("model_version_status");
            assertEquals(
                    one.endsWith("1") ? "1" : "2",
                    versions.path(0).path("version").textValue());
            assertEquals(1, versions.size());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/versions/2", "/labels/production"})
    void metadata_isTheSignature(String path) {
        JsonNode body = TestServer.json(answer(server.get(MODEL + path + "/metadata")));

        assertEquals(
                "{\"name\":\"coco\",\"signature_name\":\"\",\"version\":\"2\"}",
                body.path("model_spec").toString());
        JsonNode signature = body.at("/metadata/signature_def/signature_def/mine");
        assertEquals(
                "{\"x\":{\"dtype\":\"DT_FLOAT\",\"tensor_shape\":{\"dim\":[{\"size\":\"-1\",\"name\":\"\"},{\"size\":\"2\",\"name\":\"\"}],"
                        + "\"unknown_rank\":false},\"name\":\"x\"}}",
                signature.path("inputs").toString());
        assertEquals("DT_INT64", signature.at("/outputs/n/dtype").textValue());
        assertEquals("tensorflow/serving/predict", signature.path("method_name").textValue());
    }

    Stream<BadDoorInput> badInputs() {
        return Stream.of(
                BadDoorInput.json("no body", PREDICT, "", Reason.ARGUMENT_INVALID),
                BadDoorInput.json("no JSON", PREDICT, "hunter2", Reason.ARGUMENT_INVALID),
                BadDoorInput.json("an array", PREDICT, "[]", Reason.ARGUMENT_INVALID),
                BadDoorInput.json("no tensors", PREDICT, "{}", Reason.ARGUMENT_INVALID),
                BadDoorInput.json("no rows", PREDICT, "{\"instances\":[]}", Reason.ARGUMENT_INVALID),
                BadDoorInput.json("a cut body", PREDICT, "{\"instances\":[[1,2", Reason.ARGUMENT_INVALID),
                BadDoorInput.json("a wrong shape", PREDICT, "{\"instances\":[[1,2,3]]}", Reason.ARGUMENT_INVALID),
                BadDoorInput.json("ragged rows", PREDICT, "{\"instances\":[[1,2],[3]]}", Reason.ARGUMENT_INVALID),
                BadDoorInput.json("no batch", PREDICT, "{\"inputs\":[1,2]}", Reason.ARGUMENT_INVALID),
                BadDoorInput.json(
                        "too many rows",
                        PREDICT,
                        "{\"instances\":[[1,2]" + ",[1,2]".repeat(8) + "]}",
                        Reason.ARGUMENT_INVALID),
                BadDoorInput.json("words", PREDICT, "{\"instances\":[[\"hunter2\",2]]}", Reason.ARGUMENT_INVALID),
                BadDoorInput.json(
                        "bytes for numbers", PREDICT, "{\"instances\":[{\"b64\":\"AAAA\"}]}", Reason.ARGUMENT_INVALID),
                BadDoorInput.json("another input", PREDICT, "{\"instances\":[{\"z\":[1,2]}]}", Reason.ARGUMENT_INVALID),
                BadDoorInput.json(
                        "another signature",
                        PREDICT,
                        "{\"signature_name\":\"z\",\"instances\":[[1,2]]}",
                        Reason.ARGUMENT_INVALID),
                BadDoorInput.json(
                        "both forms", PREDICT, "{\"inputs\":[[1,2]],\"instances\":[[1,2]]}", Reason.ARGUMENT_INVALID),
                BadDoorInput.json(
                        "a name twice",
                        PREDICT,
                        "{\"instances\":[[1,2]],\"instances\":[[1,2]]}",
                        Reason.ARGUMENT_INVALID),
                BadDoorInput.json(
                        "recursion", PREDICT, "{\"instances\":" + "[".repeat(100_000), Reason.ARGUMENT_INVALID),
                BadDoorInput.json(
                        "a body that is too large", PREDICT, " ".repeat((1 << 18) + 1), Reason.REQUEST_TOO_LARGE),
                BadDoorInput.json(
                        "no such encoding", PREDICT, "\nContent-Encoding: br", GOOD, Reason.MEDIA_TYPE_UNSUPPORTED),
                BadDoorInput.json(
                        "not that encoding", PREDICT, "\nContent-Encoding: gzip", GOOD, Reason.ARGUMENT_INVALID),
                BadDoorInput.json(
                        "a version in letters", MODEL + "/versions/two:predict", GOOD, Reason.ARGUMENT_INVALID),
                BadDoorInput.json("version 0", MODEL + "/versions/0:predict", GOOD, Reason.VERSION_NOT_FOUND),
                BadDoorInput.json(
                        "a huge version",
                        MODEL + "/versions/" + "9".repeat(40) + ":predict",
                        GOOD,
                        Reason.VERSION_NOT_FOUND),
                BadDoorInput.json("a label of digits", MODEL + "/labels/2:predict", GOOD, Reason.ARGUMENT_INVALID),
                BadDoorInput.json("classify", MODEL + ":classify", "{\"examples\":[{}]}", Reason.NOT_SUPPORTED),
                BadDoorInput.json(
                        "regress", MODEL + "/versions/2:regress", "{\"examples\":[{}]}", Reason.NOT_SUPPORTED),
                BadDoorInput.json("no such verb", MODEL + ":explain", GOOD, Reason.METHOD_NOT_ALLOWED),
                BadDoorInput.json("no model", "/tfs/v1/models", GOOD, Reason.ROUTE_NOT_FOUND),
                BadDoorInput.json("a status that is posted", MODEL + "/metadata", GOOD, Reason.METHOD_NOT_ALLOWED));
    }

    @ParameterizedTest
    @MethodSource("badInputs")
    void badInput_isRefusedInTheProtocolsForm_andTheServerLives(BadDoorInput bad) {
        RawHttp.Answer answer = bad.refusedBy(server);

        JsonNode body = TestServer.json(answer.body());
        assertTrue(body.path("error").isTextual(), answer::body);
        assertEquals(bad.reason().name(), body.path("code").textValue());
        assertEquals(ANSWER, answer(predict(GOOD)));
    }

    @ParameterizedTest
    @CsvSource({
        "OVERLOADED, 503",
        "QUOTA_EXCEEDED, 429",
        "DEADLINE_EXCEEDED, 504",
        "MODEL_NOT_READY, 503",
        "MODEL_NOT_FOUND, 404",
        "VERSION_NOT_FOUND, 404",
        "PRECONDITION_FAILED, 400",
        "MODEL_FAILED, 500",
        "INPUT_QUARANTINED, 400"
    })
    void failure_ofTheWalk_isToldAsTheProtocolDoes(Reason reason, int status) {
        server.backend.tensors.fail(
                reason == Reason.OVERLOADED ? Failure.overloaded("full") : Failure.of(reason, "why"));

        HttpResponse<byte[]> response = predict(GOOD);

        assertEquals(status, response.statusCode());
        assertEquals(reason.name(), TestServer.json(response).path("code").textValue());
        assertEquals(
                reason == Reason.OVERLOADED,
                response.headers().firstValue("retry-after").isPresent());
    }

    @Test
    void modelOrVersion_thatIsNone_isNotFound() {
        assertEquals(404, server.get("/tfs/v1/models/none").statusCode());
        assertEquals(404, server.get(MODEL + "/versions/9").statusCode());
        assertEquals(404, server.get(MODEL + "/labels/none").statusCode());
    }

    @Test
    void client_thatGoesAway_isNoLongerWaitedFor() throws Exception {
        server.backend.tensors.hang();
        int before = server.backend.tensors.calls().size();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream()
                    .write(("POST " + PREDICT + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + GOOD.length()
                                    + "\r\n\r\n" + GOOD)
                            .getBytes(StandardCharsets.US_ASCII));
            while (server.backend.tensors.calls().size() == before) {
                Thread.sleep(1);
            }
        }
        TensorCall call = server.backend.tensors.calls().getLast();
        ExecutionException thrown =
                assertThrows(ExecutionException.class, () -> call.answer().get(20, TimeUnit.SECONDS));
        assertEquals(Reason.CANCELLED, Failures.of(thrown).reason());
    }
}
