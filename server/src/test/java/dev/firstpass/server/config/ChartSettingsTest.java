package dev.firstpass.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Keeps the settings that the chart's schema lets through what the server knows. With `-Dfirstpass.regenerate=true` it
/// writes them there instead.
class ChartSettingsTest {
    private static final Path SCHEMA = Path.of("..", "helm", "firstpass", "values.schema.json");
    private static final String COMMAND =
            "mvn -pl server -am test -Dtest=ChartSettingsTest -Dsurefire.failIfNoSpecifiedTests=false"
                    + " -Dfirstpass.regenerate=true";

    private static final Pattern EITHER = Pattern.compile("[a-z-]+(, [a-z-]+)* or [a-z-]+");

    /// Those that the chart decides by values of its own, and secrets, which stand in no values.
    private static final Set<String> DECIDED = Set.of(
            "data",
            "registry.database",
            "registry.database-user",
            "registry.database-password-file",
            "registry.database-password",
            "registry.bucket",
            "registry.bucket-endpoint",
            "registry.bucket-region",
            "host",
            "port",
            "admin-host",
            "admin-port",
            "grpc-port",
            "security.tls.certificate",
            "security.tls.key",
            "host-names",
            "model-dir",
            "limits.timeout",
            "limits.max-timeout",
            "drain.delay",
            "drain.limit",
            "label-studio.token");

    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private static ObjectNode settings() {
        ObjectNode root = mapping();
        for (Setting<?> setting : ServerSettings.KNOWN) {
            if (!DECIDED.contains(setting.key())) {
                List<String> levels = List.of(setting.key().split("\\.", -1));
                ObjectNode at = root;
                for (String level : levels.subList(0, levels.size() - 1)) {
                    ObjectNode below = (ObjectNode) at.path("properties");
                    if (!below.has(level)) {
                        below.set(level, mapping());
                    }
                    at = (ObjectNode) below.path(level);
                }
                ((ObjectNode) at.path("properties")).set(levels.getLast(), value(setting));
            }
        }
        return root;
    }

    private static ObjectNode mapping() {
        ObjectNode mapping = JSON.createObjectNode().put("type", "object").put("additionalProperties", false);
        mapping.putObject("properties");
        return mapping;
    }

    private static ObjectNode value(Setting<?> setting) {
        String expected = setting.kind().expected();
        ObjectNode value = JSON.createObjectNode();
        if (setting.kind().equals(SettingKind.FLAG)) {
            value.put("type", "boolean");
        } else if (EITHER.matcher(expected).matches()) {
            var _ = value.putArray("enum");
            for (String word : expected.split(", | or ", -1)) {
                value.withArray("enum").add(word);
            }
        } else if (expected.startsWith("a whole number")) {
            value.put("type", "integer");
        } else if (expected.startsWith("a duration")) {
            value.put("type", "string").put("pattern", "^[0-9]+ ?(ms|s|m|h)$");
        } else if (expected.startsWith("bytes")) {
            value.put("pattern", "^[0-9]+ ?([kMG]?B|[KMG]iB)?$")
                    .putArray("type")
                    .add("string")
                    .add("integer");
        } else if (expected.contains("list")) {
            value.putArray("type").add("string").add("array");
            value.putObject("items").put("type", "string");
        } else {
            value.put("type", "string");
        }
        return value.put("description", setting.purpose());
    }

    private static String schema(ObjectNode found) throws IOException {
        ((ObjectNode) found.path("properties")).set("settings", settings());
        return JSON.writeValueAsString(found) + "\n";
    }

    @Test
    void schema_letsThroughWhatTheServerKnows() throws IOException {
        if (Boolean.getBoolean("firstpass.regenerate")) {
            Files.writeString(SCHEMA, schema((ObjectNode) JSON.readTree(Files.readString(SCHEMA))));
        }
        JsonNode found =
                JSON.readTree(Files.readString(SCHEMA)).path("properties").path("settings");

        assertEquals(
                JSON.writeValueAsString(settings()),
                JSON.writeValueAsString(found),
                SCHEMA + " is not what ServerSettings says; run: " + COMMAND);
    }

    @Test
    void settingsThatTheChartDecides_exist() {
        Set<String> unknown = new TreeSet<>(DECIDED);
        ServerSettings.KNOWN.forEach(setting -> unknown.remove(setting.key()));

        assertEquals(Set.of(), unknown);
    }
}
