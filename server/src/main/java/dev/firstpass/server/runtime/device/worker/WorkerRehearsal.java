package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.runtime.device.TinyImage;
import dev.firstpass.server.runtime.engine.GraphFiles;
import dev.firstpass.server.runtime.engines.TinyModel;
import dev.firstpass.server.runtime.linux.SharedMemory;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Everything that a worker does, once, in a process of its own without walls: with that JavaCPP unpacks its libraries,
/// which a walled worker cannot, and Java learns which classes it needs for a quick start. It sees no model and
/// no image but tiny ones of ours, and ends as programs end.
///
/// For one thread.
public final class WorkerRehearsal {
    private static final int BYTES = 1 << 20;
    private static final int ROW_BYTES = 2 * Float.BYTES;

    private final SharedMemory slab;
    private final SharedMemory channel;
    private final Frames control;
    private final Slot slot;

    private WorkerRehearsal(SharedMemory slab, SharedMemory channel, Frames control) {
        this.slab = slab;
        this.channel = channel;
        this.control = control;
        this.slot = Channel.slot(channel, 0);
    }

    /// @param arguments role; a folder for a model
    public static void main(String[] arguments) throws IOException, InterruptedException {
        WorkerRole role = WorkerRole.valueOf(arguments[0]);
        Path folder = Path.of(arguments[1]);
        // Not closed: the worker's threads may still be on their way out of it when all is said. It goes with the
        // process.
        SharedMemory slab = SharedMemory.create("firstpass-rehearsal", BYTES);
        SharedMemory channel = SharedMemory.create("firstpass-rehearsal", Channel.STAGING_AT + BYTES);
        try (PipedOutputStream orders = new PipedOutputStream();
                PipedInputStream taken = new PipedInputStream(orders);
                PipedOutputStream answers = new PipedOutputStream();
                PipedInputStream heard = new PipedInputStream(answers)) {
            WallState none = new WallTrial(folder).run(List.of("a rehearsal"));
            Worker worker = new Worker(slab, channel, new Frames(taken, answers), none, WorkerMain::engines);
            Thread thread = Thread.ofPlatform().start(() -> serve(worker, role));
            try (orders) {
                new WorkerRehearsal(slab, channel, new Frames(heard, orders)).play(role, folder);
            }
            thread.join();
        }
    }

    private static void serve(Worker worker, WorkerRole role) {
        try {
            worker.serve(role, 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void play(WorkerRole role, Path folder) throws IOException {
        expect(Reply.Ready.class, Messages.reply(control.receive()));
        switch (role) {
            case ONNX -> infer(EngineKind.ONNX, folder);
            case TENSORFLOW -> infer(EngineKind.TENSORFLOW, folder);
            case DECODER -> decode();
        }
        expect(Reply.Done.class, said(new Order.Close()));
        slab.discard(slab.segment());
    }

    private void infer(EngineKind engine, Path folder) throws IOException {
        Path model = TinyModel.write(engine, folder);
        control.send(Messages.bytes(new Order.Open(
                0, engine, model, new GraphFiles(Optional.empty(), Optional.of(folder.resolve("graph"))))));
        expect(Reply.Opened.class, Messages.reply(control.receive()));
        Place row = new Place(Place.Memory.SLAB, 0, ROW_BYTES);
        expect(
                Reply.NeedMemory.class,
                said(new Order.Run(
                        List.of(new Order.Input("x", ElementType.FLOAT32, Shape.of(1, 2), row)), List.of(), true)));
        expect(Reply.Done.class, said(new Order.Memory(new Place(Place.Memory.SLAB, ROW_BYTES, ROW_BYTES))));
    }

    private void decode() throws IOException {
        control.send(Messages.bytes(new Order.OpenDecoder(0, ImageLimits.DEFAULT)));
        expect(Reply.Done.class, Messages.reply(control.receive()));
        byte[] image = TinyImage.png();
        Place asset = new Place(Place.Memory.CHANNEL, Channel.STAGING_AT, image.length);
        asset.in(slab, channel).copyFrom(MemorySegment.ofArray(image));
        Order.Target row =
                new Order.Target(new RowSource.Whole(), new Place(Place.Memory.SLAB, 0, TinyImage.PIXELS.size()));
        expect(Reply.Done.class, said(new Order.Decode(asset, TinyImage.ROW, List.of(row))));
    }

    private Reply said(Order order) {
        slot.send(Messages.bytes(order));
        return Messages.reply(slot.receive(() -> false).orElseThrow());
    }

    private static void expect(Class<? extends Reply> kind, Reply reply) {
        if (!kind.isInstance(reply)) {
            throw new IllegalStateException("reply: " + reply + " (expected: " + kind.getSimpleName() + ")");
        }
    }
}
