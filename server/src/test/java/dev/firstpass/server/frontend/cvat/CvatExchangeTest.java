package dev.firstpass.server.frontend.cvat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.firstpass.server.frontend.ShapedModels;
import dev.firstpass.server.frontend.TestServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// What CVAT's own lambda manager sent, and what it got and could read: its classes LambdaGateway and LambdaFunction were run against
/// [ShapedModels] as they stand in CVAT's source (the file says which), and each request was written down with its answer. They listed
/// functions, described and invoked detectors of each shape and an interactor, and mapped the labels of what came to those of a task.
class CvatExchangeTest {
    private static JsonNode recorded() throws IOException {
        try (InputStream in =
                Objects.requireNonNull(CvatExchangeTest.class.getResourceAsStream("/doors/cvat-exchange.json"))) {
            return new ObjectMapper().readTree(in);
        }
    }

    @Test
    void requestsOfTheLambdaManager_areAnsweredAsItReadThem() throws IOException {
        JsonNode exchanges = recorded().path("exchanges");
        assertTrue(exchanges.size() >= 15);
        try (TestServer server = ShapedModels.start()) {
            for (JsonNode exchange : exchanges) {
                HttpResponse<byte[]> answer = server.send(request(server, exchange));

                assertEquals(exchange.path("status").intValue(), answer.statusCode());
                if (answer.statusCode() == 200) {
                    assertEquals(exchange.path("answer"), TestServer.json(answer));
                } else {
                    assertEquals(
                            exchange.path("answer").path("error"),
                            TestServer.json(answer).path("error"));
                }
            }
        }
    }

    private static HttpRequest.Builder request(TestServer server, JsonNode exchange) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(server.uri(exchange.path("path").textValue()));
        exchange.path("headers")
                .properties()
                .forEach(header ->
                        request.header(header.getKey(), header.getValue().textValue()));
        return exchange.path("body").isNull()
                ? request.GET()
                : request.header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(
                                exchange.path("body").toString()));
    }
}
