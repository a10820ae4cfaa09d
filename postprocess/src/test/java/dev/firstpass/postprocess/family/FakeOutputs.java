package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.RawOutputs;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// Outputs on the heap, which notice when they are closed.
///
/// Mutable, for one thread.
final class FakeOutputs implements RawOutputs {
    private final List<Tensor> tensors = new ArrayList<>();
    private boolean closed;

    FakeOutputs with(String name, Shape shape, float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        tensors.add(new Tensor(name, ElementType.FLOAT32, shape, MemorySegment.ofArray(bytes.array())));
        return this;
    }

    FakeOutputs with(Tensor tensor) {
        tensors.add(tensor);
        return this;
    }

    @Override
    public List<Tensor> tensors() {
        return List.copyOf(tensors);
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        closed = true;
    }
}
