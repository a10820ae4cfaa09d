package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.linux.SharedMemory;
import java.lang.foreign.ValueLayout;

/// A worker's side of a slot, as orders.
///
/// For one thread.
final class SlotReader {
    private final Slot slot;
    private final SharedMemory slab;
    private final SharedMemory channel;

    SlotReader(Slot slot, SharedMemory slab, SharedMemory channel) {
        this.slot = slot;
        this.slab = slab;
        this.channel = channel;
    }

    /// Waits for the next order. The server does not go away: this process ends with it.
    Order next() {
        Order order = Messages.order(slot.receive(() -> false).orElseThrow());
        return order instanceof Order.Elsewhere(Place place)
                ? Messages.order(place.in(slab, channel).toArray(ValueLayout.JAVA_BYTE))
                : order;
    }
}
