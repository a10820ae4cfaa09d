package dev.firstpass.server.runtime.batch;

import dev.firstpass.postprocess.tensor.RawOutputs;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.server.runtime.engine.BatchTensor;
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

    /// The share of row `index` in a batch of `rows`, as [RowShares] has it.
    static SharedOutputs of(List<BatchTensor> outputs, int index, int rows, SharedBlock block) {
        return new SharedOutputs(RowShares.of(outputs, index, rows), block);
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
