package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.linux.SharedMemory;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// The worker of one role: started when it is first needed, and again after it was lost, though not at once if that
/// happens time after time.
///
/// Thread-safe. Who makes it closes it, after the sessions in it.
final class SupervisedWorker implements AutoCloseable {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final String device;
    private final WorkerRole role;
    private final WorkerCommand command;
    private final SharedMemory slab;
    private final long stagingBytes;
    private final Restarts restarts;
    private final ReentrantLock lock = new ReentrantLock();
    private Optional<WorkerProcess> worker = Optional.empty();
    private boolean closed;

    /// @param slab that the worker maps; not closed
    /// @param stagingBytes of memory for what does not lie in the slab; costs nothing until it is used
    SupervisedWorker(
            String device,
            WorkerRole role,
            WorkerCommand command,
            SharedMemory slab,
            long stagingBytes,
            LongSupplier nanoClock) {
        this.device = device;
        this.role = role;
        this.command = command;
        this.slab = slab;
        this.stagingBytes = stagingBytes;
        this.restarts = new Restarts(nanoClock);
    }

    /// Starts it unless it runs, and waits until it has loaded what its role needs.
    ///
    /// @throws EngineException if that does not load
    /// @throws FailureException WORKER_LOST if it does not start
    void start() {
        var _ = with(WorkerProcess::pid);
    }

    /// Does something with the process, which is started if need be; one at a time.
    ///
    /// @throws FailureException WORKER_LOST if it is lost over it, or may not be started again yet
    <T> T with(Function<WorkerProcess, T> work) {
        return locked(() -> work.apply(liveWorker()));
    }

    private <T> T locked(Supplier<T> work) {
        lock.lock();
        try {
            return work.get();
        } catch (WorkerLostException e) {
            throw lost(e);
        } finally {
            lock.unlock();
        }
    }

    private WorkerProcess liveWorker() {
        worker.filter(WorkerProcess::isLost).ifPresent(gone -> {
            worker = Optional.empty();
            restarts.lost();
            gone.close();
        });
        if (worker.isEmpty()) {
            worker = Optional.of(started());
        }
        return worker.get();
    }

    private WorkerProcess started() {
        if (closed) {
            throw new WorkerLostException("the host is closed");
        }
        if (!restarts.remaining().isZero()) {
            throw new WorkerLostException("it ended several times; the next start is in "
                    + restarts.remaining().toMillis() + " ms");
        }
        try {
            return WorkerProcess.start(device, role, command, slab, stagingBytes);
        } catch (WorkerLostException | EngineException e) {
            restarts.lost();
            throw e;
        }
    }

    /// A run went well.
    void worked() {
        restarts.worked();
    }

    static FailureException lost(WorkerLostException cause) {
        return new FailureException(
                new Failure(
                        Reason.WORKER_LOST,
                        "the process that ran the model ended",
                        Optional.empty(),
                        Optional.of(RETRY_AFTER)),
                cause);
    }

    /// Ends it if no session is open in it, which gives its memory back; it starts again when it is needed.
    void endIfUnused() {
        locked(() -> {
            worker.filter(WorkerProcess::isUnused).ifPresent(unused -> {
                worker = Optional.empty();
                unused.close();
            });
            return true;
        });
    }

    /// The process now; empty while there is none.
    Optional<Long> pid() {
        return locked(() -> worker.filter(one -> !one.isLost()).map(WorkerProcess::pid));
    }

    @Override
    public void close() {
        locked(() -> {
            closed = true;
            worker.ifPresent(WorkerProcess::close);
            worker = Optional.empty();
            return true;
        });
    }
}
