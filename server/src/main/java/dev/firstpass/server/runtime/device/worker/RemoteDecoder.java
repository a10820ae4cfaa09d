package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.image.ImageException;
import dev.firstpass.server.runtime.device.Decoding;
import dev.firstpass.server.runtime.linux.SharedMemory;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;

/// One lane of decoding in one worker, as long as that lives. An asset's bytes are copied into memory of the channel
/// that is this lane's; its rows are made where they shall lie.
///
/// For one thread at a time. Who opened it closes it.
final class RemoteDecoder {
    /// The limits on images keep an honest decode far below this.
    private static final Duration LONGEST_DECODE = Duration.ofSeconds(30);

    /// As much of the lane's memory stays with it between assets.
    private static final long KEPT_BYTES = 1 << 20;

    private final WorkerProcess worker;
    private final int index;
    private final Slot slot;
    private final SharedMemory slab;
    private final SharedMemory channel;
    private final MemorySegment room;
    private final LongSupplier nanoClock;

    /// @param room the lane's part of the channel, beginning on a page
    RemoteDecoder(
            WorkerProcess worker,
            int index,
            Slot slot,
            SharedMemory slab,
            SharedMemory channel,
            MemorySegment room,
            LongSupplier nanoClock) {
        this.worker = worker;
        this.index = index;
        this.slot = slot;
        this.slab = slab;
        this.channel = channel;
        this.room = room;
        this.nanoClock = nanoClock;
    }

    boolean isLost() {
        return worker.isLost();
    }

    /// @throws WorkerLostException if the worker ended over it, or had to be ended; it writes into no row any more then
    /// @throws ImageException if the bytes are at fault
    void decode(Decoding work) {
        try {
            send(work);
            switch (reply()) {
                case Reply.Done _ -> {}
                case Reply.Refused refused -> throw ImageFaults.exception(refused);
                case Reply.Failed failed ->
                    throw new IllegalStateException("decoding failed: " + RemoteSession.shown(failed.message()));
                case Reply.Ready _, Reply.Opened _, Reply.NeedMemory _, Reply.Holds _ ->
                    throw WorkerProcess.outOfTurn();
            }
        } catch (ProtocolException e) {
            throw worker.endBecause(e);
        } finally {
            forget(work.bytes().length);
        }
    }

    private void send(Decoding work) {
        List<Order.Target> rows = work.rows().stream()
                .map(row -> new Order.Target(row.part(), place(row.memory(), slab, Place.Memory.SLAB)))
                .toList();
        MemorySegment asset = lent(0, work.bytes());
        byte[] order =
                Messages.bytes(new Order.Decode(place(asset, channel, Place.Memory.CHANNEL), work.input(), rows));
        if (order.length > Slot.CAPACITY) {
            MemorySegment written = lent(work.bytes().length, order);
            slot.send(Messages.bytes(new Order.Elsewhere(place(written, channel, Place.Memory.CHANNEL))));
        } else {
            slot.send(order);
        }
    }

    private MemorySegment lent(long offset, byte[] bytes) {
        if (bytes.length > room.byteSize() - offset) {
            throw new ImageException.TooManyPixels(
                    "image: " + bytes.length + " bytes (expected: at most " + room.byteSize() + ")");
        }
        MemorySegment lent = room.asSlice(offset, bytes.length);
        lent.copyFrom(MemorySegment.ofArray(bytes));
        return lent;
    }

    private static Place place(MemorySegment part, SharedMemory memory, Place.Memory name) {
        return new Place(name, memory.offsetOf(part).orElseThrow(), part.byteSize());
    }

    private Reply reply() {
        long end = nanoClock.getAsLong() + LONGEST_DECODE.toNanos();
        return Messages.reply(slot.receive(() -> isLost() || nanoClock.getAsLong() > end)
                .orElseThrow(() -> isLost()
                        ? new WorkerLostException("it ended")
                        : worker.endBecause(new ProtocolException("an image takes longer than " + LONGEST_DECODE))));
    }

    /// A large asset's pages go back to the system.
    private void forget(long assetBytes) {
        if (assetBytes > KEPT_BYTES && !isLost()) {
            channel.discard(room.asSlice(KEPT_BYTES));
        }
    }

    void close() {
        worker.free(index);
    }
}
