package dev.firstpass.registry.importer;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Which part of a published graph becomes a model, and how it is named: the graph is cut at the input node, and only
/// what the outputs need is taken.
///
/// Immutable.
///
/// @param input where the model begins
/// @param outputs in the order the model gives them
/// @param metadata written into the file
public record GraphRecipe(Input input, List<Output> outputs, SortedMap<String, String> metadata) {
    public GraphRecipe {
        outputs = List.copyOf(outputs);
        metadata = Collections.unmodifiableSortedMap(new TreeMap<>(metadata));
        if (outputs.isEmpty()) {
            throw new IllegalArgumentException("outputs: none (expected: >= 1)");
        }
    }

    public GraphRecipe(Input input, List<Output> outputs, Map<String, String> metadata) {
        this(input, outputs, new TreeMap<>(metadata));
    }

    /// What a caller feeds in place of a node's output. It is cast to float32 where the graph needs that.
    ///
    /// @param node the graph node whose output it stands for
    /// @param name the name in the new model
    /// @param shape channels last; a dynamic first axis is the batch axis
    /// @param replaced what the nodes before the cut must be, so that leaving them out changes nothing
    public record Input(String node, String name, ElementType type, Shape shape, Replaced replaced) {}

    /// A check of the part that is cut away: it resizes to `height` x `width` as TensorFlow 1 did (bilinear, corners
    /// not aligned) and does nothing else to the pixels, so that it is the identity on rows of that size.
    ///
    /// @param resizeNode the node that resizes
    public record Replaced(String resizeNode, int height, int width) {}

    /// @param node the graph node, first output
    /// @param name the name in the new model
    public record Output(String node, String name) {}
}
