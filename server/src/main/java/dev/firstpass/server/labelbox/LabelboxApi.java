package dev.firstpass.server.labelbox;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// The part of Labelbox's GraphQL interface by which predictions are imported into a project: model-assisted labeling. Files go as
/// the GraphQL multipart request has it: the parts `operations`, `map`, and the file.
///
/// Thread-safe; calls block, and none is tried again here. Who made it closes it.
final class LabelboxApi implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final JsonMapper JSON = new JsonMapper();

    private static final String CREATE = "createModelAssistedLabelingPredictionImport";
    private static final String FIND = "modelAssistedLabelingPredictionImport";

    private static final String CREATE_QUERY = "mutation Create($projectId: ID!, $name: String!, $file: Upload!,"
            + " $contentLength: Int!) { " + CREATE + "(data: {projectId: $projectId, name: $name,"
            + " filePayload: {file: $file, contentLength: $contentLength}}) { " + PredictionImport.FIELDS + " } }";

    private static final String FIND_QUERY = "query Find($projectId: ID!, $name: String!) { " + FIND
            + "(where: {projectId: $projectId, name: $name}) { " + PredictionImport.FIELDS + " } }";

    private static final int TOO_MANY_REQUESTS = 429;
    private static final int FIRST_SERVER_ERROR = 500;

    private final URI endpoint;
    private final String key;
    private final Duration timeout;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    /// @param key is sent to `endpoint` and to nobody else
    /// @param timeout of a call, beyond what sending a file takes
    LabelboxApi(URI endpoint, String key, Duration timeout) {
        this.endpoint = endpoint;
        this.key = key;
        this.timeout = timeout;
    }

    /// The import of that name, if the project has one.
    ///
    /// @throws LabelboxException if Labelbox refuses or cannot be reached
    Optional<PredictionImport> find(String project, String name) throws InterruptedException {
        ObjectNode operation = operation(FIND_QUERY, project, name);
        HttpRequest request = toLabelbox()
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(bytes(operation)))
                .build();
        return answer(request, FIND).map(PredictionImport::of);
    }

    /// Begins an import.
    ///
    /// @throws LabelboxException if Labelbox refuses or cannot be reached; in the second case it may have begun
    PredictionImport create(String project, String name, RowFile file, Chunk chunk) throws InterruptedException {
        String fileName = project + "__" + name + ".ndjson";
        ObjectNode operation = operation(CREATE_QUERY, project, name);
        ObjectNode variables = (ObjectNode) operation.path("variables");
        variables.putNull("file");
        variables.put("contentLength", chunk.bytes());
        ObjectNode map = JSON.createObjectNode();
        map.putArray(fileName).add("variables.file");
        String boundary = "firstpass-"
                + HexFormat.of().toHexDigits(RandomGenerator.getDefault().nextLong());
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        part(head, boundary, "name=\"operations\"", "application/json", bytes(operation));
        part(head, boundary, "name=\"map\"", "application/json", bytes(map));
        String disposition = "name=\"" + fileName + "\"; filename=\"" + fileName + "\"";
        head.writeBytes(partHead(boundary, disposition, "application/x-ndjson"));
        byte[] tail = ascii("\r\n--" + boundary + "--\r\n");
        BodyPublisher body = BodyPublishers.fromPublisher(
                BodyPublishers.concat(
                        BodyPublishers.ofByteArray(head.toByteArray()),
                        BodyPublishers.ofInputStream(() -> file.open(chunk)),
                        BodyPublishers.ofByteArray(tail)),
                head.size() + chunk.bytes() + tail.length);
        HttpRequest request = toLabelbox()
                .header("Content-Type", "multipart/form-data; boundary=" + boundary)
                .POST(body)
                .build();
        return answer(request, CREATE)
                .map(PredictionImport::of)
                .orElseThrow(() -> LabelboxException.strange("it began no import and does not say why"));
    }

    /// Rows of a file about an import that were refused. The key is not sent there.
    ///
    /// @throws LabelboxException if it cannot be had
    List<Refused> refused(URI file) throws InterruptedException {
        if (!isSafe(file)) {
            throw LabelboxException.strange("an address of a file that is neither https nor on this machine");
        }
        HttpRequest request = HttpRequest.newBuilder(file).timeout(timeout).build();
        List<Refused> refused = new ArrayList<>();
        HttpResponse<InputStream> response = send(request, "the list of refused rows");
        try (InputStream body = response.body();
                var rows = JSON.readerFor(JsonNode.class).<JsonNode>readValues(body)) {
            while (rows.hasNextValue()) {
                JsonNode row = rows.nextValue();
                if (Refused.isRefused(row)) {
                    refused.add(Refused.of(row));
                }
            }
        } catch (JacksonException _) {
            throw LabelboxException.strange("a list of refused rows that is no JSON");
        } catch (IOException e) {
            throw LabelboxException.passing("the connection broke: " + e.getMessage());
        }
        return refused;
    }

    /// Whether something that is secret may be sent to an address.
    static boolean isSafe(URI address) {
        String host = Optional.ofNullable(address.getHost()).orElse("");
        return switch (Optional.ofNullable(address.getScheme()).orElse("")) {
            case "https" -> !host.isEmpty();
            case "http" -> host.equals("127.0.0.1") || host.equals("localhost") || host.equals("[::1]");
            default -> false;
        };
    }

    private HttpRequest.Builder toLabelbox() {
        return HttpRequest.newBuilder(endpoint)
                .timeout(timeout)
                .header("Authorization", "Bearer " + key)
                .header("Accept", "application/json")
                .header("User-Agent", "firstpass-cli");
    }

    private static ObjectNode operation(String query, String project, String name) {
        ObjectNode operation = JSON.createObjectNode();
        operation.put("query", query);
        operation.putObject("variables").put("projectId", project).put("name", name);
        return operation;
    }

    /// What a field of the answer has; empty where it is null, or Labelbox says that it is not there.
    private Optional<JsonNode> answer(HttpRequest request, String field) throws InterruptedException {
        JsonNode answer;
        try (InputStream body = send(request, "Labelbox").body()) {
            answer = JSON.readTree(body);
        } catch (JacksonException _) {
            throw LabelboxException.strange("its answer is no JSON");
        } catch (IOException e) {
            throw LabelboxException.passing("the connection broke: " + e.getMessage());
        }
        JsonNode error = answer.path("errors").path(0);
        if (!error.isMissingNode()) {
            String code = error.path("extensions").path("code").asText();
            if (code.equals("RESOURCE_NOT_FOUND")) {
                return Optional.empty();
            }
            throw failure(code, error.path("message").asText("without a reason"));
        }
        if (!answer.path("data").isObject()) {
            throw LabelboxException.strange("its answer has no data");
        }
        return Optional.of(answer.path("data").path(field)).filter(JsonNode::isObject);
    }

    private LabelboxException failure(String code, String message) {
        String shown = "Labelbox refused: " + withoutKey(message) + (code.isEmpty() ? "" : " (" + code + ")");
        return switch (code) {
            case "API_LIMIT", "TOO_MANY_REQUESTS", "TIMEOUT", "SERVICE_UNAVAILABLE" -> LabelboxException.passing(shown);
            default -> LabelboxException.refused(shown);
        };
    }

    private HttpResponse<InputStream> send(HttpRequest request, String whom) throws InterruptedException {
        HttpResponse<InputStream> response;
        try {
            response = client.send(request, BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw LabelboxException.passing("no answer from " + request.uri().getHost() + ": "
                    + Optional.ofNullable(e.getMessage()).orElse(e.getClass().getSimpleName()));
        }
        int status = response.statusCode();
        if (status / 100 == 2) {
            return response;
        }
        String said = said(response);
        String shown = whom + " answered with status " + status + said;
        throw status == TOO_MANY_REQUESTS || status >= FIRST_SERVER_ERROR
                ? LabelboxException.passing(shown)
                : LabelboxException.refused(shown);
    }

    /// The first words of a refusal.
    private String said(HttpResponse<InputStream> response) {
        try (InputStream body = response.body()) {
            String text = new String(body.readNBytes(300), StandardCharsets.UTF_8)
                    .replaceAll("\\p{Cntrl}+", " ")
                    .strip();
            return text.isEmpty() ? "" : ": " + withoutKey(text);
        } catch (IOException _) {
            return "";
        }
    }

    private String withoutKey(String text) {
        return text.replace(key, "***");
    }

    private static void part(
            ByteArrayOutputStream out, String boundary, String disposition, String type, byte[] content) {
        out.writeBytes(partHead(boundary, disposition, type));
        out.writeBytes(content);
        out.writeBytes(ascii("\r\n"));
    }

    private static byte[] partHead(String boundary, String disposition, String type) {
        return ascii("--" + boundary + "\r\nContent-Disposition: form-data; " + disposition + "\r\nContent-Type: "
                + type + "\r\n\r\n");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] bytes(JsonNode json) {
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
