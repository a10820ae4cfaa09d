package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.runtime.engine.BatchTensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How large a model's outputs are for inputs of the same shapes, learned from runs, so that a worker need not ask.
/// A model whose outputs differ from one run to the next is found by that, and its worker asks from then on.
///
/// For one thread at a time.
final class LearnedSizes {
    /// Bounds what a stream of odd sizes can make us keep.
    private static final int MOST_SHAPES = 512;

    private final Map<List<Shape>, List<Long>> sizes = new HashMap<>();
    private boolean varies;

    /// In the order of the outputs; empty where nothing is known.
    List<Long> of(List<BatchTensor> inputs) {
        return varies ? List.of() : sizes.getOrDefault(shapes(inputs), List.of());
    }

    void learn(List<BatchTensor> inputs, List<BatchTensor> outputs) {
        if (varies || sizes.size() >= MOST_SHAPES) {
            return;
        }
        List<Long> found =
                outputs.stream().map(output -> output.data().byteSize()).toList();
        List<Long> known = sizes.putIfAbsent(shapes(inputs), found);
        varies = known != null && !known.equals(found);
    }

    private static List<Shape> shapes(List<BatchTensor> inputs) {
        return inputs.stream().map(BatchTensor::shape).toList();
    }
}
