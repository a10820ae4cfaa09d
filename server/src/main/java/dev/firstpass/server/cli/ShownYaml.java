package dev.firstpass.server.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.List;

/// Documents as people write them: YAML without quotes that nothing needs.
///
/// Pure function.
final class ShownYaml {
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .build();

    private ShownYaml() {}

    /// @return no line for a document that says nothing
    static List<String> lines(JsonNode document) {
        if (document.isEmpty()) {
            return List.of();
        }
        try {
            return YAML.writeValueAsString(document).lines().toList();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("document: cannot be written as YAML", e);
        }
    }
}
