package dev.firstpass.postprocess.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// A copy of outputs on the heap, for those that outlive the run that they came from. Nobody has to give it back.
///
/// Immutable.
public final class KeptOutputs implements RawOutputs {
    private final List<Tensor> tensors;

    private KeptOutputs(List<Tensor> tensors) {
        this.tensors = tensors;
    }

    /// @param outputs copied; not closed
    /// @throws IllegalArgumentException if one of them is too large for the heap: 2 GiB
    public static KeptOutputs of(RawOutputs outputs) {
        return new KeptOutputs(outputs.tensors().stream().map(KeptOutputs::copy).toList());
    }

    private static Tensor copy(Tensor tensor) {
        if (tensor.data().byteSize() > Integer.MAX_VALUE - Long.BYTES) {
            throw new IllegalArgumentException("output " + tensor.name() + ": "
                    + tensor.data().byteSize() + " bytes (expected: less than 2 GiB where it is kept)");
        }
        byte[] bytes = tensor.data().toArray(ValueLayout.JAVA_BYTE);
        return new Tensor(tensor.name(), tensor.type(), tensor.shape(), MemorySegment.ofArray(bytes));
    }

    @Override
    public List<Tensor> tensors() {
        return tensors;
    }

    /// Bytes of all tensors.
    public long byteSize() {
        return tensors.stream().mapToLong(tensor -> tensor.data().byteSize()).sum();
    }

    /// Does nothing.
    @Override
    public void close() {}
}
