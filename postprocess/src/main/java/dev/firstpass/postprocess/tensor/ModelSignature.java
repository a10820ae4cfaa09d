package dev.firstpass.postprocess.tensor;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a model file says of itself: inputs and outputs in the file's order, and its free-form metadata.
///
/// Immutable.
public record ModelSignature(List<TensorInfo> inputs, List<TensorInfo> outputs, Map<String, String> metadata) {
    public ModelSignature {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        metadata = Map.copyOf(metadata);
    }

    public Optional<TensorInfo> input(String name) {
        return named(inputs, name);
    }

    public Optional<TensorInfo> output(String name) {
        return named(outputs, name);
    }

    /// The input that tells the model the size of its image, which whoever runs it fills in where nobody else does.
    public Optional<TensorInfo> sizeInput() {
        return SizeInput.among(inputs);
    }

    /// The inputs that rows fill: all others.
    public List<TensorInfo> rowInputs() {
        return sizeInput()
                .map(size ->
                        inputs.stream().filter(input -> !input.equals(size)).toList())
                .orElse(inputs);
    }

    private static Optional<TensorInfo> named(List<TensorInfo> tensors, String name) {
        return tensors.stream().filter(tensor -> tensor.name().equals(name)).findFirst();
    }
}
