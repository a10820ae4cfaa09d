package dev.firstpass.server.runtime.batch;

import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.call.Waiter;
import dev.firstpass.server.runtime.device.Row;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.supervision.Quarantine;
import java.util.List;

/// A row and what the queue may know of it and of who waits for it.
///
/// Immutable.
///
/// @param outline of the row; rows of one request may share it
/// @param input what the row was made from, should it have to be refused from now on
public record BatchItem(Row row, RowOutline outline, Quarantine.Key input) {
    /// A row that nobody has made an outline of before.
    public BatchItem(Row row, Waiter waiter, Quarantine.Key input) {
        this(row, new RowOutline(shapes(row), row.block().segment().byteSize(), waiter), input);
    }

    private static List<Shape> shapes(Row row) {
        return row.tensors().size() == 1
                ? List.of(row.tensors().getFirst().shape())
                : row.tensors().stream().map(BatchTensor::shape).toList();
    }

    /// Who waits for it.
    public Waiter waiter() {
        return outline.waiter();
    }
}
