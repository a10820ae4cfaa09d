package dev.firstpass.registry.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;

/// The values of what neither the model file, nor a family, nor the user says. Only what is right for most models
/// has a default; where a wrong guess would quietly give wrong labels, [Questions] asks instead.
///
/// Pure.
final class DefaultLayer {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private DefaultLayer() {}

    /// @param said all other layers
    static ManifestDocument of(List<String> stages, ManifestDocument said) {
        ManifestDocument.Builder layer = new ManifestDocument.Builder("default");
        stages.forEach(stage -> addInput(layer, stage, said));
        return layer.put(ManifestKey.of("classes"), NODES.arrayNode())
                .put(ManifestKey.of("thresholds", "default"), NODES.numberNode(0.25))
                .put(ManifestKey.of("nms", "iou"), NODES.numberNode(0.5))
                .put(ManifestKey.of("nms", "perClass"), NODES.booleanNode(true))
                .put(ManifestKey.of("nms", "limit"), NODES.numberNode(300))
                .build();
    }

    private static void addInput(ManifestDocument.Builder layer, String stage, ManifestDocument said) {
        layer.put(ManifestKey.stage(stage, "name"), NODES.textNode(stage));
        if (ManifestBinder.isMade(said, stage)) {
            return;
        }
        int channels = channels(stage, said);
        layer.put(ManifestKey.stage(stage, "input", "resize"), NODES.textNode("letterbox"))
                .put(ManifestKey.stage(stage, "input", "sampling"), NODES.textNode("half-pixel"))
                .put(ManifestKey.stage(stage, "input", "padding"), NODES.numberNode(0))
                .put(ManifestKey.stage(stage, "input", "range"), NODES.textNode("full"))
                .put(ManifestKey.stage(stage, "input", "mean"), repeated(0, channels))
                .put(ManifestKey.stage(stage, "input", "std"), repeated(1, channels));
    }

    private static int channels(String stage, ManifestDocument said) {
        boolean isGray = said.get(ManifestKey.stage(stage, "input", "color"))
                .filter(color -> color.asText().equals("GRAY"))
                .isPresent();
        return said.get(ManifestKey.stage(stage, "input", "mean"))
                .or(() -> said.get(ManifestKey.stage(stage, "input", "std")))
                .map(JsonNode::size)
                .orElse(isGray ? 1 : 3);
    }

    private static ArrayNode repeated(double value, int times) {
        ArrayNode list = NODES.arrayNode();
        for (int i = 0; i < times; i++) {
            list.add(value);
        }
        return list;
    }
}
