package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.image.ImageException;
import dev.firstpass.server.runtime.device.Decoding;
import dev.firstpass.server.runtime.device.LocalRowDecoder;
import dev.firstpass.server.runtime.linux.SharedMemory;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// One lane of a worker that decodes: makes rows as its slot says, until that says to close.
///
/// For one thread.
final class DecodingServer {
    private final SlotReader reader;
    private final Slot slot;
    private final LocalRowDecoder decoder;
    private final SharedMemory slab;
    private final SharedMemory channel;

    /// @param decoder of this lane alone; closed with it
    DecodingServer(Slot slot, LocalRowDecoder decoder, SharedMemory slab, SharedMemory channel) {
        this.reader = new SlotReader(slot, slab, channel);
        this.slot = slot;
        this.decoder = decoder;
        this.slab = slab;
        this.channel = channel;
    }

    void serve() {
        try (decoder) {
            serveUntilClosed();
        }
    }

    private void serveUntilClosed() {
        boolean open = true;
        while (open) {
            switch (reader.next()) {
                case Order.Decode decode -> slot.send(Messages.bytes(decoded(decode)));
                case Order.Close _ -> {
                    slot.send(Messages.bytes(new Reply.Done(List.of())));
                    open = false;
                }
                case Order.Open _,
                        Order.OpenDecoder _,
                        Order.Run _,
                        Order.Elsewhere _,
                        Order.Memory _,
                        Order.NoMemory _,
                        Order.Measure _ -> throw new ProtocolException("an order out of turn");
            }
        }
    }

    private Reply decoded(Order.Decode order) {
        try {
            decoder.decode(new Decoding(
                    order.asset().in(slab, channel).toArray(ValueLayout.JAVA_BYTE),
                    order.input(),
                    order.rows().stream()
                            .map(row ->
                                    new Decoding.Target(row.part(), row.place().in(slab, channel)))
                            .toList()));
            return new Reply.Done(List.of());
        } catch (ImageException e) {
            return ImageFaults.reply(e);
        } catch (RuntimeException | LinkageError e) {
            return Worker.failed(e);
        }
    }
}
