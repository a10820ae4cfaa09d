package dev.firstpass.server.runtime.batch;

import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.server.runtime.engine.BatchTensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// What of a run's outputs is which row's. An output whose first axis is not the batch (a constant, say) goes to every
/// row whole.
///
/// Pure functions.
public final class RowShares {
    private RowShares() {}

    /// One row's tensors, as views of the outputs' memory.
    ///
    /// @param index of the row
    /// @param rows in the run
    public static List<Tensor> of(List<BatchTensor> outputs, int index, int rows) {
        return outputs.stream().map(output -> share(output, index, rows)).toList();
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
}
