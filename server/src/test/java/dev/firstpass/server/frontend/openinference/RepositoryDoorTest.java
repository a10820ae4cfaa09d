package dev.firstpass.server.frontend.openinference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.firstpass.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.firstpass.proto.inference.RepositoryIndexRequest;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Replica;
import dev.firstpass.registry.Replica.Residency;
import dev.firstpass.server.frontend.RawHttp;
import dev.firstpass.server.frontend.TestServer;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The repository's index, and what loads and unloads are refused for.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RepositoryDoorTest {
    private static final String INDEX = "/v2/repository/index";

    @AutoClose
    private final TestServer server = new TestServer();

    @BeforeEach
    void coldAndServing() {
        residencies(Map.of(coco(2), Residency.SERVING));
    }

    @AfterEach
    void noFailure() {
        server.backend.failure = Optional.empty();
    }

    private void residencies(Map<ModelRef.Numbered, Residency> residencies) {
        server.backend.replicas = List.of(new Replica("here", residencies));
    }

    private static ModelRef.Numbered coco(long number) {
        return new ModelRef.Numbered(new ModelName("coco"), number);
    }

    @Test
    void index_saysWhatMayBeAskedFor() {
        assertEquals(
                "[{\"name\":\"coco\",\"version\":\"1\",\"state\":\"READY\","
                        + "\"reason\":\"unloaded: loaded when it is asked for\"},"
                        + "{\"name\":\"coco\",\"version\":\"2\",\"state\":\"READY\"}]",
                TestServer.text(server.post(INDEX, "application/json", "")));
    }

    /// No server is known to have anything in memory, not even this one.
    @Test
    void index_withoutReplicas_saysThatAllIsLoadedWhenAskedFor() {
        server.backend.replicas = List.of();
        HttpResponse<byte[]> answer = server.post(INDEX, "application/json", "");

        assertEquals(200, answer.statusCode());
        for (JsonNode version : TestServer.json(answer)) {
            assertEquals("READY", version.path("state").textValue(), version::toString);
            assertEquals(
                    "unloaded: loaded when it is asked for",
                    version.path("reason").textValue());
        }
        assertEquals(2, TestServer.json(answer).size());
    }

    @Test
    void index_ofWhatIsNotReady_saysWhy() {
        residencies(Map.of(coco(1), Residency.FAILED, coco(2), Residency.LOADING));
        server.backend.failure = Optional.of("the model file is broken");
        JsonNode index = TestServer.json(server.post(INDEX, "application/json", "{}"));
        assertEquals("UNAVAILABLE", index.at("/0/state").textValue());
        assertEquals("the model file is broken", index.at("/0/reason").textValue());
        assertEquals("LOADING", index.at("/1/state").textValue());
        assertEquals("[]", TestServer.text(server.post(INDEX, "application/json", "{\"ready\":true}")));
    }

    /// As clients of the protocol send it.
    @Test
    void index_withoutABodyAndItsLength_isAnswered() {
        RawHttp.Answer answer = RawHttp.send(server.port(), "POST " + INDEX + " HTTP/1.1", new byte[0]);
        assertEquals(200, answer.status(), answer::body);
    }

    @Test
    void index_overGrpc_isTheSame() {
        GRPCInferenceServiceBlockingStub stub = GrpcClients.newClient(
                "gproto+http://127.0.0.1:" + server.port(), GRPCInferenceServiceBlockingStub.class);
        var index = stub.repositoryIndex(RepositoryIndexRequest.getDefaultInstance());
        assertEquals(2, index.getModelsCount());
        assertEquals("unloaded: loaded when it is asked for", index.getModels(0).getReason());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            index               | {"ready":1}                          | 400 | ARGUMENT_INVALID
            index               | {"other":1}                          | 400 | ARGUMENT_INVALID
            index               | []                                   | 400 | ARGUMENT_INVALID
            index               | {"ready":                            | 400 | ARGUMENT_INVALID
            models/coco/load    | {"parameters":{"config":"{}"}}       | 501 | NOT_SUPPORTED
            models/coco/load    | {"parameters":{"file:1/m.onnx":"AA"}} | 501 | NOT_SUPPORTED
            models/coco/load    | {"parameters":{"other":1}}           | 400 | ARGUMENT_INVALID
            models/coco/load    | {"parameters":[]}                    | 400 | ARGUMENT_INVALID
            models/coco/load    | {"else":{}}                          | 400 | ARGUMENT_INVALID
            models/none/load    | {}                                   | 404 | MODEL_NOT_FOUND
            models/none/unload  | {}                                   | 404 | MODEL_NOT_FOUND
            models/none/unload  | {"parameters":{"unload_dependents":true}} | 404 | MODEL_NOT_FOUND
            models/coco/unload  | {"parameters":{"config":"{}"}}       | 400 | ARGUMENT_INVALID
            models/coco/unload  | nothing                              | 400 | ARGUMENT_INVALID
            """)
    void badRequests_areRefused(String path, String body, int status, String reason) {
        HttpResponse<byte[]> response = server.post("/v2/repository/" + path, "application/json", body);
        assertEquals(status, response.statusCode(), () -> TestServer.text(response));
        assertEquals(reason, TestServer.json(response).get("code").textValue());
    }

    /// There is one repository, and it has no name.
    @Test
    void repository_thatIsNamed_isRefused() {
        GRPCInferenceServiceBlockingStub stub = GrpcClients.newClient(
                "gproto+http://127.0.0.1:" + server.port(), GRPCInferenceServiceBlockingStub.class);
        StatusRuntimeException thrown = assertThrows(
                StatusRuntimeException.class,
                () -> stub.repositoryIndex(RepositoryIndexRequest.newBuilder()
                        .setRepositoryName("other")
                        .build()));
        assertEquals(Status.Code.INVALID_ARGUMENT, thrown.getStatus().getCode());
    }
}
