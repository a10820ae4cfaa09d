package dev.firstpass.postprocess.tensor;

import java.util.List;
import java.util.Optional;

/// The outputs that one row got from one stage. The caller that received it closes it, once; afterwards its tensors
/// may not be touched.
///
/// Thread-safe for reading until closed.
public interface RawOutputs extends AutoCloseable {
    /// All outputs, in the model file's order.
    List<Tensor> tensors();

    default Optional<Tensor> tensor(String name) {
        return tensors().stream().filter(tensor -> tensor.name().equals(name)).findFirst();
    }

    /// Gives the memory back. Never throws.
    @Override
    void close();
}
