package dev.firstpass.server.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Objects;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the tools' own code sent, and what it got and could read: the classes that talk to a server were run against [ShapedModels] as
/// they stand in the tools' sources, and each request was written down with its answer. Where from is said in each file.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RecordedExchangesTest {
    @AutoClose
    private final TestServer server = ShapedModels.start();

    private static JsonNode recorded(String tool) throws IOException {
        String name = "/doors/" + tool + "-exchange.json";
        try (InputStream in = Objects.requireNonNull(RecordedExchangesTest.class.getResourceAsStream(name), name)) {
            return new ObjectMapper().readTree(in);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cvat", "x-anylabeling"})
    void requestsOfTheToolsOwnCode_areAnsweredAsItReadThem(String tool) throws IOException {
        JsonNode exchanges = recorded(tool).path("exchanges");
        assertTrue(exchanges.size() >= 10);
        for (JsonNode exchange : exchanges) {
            HttpResponse<byte[]> answer = server.send(request(exchange));

            assertEquals(exchange.path("status").intValue(), answer.statusCode());
            assertEquals(withoutRequestId(exchange.path("answer")), withoutRequestId(TestServer.json(answer)));
        }
    }

    private HttpRequest.Builder request(JsonNode exchange) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(server.uri(exchange.path("path").textValue()));
        exchange.path("headers")
                .properties()
                .forEach(header ->
                        request.setHeader(header.getKey(), header.getValue().textValue()));
        return exchange.path("body").isNull()
                ? request.GET()
                : request.setHeader("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(
                                exchange.path("body").toString()));
    }

    /// Of a refusal, which has another each time.
    private static JsonNode withoutRequestId(JsonNode answer) {
        answer.findParents("requestId").forEach(parent -> ((ObjectNode) parent).remove("requestId"));
        return answer;
    }
}
