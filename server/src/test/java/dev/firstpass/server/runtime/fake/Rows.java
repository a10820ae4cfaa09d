package dev.firstpass.server.runtime.fake;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.call.Waiter;
import dev.firstpass.server.runtime.batch.BatchItem;
import dev.firstpass.server.runtime.device.Region;
import dev.firstpass.server.runtime.device.Row;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.supervision.Quarantine;
import java.lang.foreign.ValueLayout;
import java.time.Duration;

/// Makes rows of one float.
public final class Rows {
    private Rows() {}

    public static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(20), System::nanoTime);
    }

    public static BatchItem item(Slab slab, float value) {
        return item(slab, value, soon());
    }

    public static BatchItem item(Slab slab, float value, Deadline deadline) {
        Region.Block block = slab.rows().tryAllocate(Float.BYTES).orElseThrow();
        block.segment().set(ValueLayout.JAVA_FLOAT, 0, value);
        Row row = Row.of(FakeSession.INPUT, ElementType.FLOAT32, Shape.of(1, 1), block);
        return new BatchItem(row, new Waiter(deadline, Priority.INTERACTIVE, Caller.LOCAL), key(value));
    }

    /// What a row of this value is known by, should it be quarantined.
    public static Quarantine.Key key(float value) {
        return new Quarantine.Key.OfVersion(Float.toString(value), "version");
    }
}
