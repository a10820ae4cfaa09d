package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.GraphFiles;
import dev.firstpass.server.runtime.engine.SavedGraph;
import dev.firstpass.server.runtime.linux.SharedMemory;
import dev.firstpass.server.runtime.supervision.Oversight;
import dev.firstpass.server.runtime.supervision.Watchdog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One worker process, from its start to its end.
///
/// Thread-safe. Who starts it closes it, once.
final class WorkerProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerProcess.class);

    /// The largest of models are opened in less.
    private static final Duration LONGEST_EXCHANGE = Duration.ofMinutes(10);

    private final SharedMemory slab;
    private final SharedMemory channel;
    private final WorkerFolder folder;
    private final List<Slot> slots;
    private final Process process;
    private final Frames control;
    private final CompletableFuture<Void> end;
    private final ReentrantLock controlLock = new ReentrantLock();
    private final ReentrantLock stagingLock = new ReentrantLock();
    private final BitSet taken = new BitSet(Channel.SLOTS);
    /// Whether whoever started it has closed it.
    private boolean closed;

    private final AtomicReference<Loss> loss = new AtomicReference<>(Loss.ENDED);
    private final LongSupplier nanoClock;
    private final Watchdog.Watch watch;
    private volatile boolean lost;
    private volatile boolean ending;
    private volatile long nativeBytesAtStart;
    private volatile WallState walls = new WallState(List.of(), List.of());
    /// Until when the worker may think about what it is asked on its stdin; empty while it is asked nothing.
    private volatile Optional<Deadline> exchange = Optional.empty();

    private WorkerProcess(
            String device,
            WorkerRole role,
            WorkerCommand command,
            SharedMemory slab,
            SharedMemory channel,
            WorkerFolder folder,
            Oversight oversight) {
        this.slab = slab;
        this.channel = channel;
        this.folder = folder;
        this.slots = IntStream.range(0, Channel.SLOTS)
                .mapToObj(index -> Channel.slot(channel, index))
                .toList();
        ProcessBuilder builder = command.process(role, folder, slab, channel);
        this.process = WorkerThread.start("worker-" + device + "-" + role.id(), builder);
        this.control = new Frames(process.getInputStream(), process.getOutputStream());
        this.end = process.onExit().thenAccept(this::ended);
        this.nanoClock = oversight.nanoClock();
        Pulse pulse = new Pulse(Channel.pulse(channel), oversight.nanoClock());
        this.watch = oversight.watchdog().watch(() -> feel(pulse));
    }

    private void feel(Pulse pulse) {
        if (!lost && pulse.isStill()) {
            LOG.error("worker {} gives no sign of life and is ended", pid());
            end(Loss.SILENT);
        } else if (!lost && exchange.filter(Deadline::isPassed).isPresent()) {
            LOG.error("worker {} takes too long to open a model and is ended", pid());
            end(Loss.HUNG);
        }
    }

    /// Starts a worker and waits until it has loaded what its role needs.
    ///
    /// @param stagingBytes of memory for what does not lie in the slab
    /// @throws WorkerLostException if it ends before that
    /// @throws EngineException if its engine does not load
    /// @throws NotWalledException if it must be walled in and is not
    static WorkerProcess start(
            String device,
            WorkerRole role,
            WorkerCommand command,
            SharedMemory slab,
            long stagingBytes,
            Oversight oversight) {
        WorkerNatives.prepare(role, command.options().folder());
        SharedMemory channel = SharedMemory.create("firstpass-channel", Channel.STAGING_AT + stagingBytes);
        WorkerProcess worker = start(device, role, command, slab, channel, oversight);
        try {
            worker.awaitReady();
            worker.checkWalls(command.options().mustBeWalled());
            if (role != WorkerRole.DECODER) {
                worker.nativeBytesAtStart = worker.nativeBytes();
            }
            return worker;
        } catch (RuntimeException | Error e) {
            worker.close();
            throw e;
        }
    }

    /// Takes ownership of the channel, also when it throws.
    private static WorkerProcess start(
            String device,
            WorkerRole role,
            WorkerCommand command,
            SharedMemory slab,
            SharedMemory channel,
            Oversight oversight) {
        try {
            WorkerFolder folder = WorkerFolder.make(command.options().folder());
            try {
                return new WorkerProcess(device, role, command, slab, channel, folder, oversight);
            } catch (RuntimeException | Error e) {
                folder.close();
                throw e;
            }
        } catch (IOException | CompletionException e) {
            channel.close();
            throw new WorkerLostException("it does not start", e);
        } catch (RuntimeException | Error e) {
            channel.close();
            throw e;
        }
    }

    /// The process is gone, whatever ended it: all that wait for it hear of it.
    private void ended(Process gone) {
        // Whoever hears of it may close this before the next line.
        boolean wasToEnd = ending;
        lost = true;
        slots.forEach(Slot::interrupt);
        if (!wasToEnd) {
            LOG.error("worker {} ended with code {}", gone.pid(), gone.exitValue());
        }
    }

    private void awaitReady() {
        walls = switch (exchange(() -> {})) {
            case Reply.Ready ready -> ready.walls();
            case Reply.Failed failed -> throw new EngineException(RemoteSession.shown(failed.message()));
            case Reply.Opened _, Reply.NeedMemory _, Reply.Done _, Reply.Refused _, Reply.Holds _ ->
                throw endBecause(outOfTurn());
        };
    }

    /// A worker's word for it is not enough: the kernel has one too.
    private void checkWalls(boolean required) {
        if (walls.isStanding() && !ProcessStatus.isRestricted(pid())) {
            walls = new WallState(List.of(), List.of("the kernel knows of no filter on the process"));
        }
        if (walls.isStanding()) {
            LOG.debug("worker {} is {}", pid(), walls.summary());
        } else if (required) {
            throw new NotWalledException(walls);
        } else {
            LOG.warn("worker {} is {}", pid(), walls.summary());
        }
    }

    /// As they were found when it started.
    WallState walls() {
        return walls;
    }

    static ProtocolException outOfTurn() {
        return new ProtocolException("a reply out of turn");
    }

    /// Opens a model file. Takes as long as the engine needs.
    ///
    /// @throws WorkerLostException if the worker ends over it
    /// @throws EngineException if the file cannot be run
    RemoteSession open(EngineKind engine, Path file, SavedGraph graph) {
        if (graph.incoming().isEmpty()) {
            return open(engine, file, GraphFiles.NONE);
        }
        try {
            Path fresh = folder.scratch().resolve("graph-" + UUID.randomUUID());
            RemoteSession session = open(engine, file, new GraphFiles(graph.find(), Optional.of(fresh)));
            graph.keep(fresh);
            return session;
        } catch (WorkerLostException e) {
            // Perhaps over the saved graph.
            graph.discard();
            throw e;
        }
    }

    private RemoteSession open(EngineKind engine, Path file, GraphFiles graph) {
        return opened(index -> admitted(index, engine, file, graph), (index, reply) -> switch (reply) {
            case Reply.Opened opened -> new RemoteSession(this, index, slots.get(index), opened.signature());
            case Reply.Failed failed -> throw new EngineException(RemoteSession.shown(failed.message()));
            case Reply.Ready _, Reply.NeedMemory _, Reply.Done _, Reply.Refused _, Reply.Holds _ ->
                throw endBecause(outOfTurn());
        });
    }

    /// Opens a lane of decoding.
    ///
    /// @param laneBytes of the channel's memory that each lane has, whole pages
    /// @throws WorkerLostException if the worker ends over it
    RemoteDecoder openDecoder(ImageLimits limits, long laneBytes, LongSupplier nanoClock) {
        return opened(index -> new Order.OpenDecoder(index, limits), (index, reply) -> switch (reply) {
            case Reply.Done _ ->
                new RemoteDecoder(
                        this,
                        index,
                        slots.get(index),
                        slab,
                        channel,
                        Channel.staging(channel).asSlice(index * laneBytes, laneBytes),
                        nanoClock);
            case Reply.Failed failed ->
                throw endBecause(new ProtocolException("it cannot decode: " + RemoteSession.shown(failed.message())));
            case Reply.Ready _, Reply.Opened _, Reply.NeedMemory _, Reply.Refused _, Reply.Holds _ ->
                throw endBecause(outOfTurn());
        });
    }

    /// Bytes that models hold in the worker by its own word, as far as the kernel bears it out.
    ///
    /// @throws WorkerLostException if it ends over it
    long heldBytes() {
        return Math.clamp(nativeBytes() - nativeBytesAtStart, 0, ProcessStatus.privateBytes(pid()));
    }

    private long nativeBytes() {
        controlLock.lock();
        try {
            return switch (exchange(() -> control.send(Messages.bytes(new Order.Measure())))) {
                case Reply.Holds holds -> holds.bytes();
                case Reply.Ready _, Reply.Opened _, Reply.NeedMemory _, Reply.Done _, Reply.Failed _, Reply.Refused _ ->
                    throw endBecause(outOfTurn());
            };
        } finally {
            controlLock.unlock();
        }
    }

    /// Takes a slot that is free and has the worker serve it.
    private <T> T opened(IntFunction<Order> order, Opening<T> opening) {
        controlLock.lock();
        try {
            int index = taken.nextClearBit(0);
            if (index >= Channel.SLOTS) {
                throw new EngineException("sessions: " + index + " (expected: < " + Channel.SLOTS + ")");
            }
            slots.get(index).reset();
            return taken(index, order, opening);
        } finally {
            controlLock.unlock();
        }
    }

    private Order admitted(int index, EngineKind engine, Path file, GraphFiles graph) {
        try {
            Path model = folder.admit(index, engine, file);
            Optional<Path> saved = graph.saved().isPresent()
                    ? Optional.of(folder.admitGraph(index, graph.saved().get()))
                    : Optional.empty();
            return new Order.Open(index, engine, model, new GraphFiles(saved, graph.fresh()));
        } catch (IOException | UncheckedIOException e) {
            throw new EngineException("the model file cannot be given to a worker: " + e.getMessage(), e);
        }
    }

    private <T> T taken(int index, IntFunction<Order> order, Opening<T> opening) {
        try {
            byte[] message = Messages.bytes(order.apply(index));
            T opened = opening.of(index, exchange(() -> control.send(message)));
            taken.set(index);
            return opened;
        } catch (RuntimeException e) {
            folder.release(index);
            throw e;
        }
    }

    private Reply exchange(Sending sending) {
        exchange = Optional.of(Deadline.after(LONGEST_EXCHANGE, nanoClock));
        try {
            sending.send();
            return Messages.reply(control.receive());
        } catch (IOException e) {
            throw endBecause(e);
        } catch (ProtocolException e) {
            throw endBecause(e);
        } finally {
            exchange = Optional.empty();
        }
    }

    /// Makes a slot's number free again. Its session touches the channel no more.
    void free(int index) {
        controlLock.lock();
        try {
            taken.clear(index);
            folder.release(index);
            closeChannelIfUnused();
        } finally {
            controlLock.unlock();
        }
    }

    /// A session whose worker was lost may still be on its way out of the channel: the last one closes it.
    private void closeChannelIfUnused() {
        if (closed && taken.isEmpty()) {
            channel.close();
        }
    }

    /// Whether no session is open.
    boolean isUnused() {
        controlLock.lock();
        try {
            return taken.isEmpty();
        } finally {
            controlLock.unlock();
        }
    }

    Transfer transfer() {
        return new Transfer(slab, channel, stagingLock);
    }

    /// No output can have more.
    long mostBytes() {
        return slab.segment().byteSize();
    }

    boolean isLost() {
        return lost;
    }

    long pid() {
        return process.pid();
    }

    /// Ends a worker that does not keep to the rules. It is gone, and touches no memory, when this returns.
    ///
    /// @return to be thrown
    WorkerLostException endBecause(Exception reason) {
        if (reason instanceof ProtocolException) {
            loss.compareAndSet(Loss.ENDED, Loss.PROTOCOL);
            LOG.error("worker {} is ended: {}", pid(), reason.getMessage());
        }
        kill();
        return new WorkerLostException("it was ended", reason);
    }

    /// Ends the process without waiting for its end.
    void end(Loss reason) {
        loss.compareAndSet(Loss.ENDED, reason);
        process.destroyForcibly();
    }

    /// Ends the process. It is gone when this returns.
    void endNow(Loss reason) {
        loss.compareAndSet(Loss.ENDED, reason);
        kill();
    }

    /// Why it was lost.
    Loss loss() {
        return loss.get();
    }

    private void kill() {
        process.destroyForcibly();
        end.join();
    }

    /// Ends the process. Sessions that are open still are lost.
    @Override
    public void close() {
        ending = true;
        watch.close();
        kill();
        folder.close();
        controlLock.lock();
        try {
            closed = true;
            closeChannelIfUnused();
        } finally {
            controlLock.unlock();
        }
    }

    @FunctionalInterface
    private interface Opening<T> {
        T of(int index, Reply reply);
    }

    @FunctionalInterface
    private interface Sending {
        void send() throws IOException;
    }
}
