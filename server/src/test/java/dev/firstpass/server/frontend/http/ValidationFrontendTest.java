package dev.firstpass.server.frontend.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.registry.validation.ReportJson;
import dev.firstpass.server.frontend.FakeBackend;
import dev.firstpass.server.frontend.TestServer;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// The reports' calls, over real sockets.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ValidationFrontendTest {
    private static final String COCO = "/v1/registry/models/coco/versions/";

    @AutoClose
    private final TestServer server = new TestServer();

    @Test
    void report_isTheLastOne() {
        HttpResponse<byte[]> response = get(COCO + "2/validation");
        assertEquals(200, response.statusCode());
        assertEquals(FakeBackend.REPORT, ReportJson.read(TestServer.json(response)));
    }

    @Test
    void page_isHtmlThatRunsNothing() {
        HttpResponse<byte[]> response = get(COCO + "2/validation.html");
        assertEquals(200, response.statusCode());
        assertEquals(
                "text/html; charset=utf-8",
                response.headers().firstValue("content-type").orElse(""));
        String policy = response.headers().firstValue("content-security-policy").orElse("");
        assertTrue(policy.startsWith("default-src 'none'; img-src data:;"), policy);
        assertTrue(new String(response.body(), StandardCharsets.UTF_8).contains("coco@2"));
    }

    @Test
    void validate_triesItOutAgain() {
        HttpResponse<byte[]> response =
                server.manage(HttpRequest.newBuilder().POST(BodyPublishers.noBody()), COCO + "2:validate");
        assertEquals(200, response.statusCode());
        assertEquals("PASSED", TestServer.json(response).path("verdict").asText());
    }

    @Test
    void registration_answersWithTheReport() {
        HttpResponse<byte[]> response = server.manage(
                HttpRequest.newBuilder()
                        .header("Content-Type", "application/octet-stream")
                        .POST(BodyPublishers.ofByteArray(new byte[10])),
                COCO.substring(0, COCO.length() - 1));
        assertEquals(201, response.statusCode());
        assertEquals(
                1,
                TestServer.json(response)
                        .path("validation")
                        .path("rows")
                        .path("main")
                        .asInt());
    }

    @Test
    void version_thatWasNeverTried_orIsNotThere_isNotFound() {
        for (String path : new String[] {COCO + "1/validation", COCO + "1/validation.html", COCO + "x/validation"}) {
            HttpResponse<byte[]> response = get(path);
            assertEquals(404, response.statusCode(), path);
            JsonNode problem = TestServer.json(response);
            assertEquals("VERSION_NOT_FOUND", problem.path("reason").asText(), path);
        }
        assertEquals(404, get("/v1/registry/models/none/versions/1/validation").statusCode());
    }

    private HttpResponse<byte[]> get(String path) {
        return server.manage(HttpRequest.newBuilder().GET(), path);
    }
}
