package dev.firstpass.registry.manifest;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;

/// What can be told of a stage's input from the model file alone: a model with one input of rank 4 feeds it with
/// images, and the axis of extent 1 or 3 holds the channels.
///
/// Pure.
final class SignatureLayer {
    private static final String ORIGIN = "the model's input";

    /// Rows in one run where the model leaves its batch axis open.
    private static final int OPEN_BATCH = 16;

    private SignatureLayer() {}

    static ManifestDocument of(String stage, ModelSignature signature) {
        if (signature.rowInputs().size() != 1) {
            return ofMade(stage);
        }
        TensorInfo input = signature.rowInputs().getFirst();
        ManifestDocument.Builder layer = new ManifestDocument.Builder(ORIGIN)
                .put(ManifestKey.stage(stage, "input", "name"), JsonNodeFactory.instance.textNode(input.name()))
                .put(
                        ManifestKey.stage(stage, "input", "dtype"),
                        JsonNodeFactory.instance.textNode(ManifestGrammar.word(input.type())));
        if (input.type() == ElementType.UINT8) {
            layer.put(ManifestKey.stage(stage, "input", "scale"), JsonNodeFactory.instance.numberNode(1.0));
        }
        image(layer, stage, input.shape());
        return layer.build();
    }

    /// Of a stage that takes no pixels, or of which nobody knows which input takes them: its rows run one by one.
    static ManifestDocument ofMade(String stage) {
        return new ManifestDocument.Builder("default")
                .put(ManifestKey.stage(stage, "batching", "max"), JsonNodeFactory.instance.numberNode(1))
                .build();
    }

    private static void image(ManifestDocument.Builder layer, String stage, Shape shape) {
        long batch = shape.rank() == 0 ? 1 : shape.extent(0);
        layer.put(
                ManifestKey.stage(stage, "batching", "max"),
                JsonNodeFactory.instance.numberNode(batch == Shape.DYNAMIC ? OPEN_BATCH : Math.max(1, (int) batch)));
        boolean first = shape.rank() == 4 && isChannels(shape.extent(1));
        boolean last = shape.rank() == 4 && isChannels(shape.extent(3));
        if (first == last) {
            return;
        }
        layer.put(
                ManifestKey.stage(stage, "input", "layout"),
                JsonNodeFactory.instance.textNode(first ? "NCHW" : "NHWC"));
        long height = shape.extent(first ? 2 : 1);
        long width = shape.extent(first ? 3 : 2);
        if (shape.extent(first ? 1 : 3) == 1) {
            layer.put(ManifestKey.stage(stage, "input", "color"), JsonNodeFactory.instance.textNode("GRAY"));
        }
        if (height > 0 && width > 0) {
            layer.put(
                    ManifestKey.stage(stage, "input", "size"),
                    JsonNodeFactory.instance.arrayNode().add((int) width).add((int) height));
        }
    }

    private static boolean isChannels(long extent) {
        return extent == 1 || extent == 3;
    }
}
