package dev.firstpass.server.runtime.batch;

import dev.firstpass.server.call.Deadline;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/// How a lane's runs kept the deadlines that callers named: counts of rows.
///
/// Thread-safe; one thread counts.
final class Punctuality {
    private final LongAdder begunLate = new LongAdder();
    private final LongAdder endedLate = new LongAdder();

    /// Counts the rows of a run that has been on the device.
    ///
    /// @param begunNanos when it was handed to the device
    void ran(List<Ticket> batch, long begunNanos, long endedNanos) {
        for (int i = 0; i < batch.size(); i++) {
            Deadline deadline = batch.get(i).item().waiter().deadline();
            if (!deadline.isAsked()) {
                continue;
            }
            if (deadline.atNanos() - begunNanos < 0) {
                begunLate.increment();
            } else if (deadline.atNanos() - endedNanos < 0) {
                endedLate.increment();
            }
        }
    }

    long begunLate() {
        return begunLate.sum();
    }

    long endedLate() {
        return endedLate.sum();
    }
}
