package dev.firstpass.server.runtime.batch;

import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.RawOutputs;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.server.runtime.engine.BatchTensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/// One row's share of a batch's outputs.
///
/// Thread-safe for reading until closed; a second close does nothing.
final class SharedOutputs implements RawOutputs {
    private final List<Tensor> tensors;
    private final SharedBlock block;
    private final AtomicBoolean closed = new AtomicBoolean();

    private SharedOutputs(List<Tensor> tensors, SharedBlock block) {
        this.tensors = tensors;
        this.block = block;
    }

    /// The share of row `index` in a batch of `rows`. An output whose first axis is not the batch (a constant, say)
    /// goes to every row whole.
    static SharedOutputs of(List<BatchTensor> outputs, int index, int rows, SharedBlock block) {
        return new SharedOutputs(
                outputs.stream().map(output -> share(output, index, rows)).toList(), block);
    }

    private static Tensor share(BatchTensor output, int index, int rows) {
        Shape shape = output.shape();
        if (shape.rank() == 0 || shape.extent(0) != rows) {
            return new Tensor(output.name(), output.type(), shape, output.data());
        }
        return new Tensor(output.name(), output.type(), shape.withBatch(1), part(output, index, rows));
    }

    private static MemorySegment part(BatchTensor output, int index, int rows) {
        if (!output.type().isFixedSize()) {
            long strings = output.shape().elements() / rows;
            return PackedStrings.part(output.data(), index * strings, strings);
        }
        long bytes = output.data().byteSize() / rows;
        return output.data().asSlice(index * bytes, bytes);
    }

    @Override
    public List<Tensor> tensors() {
        if (closed.get()) {
            throw new IllegalStateException("outputs were closed");
        }
        return tensors;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            block.release();
        }
    }
}
