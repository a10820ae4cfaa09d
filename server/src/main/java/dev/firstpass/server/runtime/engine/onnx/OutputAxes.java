package dev.firstpass.server.runtime.engine.onnx;

import ai.onnxruntime.NodeInfo;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/// What a file tells of the axes of its outputs that it leaves open: their names, and which of them are open in the inputs as well.
///
/// Immutable.
record OutputAxes(List<Axis> inputs, List<Axis> outputs) {
    /// An open one.
    ///
    /// @param name empty where the file gives it none
    /// @param at its place among the tensor's
    record Axis(String name, int at) {}

    OutputAxes(Collection<NodeInfo> inputs, Collection<NodeInfo> outputs) {
        this(open(inputs), open(outputs));
    }

    private static List<Axis> open(Collection<NodeInfo> nodes) {
        return nodes.stream().flatMap(OutputAxes::open).toList();
    }

    private static Stream<Axis> open(NodeInfo node) {
        if (!(node.getInfo() instanceof ai.onnxruntime.TensorInfo tensor)) {
            return Stream.empty();
        }
        long[] shape = tensor.getShape();
        String[] names = tensor.getDimensionNames();
        Stream.Builder<Axis> axes = Stream.builder();
        for (int at = 0; at < shape.length; at++) {
            if (shape[at] == Shape.DYNAMIC) {
                axes.add(new Axis(at < names.length ? names[at] : "", at));
            }
        }
        return axes.build();
    }

    /// Whether every open axis of the outputs may follow from the inputs' shapes: one of the same name is open there, or it is the first and
    /// the only input's first is open, or that input has open sides, from which anything may be worked out. Else it is values that an
    /// axis depends on: how many objects were found, or the size of a picture that another input tells.
    ///
    /// @param rowInputs that are filled with data, as opposed to what follows from them
    boolean followInputs(List<TensorInfo> rowInputs) {
        boolean isOnly = rowInputs.size() == 1;
        boolean hasOpenSides = isOnly && openSides(rowInputs.getFirst().shape());
        boolean hasOpenRows = isOnly
                && rowInputs.getFirst().shape().rank() > 0
                && rowInputs.getFirst().shape().extent(0) == Shape.DYNAMIC;
        return hasOpenSides
                || outputs.stream().allMatch(axis -> isNamedInInputs(axis.name()) || (axis.at() == 0 && hasOpenRows));
    }

    private static boolean openSides(Shape shape) {
        return Arrays.stream(shape.toArray()).skip(1).anyMatch(extent -> extent == Shape.DYNAMIC);
    }

    private boolean isNamedInInputs(String name) {
        return !name.isEmpty() && inputs.stream().anyMatch(axis -> axis.name().equals(name));
    }
}
