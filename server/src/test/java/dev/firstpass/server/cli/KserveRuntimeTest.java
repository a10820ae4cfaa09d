package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.firstpass.server.config.ServerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The manifest in helm/kserve says what the command line and the doors understand.
final class KserveRuntimeTest {
    private static final Path MANIFEST = Path.of("../helm/kserve/clusterservingruntime.yaml");

    private final FakeParts parts = new FakeParts();

    @TempDir
    private Path models = Path.of("");

    @TempDir
    private Path data = Path.of("");

    private static JsonNode spec() throws IOException {
        return new YAMLMapper().readTree(Files.readString(MANIFEST)).path("spec");
    }

    private static JsonNode container() throws IOException {
        return spec().path("containers").path(0);
    }

    @Test
    void arguments_areThoseOfServe() throws IOException {
        List<String> arguments = new ArrayList<>();
        container()
                .path("args")
                .forEach(argument -> arguments.add(argument.asText()
                        .replace("/mnt/models", models.toString())
                        .replace("/var/lib/firstpass", data.toString())
                        .replace("{{.Name}}", "weeds")));
        arguments.add("--exit-when-ready");

        CommandRun run = CommandRun.of(parts, arguments.toArray(String[]::new));

        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        ServerSettings settings = parts.started.getFirst().settings();
        assertEquals(data, parts.started.getFirst().data());
        assertEquals(Optional.of(models), settings.modelDir());
        assertEquals(Optional.of("weeds"), settings.modelName());
        assertEquals("0.0.0.0", settings.listening().data().host());
        Map<String, Integer> ports = new TreeMap<>();
        container()
                .path("ports")
                .forEach(port -> ports.put(
                        port.path("name").asText(), port.path("containerPort").asInt()));
        assertEquals(
                Map.of(
                        "http1", settings.listening().data().port(),
                        "h2c", settings.listening().grpcPort().orElseThrow()),
                ports);
        assertEquals(
                Integer.toString(settings.listening().management().port()),
                spec().path("annotations").path("prometheus.kserve.io/port").asText());
    }

    @Test
    void container_isCalledAsKserveWantsIt() throws IOException {
        assertEquals("kserve-container", container().path("name").asText());
        assertEquals(1, spec().path("containers").size());
        assertEquals(
                List.of("onnx", "tensorflow"),
                spec().path("supportedModelFormats").findValuesAsText("name"));
    }
}
