package dev.firstpass.server.frontend.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.pipeline.FormatChoice;
import dev.firstpass.server.pipeline.PrelabelRequest;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Labeling projects at both listeners: set and shown at one, named by requests at the other.
class ProjectsTest {
    private static final String PROJECTS = "/v1/registry/projects";
    private static final byte[] IMAGE = "not decoded".getBytes(StandardCharsets.UTF_8);
    private static final String FIELDS = """
            thresholds: {default: 0.4, dog: 0.6}
            mapping: {dog: Hund}
            max: 50
            geometry: polygon
            format: labelbox
            formatOptions: {globalKey: row-1}
            """;

    private final TestServer server = new TestServer();

    @AfterEach
    void stop() {
        server.close();
    }

    private HttpResponse<byte[]> set(String name, String document) {
        return server.manage(
                HttpRequest.newBuilder()
                        .header("Content-Type", "application/yaml")
                        .PUT(BodyPublishers.ofString(document)),
                PROJECTS + "/" + name);
    }

    private HttpResponse<byte[]> manage(String path) {
        return server.manage(HttpRequest.newBuilder().GET(), path);
    }

    private HttpResponse<byte[]> validate(String ref, String body) {
        return server.manage(
                HttpRequest.newBuilder()
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body)),
                PROJECTS + "/" + ref + ":validate");
    }

    private static String problem(HttpResponse<byte[]> response) {
        JsonNode body = TestServer.json(response);
        return body.path("reason").asText() + " " + body.path("field").asText();
    }

    private PrelabelRequest prelabel(String query) {
        HttpResponse<byte[]> response =
                server.post("/v1/models/coco/prelabels?" + query, "application/octet-stream", IMAGE);
        assertEquals(200, response.statusCode(), () -> TestServer.text(response));
        return server.backend.requests.remove();
    }

    @Test
    void project_thatIsSet_isShownAtBothListeners() {
        JsonNode first = TestServer.json(set("fields", FIELDS));
        JsonNode second = TestServer.json(set("fields", "max: 7"));

        assertEquals("fields@1", first.path("ref").asText());
        assertTrue(first.path("behind").isMissingNode());
        assertEquals("fields@2", second.path("ref").asText());
        assertEquals("[1,2]", second.path("versions").toString());
        JsonNode listed = TestServer.json(manage(PROJECTS)).path("projects");
        assertEquals(second, listed.path(0));
        assertEquals(1, listed.size());
        assertEquals(second, TestServer.json(manage(PROJECTS + "/fields")));
        assertEquals(
                "{\"thresholds\":{\"default\":0.4,\"dog\":0.6},\"mapping\":{\"dog\":\"Hund\"},\"max\":50,"
                        + "\"geometry\":\"polygon\",\"format\":\"labelbox\",\"formatOptions\":{\"globalKey\":\"row-1\"}}",
                TestServer.json(manage(PROJECTS + "/fields/versions/1"))
                        .path("spec")
                        .toString());
        assertEquals(
                second,
                TestServer.json(server.get("/v1/projects")).path("projects").path(0));
        assertEquals(
                "fields@1",
                TestServer.json(server.get("/v1/projects/fields@1")).path("ref").asText());
    }

    @Test
    void project_thatOtherServersDoNotKnowYet_namesThem() {
        server.backend.behind = List.of("b-5678");
        assertEquals(
                "[\"b-5678\"]",
                TestServer.json(set("fields", "max: 7")).path("behind").toString());
    }

    @Test
    void document_thatIsWrong_isRefusedWithItsField() {
        assertEquals("ARGUMENT_INVALID max", problem(set("fields", "max: 0")));
        assertEquals("ARGUMENT_INVALID thresholds.dog", problem(set("fields", "thresholds: {dog: 2}")));
        assertEquals("ARGUMENT_INVALID outlines", problem(set("fields", "outlines: {}")));
        assertEquals("ARGUMENT_INVALID project", problem(set("fields", "{")));
        assertEquals("FORMAT_UNKNOWN format", problem(set("fields", "format: labelbxo")));
        assertEquals(
                "ARGUMENT_INVALID format-options",
                problem(set("fields", "format: labelbox\nformatOptions: {globalkey: a}")));
        assertEquals("ARGUMENT_INVALID project", problem(set("Fields", "max: 1")));
        assertEquals(0, TestServer.json(manage(PROJECTS)).path("projects").size());
    }

    @Test
    void project_thatIsNotThere_isNotFound() {
        assertEquals("PROJECT_NOT_FOUND project", problem(manage(PROJECTS + "/fields")));
        assertEquals("PROJECT_NOT_FOUND project", problem(manage(PROJECTS + "/fields/versions/x")));
        assertEquals("PROJECT_NOT_FOUND project", problem(server.get("/v1/projects/fields@2")));
        assertEquals(
                "PROJECT_NOT_FOUND project",
                problem(server.post("/v1/models/coco/prelabels?project=fields", "application/octet-stream", IMAGE)));
        assertEquals(
                "ARGUMENT_INVALID project",
                problem(server.post(
                        "/v1/models/coco/prelabels?project=fields@newest", "application/octet-stream", IMAGE)));
    }

    @Test
    void validation_saysWhatDoesNotFit() {
        set("fields", "mapping: {dog: Hund, cow: Kuh}");

        assertEquals(
                "{\"project\":\"fields@1\",\"model\":\"coco@2\",\"fits\":false,\"unmapped\":[\"cat\"],\"unknownClasses\":[\"cow\"],\"unknownLabels\":[\"Hund\"],"
                        + "\"unusedLabels\":[\"Katze\"]}",
                TestServer.json(validate("fields@1", "{\"model\": \"coco\", \"labels\": [\"Katze\"]}"))
                        .toString());
        assertEquals("ARGUMENT_INVALID model", problem(validate("fields", "{}")));
    }

    @Test
    void request_thatNamesAProject_hasItsWishesFormatAndVersion() {
        set("fields", FIELDS);
        PrelabelRequest request = prelabel("project=fields");

        LabelingSpec labeling = request.labeling();
        assertEquals("fields@1", labeling.project());
        assertEquals(Map.of("dog", "Hund"), labeling.mapping());
        assertEquals(Optional.of(0.4), labeling.threshold());
        assertEquals(Map.of("dog", 0.6), labeling.thresholds());
        assertEquals(50, labeling.max());
        assertEquals(Optional.of(GeometryKind.POLYGON), labeling.geometry());
        assertEquals(Optional.of(new FormatChoice("labelbox", Map.of("globalKey", "row-1"))), request.written());
    }

    @Test
    void request_overridesItsProject() {
        set("fields", FIELDS);
        set("fields", "max: 7");
        PrelabelRequest request =
                prelabel("project=fields@1&threshold=0.2&max=300&geometry=native&format-options=globalKey:row-2");

        assertEquals("fields@1", request.labeling().project());
        assertEquals(Optional.of(0.2), request.labeling().threshold());
        assertEquals(Map.of(), request.labeling().thresholds());
        assertEquals(300, request.labeling().max());
        assertEquals(Optional.empty(), request.labeling().geometry());
        assertEquals(Optional.of(new FormatChoice("labelbox", Map.of("globalKey", "row-2"))), request.written());

        assertEquals(
                "fields@1",
                server.post("/v1/models/coco/prelabels?project=fields@1", "application/octet-stream", IMAGE)
                        .headers()
                        .firstValue("firstpass-project")
                        .orElseThrow());
        server.backend.requests.clear();
        PrelabelRequest other = prelabel("project=fields@1&format=firstpass");
        assertEquals(Optional.of(new FormatChoice("firstpass", Map.of())), other.written());
    }
}
