package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryEvent;
import dev.firstpass.registry.Rollout;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.config.RuntimeConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Versions go back and out of service over HTTP, in a whole server, and it tells who did what.
final class VersionsInServiceTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder = Path.of("");

    private final HttpClient http = HttpClient.newHttpClient();
    private FirstpassServer server;

    @BeforeEach
    void start() throws Exception {
        server = FirstpassServer.start(folder.resolve("data"), DemoServer.ON_LOOPBACK, RuntimeConfig.forCores(2));
        for (int number = 1; number <= 3; number++) {
            Path file = SizedModel.write(folder.resolve("offered.onnx"), number, 1 << 16);
            var registration =
                    server.runtime().register(new ModelName("m"), file, Optional.empty(), ProgressListener.NONE);
            assertEquals("", registration.failure());
        }
    }

    @AfterEach
    void stop() {
        server.close();
        http.shutdownNow();
    }

    @Test
    void alias_rolledBackTwice_isAnsweredByTheVersionsBefore() throws Exception {
        promote(2);
        promote(3);
        assertEquals(3, answeredBy("m"));

        assertEquals(
                2,
                manage("POST", "models/m/aliases/production:rollback")
                        .path("version")
                        .asInt());
        assertEquals(2, answeredBy("m"));
        assertEquals(
                1,
                manage("POST", "models/m/aliases/production:rollback")
                        .path("version")
                        .asInt());
        assertEquals(1, answeredBy("m"));
        JsonNode refused = manage("POST", "models/m/aliases/production:rollback");
        assertEquals("PRECONDITION_FAILED", refused.path("reason").asText());
        assertEquals(1, answeredBy("m"));
    }

    @Test
    void version_retired_isUnloadedAndRefusedUntilItIsRegisteredAgain() throws Exception {
        assertEquals(2, answeredBy("m@2"));

        assertEquals(
                "RETIRED",
                manage("POST", "models/m/versions/2:retire").path("state").asText());
        assertEquals("VERSION_NOT_FOUND", ask("m@2").path("reason").asText());
        assertTrue(server.runtime().models().loadedVersions().stream().noneMatch(ref -> ref.number() == 2));
        assertEquals(
                "IN_USE",
                manage("POST", "models/m/versions/1:retire").path("reason").asText());
        assertEquals(1, answeredBy("m"));

        registerAgain(2);
        assertEquals(2, answeredBy("m@2"));

        // Who registers it again is quicker than who retires it.
        try (var _ = server.runtime().registry().subscribe(event -> {
            if (event instanceof RegistryEvent.StateChanged(ModelVersion version)
                    && version.state() == ModelVersion.State.RETIRED) {
                registerAgain(2);
            }
        })) {
            var _ = manage("POST", "models/m/versions/2:retire");
        }
        assertEquals(2, answeredBy("m@2"));
    }

    private void registerAgain(int number) {
        Path again;
        try {
            again = SizedModel.write(folder.resolve("offered.onnx"), number, 1 << 16);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var _ = server.runtime().register(new ModelName("m"), again, Optional.empty(), ProgressListener.NONE);
    }

    /// Old versions go through the command's own way to a server.
    @Test
    void versions_pruned_areUnloadedAndGoneAndOthersServeOn() throws Exception {
        promote(3);
        assertEquals(2, answeredBy("m@2"));
        Path second = server.runtime().registry().resolve(ModelRef.parse("m@2")).directory();
        HttpResponse<byte[]> response = http.send(
                HttpRequest.newBuilder(server.managementUrl().resolve("v1/registry/models/m:prune"))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString("{\"keep\": 0, \"dryRun\": false}"))
                        .build(),
                BodyHandlers.ofByteArray());

        assertEquals(
                List.of("m@1", "m@2"),
                JSON.readTree(response.body())
                        .path("versions")
                        .valueStream()
                        .map(version -> version.path("ref").asText())
                        .toList());
        assertFalse(Files.exists(second));
        assertEquals("VERSION_NOT_FOUND", ask("m@2").path("reason").asText());
        assertTrue(server.runtime().models().loadedVersions().stream().noneMatch(ref -> ref.number() < 3));
        assertEquals(3, answeredBy("m"));
        assertEquals(
                "PRECONDITION_FAILED",
                manage("POST", "models/m/aliases/production:rollback")
                        .path("reason")
                        .asText());
        assertEquals(3, answeredBy("m"));
    }

    @Test
    void bundle_inPieces_isRegisteredAndServes_andLeavesNothing() throws Exception {
        Path model = SizedModel.write(folder.resolve("piece.onnx"), 4, 1 << 16);
        byte[] zip = zip("weeds/model.onnx", Files.readAllBytes(model));
        String upload = send("POST", "uploads", "application/json", "{\"length\": " + zip.length + "}")
                .path("id")
                .asText();
        int half = zip.length / 2;
        append(upload, 0, Arrays.copyOf(zip, half));
        append(upload, half, Arrays.copyOfRange(zip, half, zip.length));
        JsonNode operation =
                send("POST", "models/m/versions?wait=0", "application/json", "{\"upload\": \"" + upload + "\"}");
        JsonNode done = manage("GET", "operations/" + operation.path("id").asText() + "?wait=30s");

        assertEquals("DONE", done.path("state").asText(), done::toString);
        assertEquals("m@4", done.path("result").path("ref").asText());
        assertEquals(4, answeredBy("m@4"));
        try (Stream<Path> left = Files.walk(folder.resolve("data/staging"))) {
            assertEquals(List.of(), left.filter(Files::isRegularFile).toList());
        }
    }

    private static byte[] zip(String name, byte[] bytes) throws IOException {
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(zipped)) {
            zip.putNextEntry(new ZipEntry(name));
            zip.write(bytes);
            zip.closeEntry();
        }
        return zipped.toByteArray();
    }

    private void append(String upload, int offset, byte[] piece) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(server.managementUrl().resolve("/v1/registry/uploads/" + upload))
                .header("Content-Type", "application/octet-stream")
                .header("Upload-Offset", Integer.toString(offset))
                .method("PATCH", BodyPublishers.ofByteArray(piece))
                .build();
        HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
        assertEquals(204, answer.statusCode(), answer::body);
    }

    private JsonNode send(String method, String path, String type, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(server.managementUrl().resolve("/v1/registry/" + path))
                .header("Content-Type", type)
                .method(method, BodyPublishers.ofString(body))
                .build();
        return JSON.readTree(http.send(request, BodyHandlers.ofByteArray()).body());
    }

    @Test
    void alias_rolledOut_isAnsweredByOneVersionOrTheOtherForEachAsset() throws Exception {
        rollOut("{\"canary\": 3, \"percent\": 50}");
        Rollout rollout = new Rollout(3, 50);
        for (int asset = 0; asset < 20; asset++) {
            assertEquals(rollout.meetsCanary(new ModelName("m"), "a" + asset) ? 3 : 1, answeredBy("m", "a" + asset));
        }

        ModelVersion canary = server.runtime().registry().resolve(ModelRef.parse("m@3"));
        damage(canary.file("main"));
        assertTrue(server.runtime().registry().check(canary).isPresent());
        for (int asset = 0; asset < 20; asset++) {
            assertEquals(1, answeredBy("m", "a" + asset), "the canary cannot serve");
        }
    }

    private void rollOut(String body) throws Exception {
        HttpResponse<byte[]> response = http.send(
                HttpRequest.newBuilder(server.managementUrl().resolve("v1/registry/models/m/rollouts/production"))
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofByteArray());
        assertEquals(200, response.statusCode());
    }

    @Test
    void version_thatFailedItsValidation_doesNotServe() throws Exception {
        Path file = SizedModel.write(folder.resolve("offered.onnx"), 4, 1 << 16);
        var _ = server.runtime()
                .registry()
                .register(
                        new ModelName("m"),
                        file,
                        _ -> {
                            throw new IllegalStateException("it finds nothing");
                        },
                        ProgressListener.NONE);

        assertEquals("MODEL_NOT_READY", ask("m@4").path("reason").asText());
        assertEquals("m@4: FAILED, it does not serve", ask("m@4").path("detail").asText());
        assertEquals(
                "it finds nothing",
                manage("GET", "models/m/versions/4").path("failure").asText());
    }

    /// The version is AVAILABLE and not loaded as it happens; one byte of its file becomes another.
    @Test
    void version_whoseFileWasDamaged_isNamedAndNotServedUntilItIsRegisteredAgain() throws Exception {
        ModelVersion second = server.runtime().registry().resolve(ModelRef.parse("m@2"));
        server.runtime().models().retire(second.ref()).join();
        damage(second.file("main"));

        assertEquals("MODEL_NOT_READY", ask("m@2").path("reason").asText());
        JsonNode shown = manage("GET", "models/m/versions/2");
        assertEquals("CORRUPT", shown.path("state").asText());
        assertEquals(
                "model.onnx is not what was registered", shown.path("failure").asText());
        assertEquals(1, answeredBy("m"), "others serve on");

        Path again = SizedModel.write(folder.resolve("offered.onnx"), 2, 1 << 16);
        var registration = server.runtime().register(second.name(), again, Optional.empty(), ProgressListener.NONE);
        assertEquals(2, registration.version().number());
        assertEquals("", registration.failure());
        assertEquals(2, answeredBy("m@2"));
    }

    private static void damage(Path file) throws Exception {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
    }

    @Test
    void audit_ofAllThat_tellsWhatWasDoneAndWhatWasRefused() throws Exception {
        promote(2);
        var _ = manage("POST", "models/m/aliases/production:rollback");
        var _ = manage("POST", "models/m/versions/1:retire");

        JsonNode audit = manage("GET", "audit?limit=1000");
        List<JsonNode> lines = audit.path("lines").valueStream().toList();
        assertEquals(
                List.of(
                        "alias production 1>2 done",
                        "rollback production 2>1 done",
                        "state 1 AVAILABLE>RETIRED refused: m@1 is what production names (expected: no alias)"),
                lines.subList(lines.size() - 3, lines.size()).stream()
                        .map(line -> line.path("action").asText() + " "
                                + line.path("subject").asText() + " "
                                + line.path("from").asText() + ">"
                                + line.path("to").asText() + " "
                                + line.path("result").asText())
                        .toList());
        assertEquals(lines.getLast().path("hash"), audit.path("head").path("hash"));
    }

    private void promote(long version) throws Exception {
        HttpResponse<byte[]> response = http.send(
                HttpRequest.newBuilder(server.managementUrl().resolve("v1/registry/models/m/aliases/production"))
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofString("{\"version\": " + version + "}"))
                        .build(),
                BodyHandlers.ofByteArray());
        assertEquals(200, response.statusCode());
    }

    private JsonNode manage(String method, String path) throws Exception {
        return JSON.readTree(http.send(
                        HttpRequest.newBuilder(server.managementUrl().resolve("v1/registry/" + path))
                                .method(method, BodyPublishers.noBody())
                                .build(),
                        BodyHandlers.ofByteArray())
                .body());
    }

    /// By what the version itself puts out.
    private int answeredBy(String ref) throws Exception {
        return answeredBy(ref, "dog.jpg");
    }

    private int answeredBy(String ref, String asset) throws Exception {
        JsonNode answer = ask(ref, asset);
        assertEquals(
                ModelRef.parse(ref).name().value(),
                answer.path("model").path("name").asText(),
                answer::toString);
        return SizedModel.numberOf(
                answer.path("annotations").path(0).path("score").asDouble());
    }

    private JsonNode ask(String ref) throws Exception {
        return ask(ref, "dog.jpg");
    }

    private JsonNode ask(String ref, String asset) throws Exception {
        return JSON.readTree(http.send(
                        HttpRequest.newBuilder(
                                        server.url().resolve("v1/models/" + ref + "/prelabels?asset-id=" + asset))
                                .header("Content-Type", "application/octet-stream")
                                .POST(BodyPublishers.ofByteArray(Goldens.photo("dog.jpg")))
                                .build(),
                        BodyHandlers.ofByteArray())
                .body());
    }
}
