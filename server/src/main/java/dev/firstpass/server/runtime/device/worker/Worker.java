package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.image.CodecRehearsal;
import dev.firstpass.server.image.ImageDecoder;
import dev.firstpass.server.runtime.device.LocalRowDecoder;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.linux.NativeHeap;
import dev.firstpass.server.runtime.linux.SharedMemory;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/// What a worker does: opens models as it is told and gives each a thread that serves its slot.
///
/// For one thread.
final class Worker {
    private final SharedMemory slab;
    private final SharedMemory channel;
    private final Frames control;
    private final WallState walls;
    private final Loader loader;
    private final Set<SlotServer> servers = ConcurrentHashMap.newKeySet();
    private final Traffic traffic = new Traffic(System::nanoTime);
    private boolean sealed;

    /// @param walls around this process, for the server to know
    /// @param loader of what the role needs
    Worker(SharedMemory slab, SharedMemory channel, Frames control, WallState walls, Loader loader) {
        this.slab = slab;
        this.channel = channel;
        this.control = control;
        this.walls = walls;
        this.loader = loader;
    }

    /// Returns when nobody gives orders any more.
    ///
    /// @param threads that one run may use
    void serve(WorkerRole role, int threads) throws IOException {
        Thread.ofPlatform().name("pulse").daemon().start(this::beat);
        Background background = role == WorkerRole.ONNX ? Background.yielding() : Background.none();
        List<Engine> engines;
        try {
            engines = loader.load(role, threads);
            engines.forEach(engine -> engine.expect(slab.segment()));
        } catch (EngineException e) {
            control.send(Messages.bytes(failed(e)));
            return;
        }
        control.send(Messages.bytes(new Reply.Ready(walls)));
        try {
            while (true) {
                control.send(Messages.bytes(reply(Messages.order(control.receive()), engines, background)));
            }
        } catch (EOFException _) {
            // The server has closed the pipe.
        }
    }

    /// Says that this process lives, and looks whether a run is to end; neither waits for a model that is opened or
    /// run.
    private void beat() {
        MemorySegment pulse = Channel.pulse(channel);
        while (true) {
            Pulse.beat(pulse);
            servers.forEach(SlotServer::lookAtRun);
            LockSupport.parkNanos(Pulse.PERIOD.toNanos());
        }
    }

    private Reply reply(Order order, List<Engine> engines, Background background) {
        return switch (order) {
            case Order.Open open -> open(open, engines, background);
            case Order.OpenDecoder open -> open(open);
            case Order.Measure _ -> new Reply.Holds(NativeHeap.usedBytes());
            case Order.Run _, Order.Decode _, Order.Elsewhere _, Order.Memory _, Order.NoMemory _, Order.Close _ ->
                throw new ProtocolException("an order for a slot");
        };
    }

    private Reply open(Order.Open open, List<Engine> engines, Background background) {
        try {
            Engine engine = engine(open.engine(), engines);
            EngineSession session = background.run(() -> engine.open(open.file(), open.graph()));
            SlotServer server =
                    new SlotServer(Channel.slot(channel, open.slot()), session, background, traffic, slab, channel);
            start("session-" + open.slot(), () -> serve(server));
            return new Reply.Opened(session.signature());
        } catch (RuntimeException | LinkageError e) {
            return failed(e);
        }
    }

    private void serve(SlotServer server) {
        servers.add(server);
        try {
            server.serve();
        } finally {
            servers.remove(server);
        }
    }

    private Reply open(Order.OpenDecoder open) {
        try {
            ImageDecoder decoder = new ImageDecoder(open.limits());
            seal(decoder);
            DecodingServer server =
                    new DecodingServer(Channel.slot(channel, open.slot()), new LocalRowDecoder(decoder), slab, channel);
            start("lane-" + open.slot(), server::serve);
            return new Reply.Done(List.of());
        } catch (RuntimeException | LinkageError e) {
            return failed(e);
        }
    }

    /// Before the first image from outside is decoded. Without the other walls it would be worth nothing.
    private void seal(ImageDecoder decoder) {
        if (!sealed) {
            CodecRehearsal.run(decoder);
            if (walls.isStanding()) {
                Seal.close();
            }
            sealed = true;
        }
    }

    private static void start(String name, Runnable serving) {
        Thread.ofPlatform().name(name).daemon().start(serving);
    }

    private static Engine engine(EngineKind kind, List<Engine> engines) {
        return engines.stream()
                .filter(engine -> engine.kind() == kind)
                .findFirst()
                .orElseThrow(() -> new EngineException("engine: " + kind.id() + " (expected: one of "
                        + engines.stream().map(engine -> engine.kind().id()).toList() + ")"));
    }

    /// The words of an engine, cut to what a slot holds; the name of what nobody foresaw.
    static Reply.Failed failed(Throwable e) {
        String message = e instanceof EngineException ? String.valueOf(e.getMessage()) : e.toString();
        return new Reply.Failed(message.substring(0, Math.min(message.length(), Slot.CAPACITY / 4)));
    }

    /// Loads the engines of a role; none for one that runs no models.
    @FunctionalInterface
    interface Loader {
        /// @param threads that one run may use
        /// @throws EngineException if it does not load
        List<Engine> load(WorkerRole role, int threads);
    }
}
