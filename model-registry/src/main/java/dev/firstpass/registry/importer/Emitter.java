package dev.firstpass.registry.importer;

import dev.firstpass.registry.importer.Value.Computed;
import dev.firstpass.registry.importer.Value.Layout;
import dev.firstpass.registry.importer.Value.Sizes;
import dev.firstpass.registry.importer.Value.Weights;
import dev.firstpass.registry.onnx.proto.AttributeProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Writes ONNX nodes for [OpConverters] and keeps track of axis order. TensorFlow has the channels last, ONNX
/// convolutions want them first: a tensor is transposed only where an operation needs the other order, and each
/// tensor at most once each way.
///
/// For one thread.
final class Emitter {
    private static final List<Long> TO_CHANNELS_FIRST = List.of(0L, 3L, 1L, 2L);
    private static final List<Long> TO_CHANNELS_LAST = List.of(0L, 2L, 3L, 1L);

    private final OnnxGraphBuilder graph;
    private final String batchTensor;
    private final Map<String, Computed> transposed = new HashMap<>();

    /// @param batchTensor a tensor whose first extent is the batch size
    Emitter(OnnxGraphBuilder graph, String batchTensor) {
        this.graph = graph;
        this.batchTensor = batchTensor;
    }

    /// A node on plain tensors; the result has `extents`.
    Computed plain(String op, String hint, List<String> inputs, List<Dim> extents, AttributeProto... attributes) {
        return new Computed(graph.node(op, hint, inputs, attributes), extents, Layout.PLAIN);
    }

    /// A node whose result is stored channels first; `extents` are still in TensorFlow's order.
    Computed channelsFirst(
            String op, String hint, List<String> inputs, List<Dim> extents, AttributeProto... attributes) {
        return new Computed(graph.node(op, hint, inputs, attributes), extents, Layout.CHANNELS_FIRST);
    }

    /// A node that works element by element: layout and shape stay.
    Computed elementwise(String op, String hint, Computed input, List<String> more) {
        List<String> inputs = new ArrayList<>(List.of(input.tensor()));
        inputs.addAll(more);
        return new Computed(graph.node(op, hint, inputs), input.extents(), input.layout());
    }

    /// `value` as a tensor of the graph, in whatever layout it has.
    Computed tensor(Value value, String hint) {
        return switch (value) {
            case Computed computed -> computed;
            case Weights weights ->
                new Computed(
                        graph.constant(hint, weights.data(), weights.shape()),
                        weights.extents().stream().map(Dim::of).toList(),
                        Layout.PLAIN);
            case Sizes sizes ->
                throw new UnsupportedGraphException(
                        "input: integers " + sizes.values() + " (expected: a float tensor)");
        };
    }

    /// `value` as a tensor with TensorFlow's axis order.
    Computed plain(Value value, String hint) {
        Computed tensor = tensor(value, hint);
        return tensor.layout() == Layout.PLAIN ? tensor : transpose(tensor, TO_CHANNELS_LAST, Layout.PLAIN);
    }

    /// `value`, which has rank 4, as a tensor with channels first.
    Computed channelsFirst(Value value, String hint) {
        Computed tensor = tensor(value, hint);
        if (tensor.rank() != 4) {
            throw new UnsupportedGraphException("input: rank " + tensor.rank() + " (expected: 4)");
        }
        return tensor.layout() == Layout.CHANNELS_FIRST
                ? tensor
                : transpose(tensor, TO_CHANNELS_FIRST, Layout.CHANNELS_FIRST);
    }

    private Computed transpose(Computed tensor, List<Long> permutation, Layout layout) {
        return transposed.computeIfAbsent(
                tensor.tensor(),
                source -> new Computed(
                        graph.node(
                                "Transpose",
                                source + (layout == Layout.PLAIN ? "/nhwc" : "/nchw"),
                                List.of(source),
                                OnnxGraphBuilder.attribute("perm", permutation)),
                        tensor.extents(),
                        layout));
    }

    String constant(String hint, float[] values, long... shape) {
        return graph.constant(hint, values, shape);
    }

    String vector(String hint, long... values) {
        return graph.vector(hint, values);
    }

    String scalar(String hint, long value) {
        return graph.scalar(hint, value);
    }

    /// `sizes` as an int64 vector of the graph: a constant, or computed from the batch size at run time.
    String sizes(Sizes sizes, String hint) {
        if (sizes.values().stream().noneMatch(Dim::timesBatch)) {
            return graph.vector(
                    hint, sizes.values().stream().mapToLong(Dim::factor).toArray());
        }
        List<String> parts = new ArrayList<>();
        for (Dim value : sizes.values()) {
            parts.add(value.timesBatch() ? timesBatch(value.factor()) : graph.vector(hint + "/part", value.factor()));
        }
        return graph.node("Concat", hint, parts, OnnxGraphBuilder.attribute("axis", 0));
    }

    private String timesBatch(long factor) {
        String shape = graph.node("Shape", "batch/shape", List.of(batchTensor));
        String batch = graph.node(
                "Slice", "batch/size", List.of(shape, graph.vector("batch/from", 0), graph.vector("batch/to", 1)));
        return factor == 1
                ? batch
                : graph.node("Mul", "batch/times", List.of(batch, graph.vector("batch/factor", factor)));
    }
}
