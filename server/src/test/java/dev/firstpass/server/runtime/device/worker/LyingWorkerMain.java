package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.server.runtime.linux.DescriptorOutput;
import dev.firstpass.server.runtime.linux.ParentProcess;
import dev.firstpass.server.runtime.linux.SharedMemory;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/// A worker that doubles numbers until it meets [#POISON]; it then does what the model file says, one of [Lie].
final class LyingWorkerMain {
    static final float POISON = 13;

    private static final int LENGTH_AT = 64;
    private static final int MANY = 99;
    private static final byte[] NOISE = new byte[100];

    private final SharedMemory slab;
    private final SharedMemory channel;
    private final Frames control;

    private LyingWorkerMain(SharedMemory slab, SharedMemory channel, Frames control) {
        this.slab = slab;
        this.channel = channel;
        this.control = control;
    }

    public static void main(String[] arguments) throws IOException {
        Arrays.fill(NOISE, (byte) 0x7f);
        var _ = ParentProcess.dieWith(Long.parseLong(arguments[0]));
        try (OutputStream answers = DescriptorOutput.ofStdout();
                SharedMemory slab = SharedMemory.of(Integer.parseInt(arguments[1]), Long.parseLong(arguments[2]));
                SharedMemory channel = SharedMemory.of(Integer.parseInt(arguments[3]), Long.parseLong(arguments[4]))) {
            ParentProcess.sendStdoutToStderr();
            new LyingWorkerMain(slab, channel, new Frames(System.in, answers)).work();
        }
    }

    private void work() throws IOException {
        Thread.ofPlatform().daemon().start(this::beat);
        control.send(Messages.bytes(new Reply.Ready(new WallState(List.of("whatever"), List.of()))));
        long held = 0;
        while (true) {
            Order order = Messages.order(control.receive());
            if (order instanceof Order.Measure) {
                control.send(Messages.bytes(new Reply.Holds(held)));
                held = Long.MAX_VALUE;
            } else if (order instanceof Order.Open open) {
                Lie lie = Lie.valueOf(Files.readString(open.file()));
                Thread.ofPlatform().daemon().start(() -> serve(open.slot(), lie));
                TensorInfo input = new TensorInfo("x", ElementType.FLOAT32, Shape.of(Shape.DYNAMIC, 1));
                control.send(Messages.bytes(new Reply.Opened(new ModelSignature(
                        List.of(input), List.of(new TensorInfo("y", ElementType.FLOAT32, input.shape())), Map.of()))));
            } else {
                control.send(Messages.bytes(new Reply.Done(List.of())));
            }
        }
    }

    private void beat() {
        while (true) {
            Pulse.beat(Channel.pulse(channel));
            LockSupport.parkNanos(Pulse.PERIOD.toNanos());
        }
    }

    private void serve(int index, Lie lie) {
        Slot slot = Channel.slot(channel, index);
        while (true) {
            Order order = receive(slot);
            if (order instanceof Order.Run run) {
                run(slot, index, run, lie);
            } else {
                slot.send(Messages.bytes(new Reply.Done(List.of())));
            }
        }
    }

    private static Order receive(Slot slot) {
        return Messages.order(slot.receive(() -> false).orElseThrow());
    }

    private void run(Slot slot, int index, Order.Run run, Lie lie) {
        Order.Input input = run.inputs().getFirst();
        MemorySegment rows = input.place().in(slab, channel);
        float[] values = rows.toArray(ValueLayout.JAVA_FLOAT);
        for (float value : values) {
            if (value == POISON) {
                lie(slot, index, lie, rows.byteSize());
                return;
            }
        }
        MemorySegment output = run.memory().isEmpty()
                ? memory(slot, rows.byteSize())
                : run.memory().getFirst().in(slab, channel);
        for (int i = 0; i < values.length; i++) {
            output.setAtIndex(ValueLayout.JAVA_FLOAT, i, 2 * values[i]);
        }
        done(slot, 0, input.shape());
    }

    private MemorySegment memory(Slot slot, long bytes) {
        slot.send(Messages.bytes(new Reply.NeedMemory(bytes)));
        return ((Order.Memory) receive(slot)).place().in(slab, channel);
    }

    private static void done(Slot slot, int grant, Shape shape) {
        slot.send(Messages.bytes(new Reply.Done(List.of(new Reply.Output(grant, shape)))));
    }

    private void lie(Slot slot, int index, Lie lie, long bytes) {
        switch (lie) {
            case TOO_LONG -> sendLength(slot, index, Slot.CAPACITY + 1);
            case NEGATIVE_LENGTH -> sendLength(slot, index, -1);
            case GARBAGE -> slot.send(NOISE);
            case OUT_OF_TURN -> slot.send(Messages.bytes(new Reply.Ready(new WallState(List.of(), List.of()))));
            case NEEDS_TOO_MUCH -> slot.send(Messages.bytes(new Reply.NeedMemory(Long.MAX_VALUE)));
            case NEEDS_LESS_THAN_NOTHING -> slot.send(Messages.bytes(new Reply.NeedMemory(-1)));
            case NEEDS_FOR_EVER -> {
                while (true) {
                    var _ = memory(slot, bytes);
                }
            }
            case NO_OUTPUT -> slot.send(Messages.bytes(new Reply.Done(List.of())));
            case OTHER_MEMORY -> {
                var _ = memory(slot, bytes);
                done(slot, MANY, Shape.of(1, 1));
            }
            case OTHER_SHAPE -> {
                var _ = memory(slot, bytes);
                done(slot, 0, Shape.of(7, 1));
            }
            case ENDLESS_SHAPE -> {
                var _ = memory(slot, bytes);
                done(slot, 0, Shape.of(1L << 40, 1L << 40));
            }
            case SILENCE -> LockSupport.park();
            case SCRIBBLES -> {
                var _ = memory(slot, bytes);
                slab.segment().fill((byte) 0x7f);
                channel.segment().asSlice(0, Channel.STAGING_AT).fill((byte) 0x7f);
                LockSupport.park();
            }
        }
    }

    /// A message whose length is another than it says: written by hand, over and over, since the server may read it
    /// before the length is there.
    private void sendLength(Slot slot, int index, int length) {
        slot.send(NOISE);
        MemorySegment memory = channel.segment().asSlice((long) index * Slot.BYTES, Slot.BYTES);
        while (true) {
            memory.set(ValueLayout.JAVA_INT, LENGTH_AT, length);
        }
    }
}
