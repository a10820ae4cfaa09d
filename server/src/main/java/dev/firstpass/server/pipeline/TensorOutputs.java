package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.family.OutputInvalidException;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.server.runtime.batch.RowOutputs;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/// Puts rows' outputs together again, without copying them.
///
/// Pure functions.
final class TensorOutputs {
    private TensorOutputs() {}

    /// @param rows in the order of the request, one at least
    /// @param places of those wanted; all where it is empty
    /// @throws OutputInvalidException if an output's rows do not make one tensor
    static List<TensorOutput> of(TensorModel model, List<RowOutputs> rows, List<Integer> places) {
        List<TensorInfo> declared = model.signature().outputs();
        if (places.isEmpty()) {
            return IntStream.range(0, declared.size())
                    .mapToObj(place -> joined(declared.get(place), rows, place))
                    .toList();
        }
        return places.stream()
                .map(place -> joined(declared.get(place), rows, place))
                .toList();
    }

    private static TensorOutput joined(TensorInfo declared, List<RowOutputs> rows, int place) {
        Tensor first = tensor(rows.getFirst(), place);
        // What does not depend on the rows is the same with each of them.
        boolean hasRows = declared.shape().rank() > 0 && declared.shape().extent(0) == Shape.DYNAMIC;
        if (rows.size() == 1 || !hasRows) {
            return new TensorOutput(first.name(), first.type(), first.shape(), List.of(first.data()));
        }
        long extent = 0;
        for (RowOutputs row : rows) {
            Shape shape = tensor(row, place).shape();
            if (shape.rank() != first.shape().rank()
                    || !shape.withBatch(0).equals(first.shape().withBatch(0))) {
                throw new OutputInvalidException("output " + first.name() + ": rows of shapes " + first.shape()
                        + " and " + shape + " make no tensor (send one row in a request)");
            }
            extent += shape.extent(0);
        }
        List<MemorySegment> parts =
                rows.stream().map(row -> tensor(row, place).data()).toList();
        return new TensorOutput(first.name(), first.type(), first.shape().withBatch(extent), parts);
    }

    private static Tensor tensor(RowOutputs row, int place) {
        return row.raw().tensors().get(place);
    }
}
