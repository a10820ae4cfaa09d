package dev.firstpass.server.runtime.batch;

import dev.firstpass.server.call.Waiter;
import dev.firstpass.server.runtime.device.Row;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.supervision.Quarantine;

/// A row and what the queue may know of who waits for it.
///
/// Immutable.
///
/// @param input what the row was made from, should it have to be refused from now on
public record BatchItem(Row row, Waiter waiter, Quarantine.Key input) {
    RowOutline outline() {
        return new RowOutline(
                row.tensors().stream().map(BatchTensor::shape).toList(),
                row.block().segment().byteSize(),
                waiter);
    }
}
