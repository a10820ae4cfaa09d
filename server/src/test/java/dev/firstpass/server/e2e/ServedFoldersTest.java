package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `serve --model-dir` as a process of its own, on the layouts of other model servers.
final class ServedFoldersTest {
    @TempDir
    private Path temp = Path.of("");

    @Test
    void serve_ofAFolderOfModels_servesThoseThatWork() throws Exception {
        Path models = temp.resolve("models");
        SizedModel.write(folder(models.resolve("plain")).resolve("model.onnx"), 1, 4096);
        SizedModel.write(folder(models.resolve("numbered/2")).resolve("model.onnx"), 2, 4096);
        SizedModel.write(folder(models.resolve("numbered/1")).resolve("model.onnx"), 3, 4096);
        Files.writeString(folder(models.resolve("broken")).resolve("model.onnx"), "no model");

        try (JavaProcess server = serve(models)) {
            String ready = server.read();
            assertTrue(ready.startsWith("ready http://"), ready);
            URI address = URI.create(ready.substring("ready ".length())).resolve("/v1/models");
            try (HttpClient client = HttpClient.newHttpClient()) {
                String listed = client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString())
                        .body();
                assertEquals(
                        List.of("numbered", "plain"),
                        new JsonMapper().readTree(listed).path("models").findValuesAsText("name"));
            }
            assertTrue(server.errors().contains("--model-dir: broken cannot be registered: "), server.errors());
        }
    }

    private JavaProcess serve(Path models) throws IOException {
        return JavaProcess.start(
                JavaProcess.command(
                        List.of("-Xmx256m"),
                        "dev.firstpass.server.cli.Main",
                        "serve",
                        "--data",
                        temp.resolve("data").toString(),
                        "--port=0",
                        "--admin-port=0",
                        "--isolation=in-process",
                        "--model-dir",
                        models.toString()),
                Map.of("ORT_DISABLE_TELEMETRY", "1", "MALLOC_ARENA_MAX", "2", "HOME", temp.toString()),
                temp.resolve("err"));
    }

    private static Path folder(Path folder) throws IOException {
        return Files.createDirectories(folder);
    }
}
