package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.linux.NativeHeap;
import dev.firstpass.server.runtime.linux.SharedMemory;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// One session of a worker: runs batches as its slot says, until that says to close.
///
/// For one thread, apart from `lookAtRun`. Owns the session.
final class SlotServer {
    private final Slot slot;
    private final SlotReader reader;
    private final EngineSession session;
    private final Background background;
    private final Traffic traffic;
    private final Courtesy courtesy;
    private final SharedMemory slab;
    private final SharedMemory channel;
    private final Object running = new Object();
    /// The number of the run under way; 0 while there is none.
    private int run;

    /// @param background where a warm-up is run while `traffic` says that others have runs
    SlotServer(
            Slot slot,
            EngineSession session,
            Background background,
            Traffic traffic,
            SharedMemory slab,
            SharedMemory channel) {
        this.slot = slot;
        this.reader = new SlotReader(slot, slab, channel);
        this.session = session;
        this.background = background;
        this.traffic = traffic;
        this.courtesy = new Courtesy(traffic);
        this.slab = slab;
        this.channel = channel;
    }

    void serve() {
        boolean open = true;
        while (open) {
            switch (reader.next()) {
                case Order.Run order -> slot.send(Messages.bytes(run(order)));
                case Order.Close _ -> {
                    slot.send(Messages.bytes(closed()));
                    open = false;
                }
                case Order.Open _,
                        Order.OpenDecoder _,
                        Order.Decode _,
                        Order.Elsewhere _,
                        Order.Memory _,
                        Order.NoMemory _,
                        Order.Measure _ -> throw new ProtocolException("an order out of turn");
            }
        }
    }

    /// Has the run under way end soon if the server asks for it, and be helped if it has yielded to others for long
    /// enough. For any thread, several times a second.
    void lookAtRun() {
        synchronized (running) {
            if (run != 0 && slot.isAskedToEnd(run)) {
                var _ = session.interrupt();
            }
        }
        if (courtesy.isExhausted()) {
            session.endWarmUp();
        }
    }

    private void running(int number) {
        synchronized (running) {
            run = number;
        }
    }

    private Reply run(Order.Run order) {
        running(slot.number());
        try {
            return order.warmUp() ? warmedUp(order) : requested(order);
        } finally {
            running(0);
        }
    }

    private Reply warmedUp(Order.Run order) {
        if (courtesy.isDue()) {
            return background.run(() -> outputs(order));
        }
        session.endWarmUp();
        return outputs(order);
    }

    private Reply requested(Order.Run order) {
        session.endWarmUp();
        traffic.began();
        try {
            return outputs(order);
        } finally {
            traffic.ended();
        }
    }

    private Reply outputs(Order.Run order) {
        try {
            Grants grants = new Grants(
                    order.memory().stream()
                            .map(place -> place.in(slab, channel))
                            .toList(),
                    this::granted);
            List<BatchTensor> inputs = order.inputs().stream()
                    .map(input -> new BatchTensor(
                            input.name(),
                            input.type(),
                            input.shape(),
                            input.place().in(slab, channel)))
                    .toList();
            return new Reply.Done(session.run(inputs, grants).stream()
                    .map(output -> new Reply.Output(grants.numberOf(output), output.shape()))
                    .toList());
        } catch (RuntimeException | LinkageError e) {
            return Worker.failed(e);
        }
    }

    private MemorySegment granted(long bytes) {
        slot.send(Messages.bytes(new Reply.NeedMemory(bytes)));
        return switch (reader.next()) {
            case Order.Memory memory -> memory.place().in(slab, channel);
            case Order.NoMemory _ -> throw new IllegalStateException("no memory for " + bytes + " bytes");
            case Order.Open _,
                    Order.OpenDecoder _,
                    Order.Decode _,
                    Order.Elsewhere _,
                    Order.Run _,
                    Order.Close _,
                    Order.Measure _ -> throw new ProtocolException("an order out of turn");
        };
    }

    private Reply closed() {
        try {
            session.close();
            NativeHeap.trim();
            return new Reply.Done(List.of());
        } catch (RuntimeException | LinkageError e) {
            return Worker.failed(e);
        }
    }
}
