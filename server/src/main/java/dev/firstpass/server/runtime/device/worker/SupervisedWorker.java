package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.linux.SharedMemory;
import dev.firstpass.server.runtime.supervision.Oversight;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Supplier;

/// The worker of one role: started when it is first needed, and again after it was lost, though not at once if that
/// happens time after time.
///
/// Thread-safe. Who makes it closes it, after the sessions in it.
final class SupervisedWorker implements AutoCloseable {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    /// That the runs of other sessions are waited for.
    private static final Duration LONGEST_TURN = Duration.ofSeconds(10);

    /// A clock that is not the system's may be moved meanwhile.
    private static final Duration LONGEST_SLEEP = Duration.ofMillis(100);

    private final String device;
    private final WorkerRole role;
    private final WorkerCommand command;
    private final SharedMemory slab;
    private final long stagingBytes;
    private final Oversight oversight;
    private final Restarts restarts;
    private final Renewals renewals;
    /// Held by runs: shared, or by one that is to be alone. Taken before `lock`.
    private final ReentrantReadWriteLock turns = new ReentrantReadWriteLock();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition closing = lock.newCondition();
    /// Changed with the lock held.
    private volatile Optional<WorkerProcess> worker = Optional.empty();

    private boolean closed;

    /// @param slab that the worker maps; not closed
    /// @param stagingBytes of memory for what does not lie in the slab; costs nothing until it is used
    SupervisedWorker(
            String device,
            WorkerRole role,
            WorkerCommand command,
            SharedMemory slab,
            long stagingBytes,
            Oversight oversight) {
        this.device = device;
        this.role = role;
        this.command = command;
        this.slab = slab;
        this.stagingBytes = stagingBytes;
        this.oversight = oversight;
        this.restarts = new Restarts(oversight.nanoClock());
        this.renewals = new Renewals(oversight.nanoClock());
    }

    /// A turn among others, for a run or for opening a file.
    EngineSession.Turn turn() {
        turns.readLock().lock();
        return turns.readLock()::unlock;
    }

    /// A turn without others, as `EngineSession.alone` has it.
    Optional<EngineSession.Turn> turnAlone() {
        try {
            return turns.writeLock().tryLock(LONGEST_TURN.toNanos(), TimeUnit.NANOSECONDS)
                    ? Optional.of(turns.writeLock()::unlock)
                    : Optional.empty();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    /// When it may be ended because runs fail in it.
    Renewals renewals() {
        return renewals;
    }

    /// Starts it unless it runs, and waits until it has loaded what its role needs.
    ///
    /// @throws EngineException if that does not load
    /// @throws FailureException WORKER_LOST if it does not start
    void start() {
        var _ = with(WorkerProcess::pid);
    }

    /// Does something with the process; one at a time. It is started if need be, which waits up to a second if
    /// several were lost lately, and up to ten if the last did not start.
    ///
    /// @throws FailureException WORKER_LOST if it is lost over it, or does not start
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
            lost(gone.loss());
            gone.close();
        });
        awaitRestart();
        if (worker.isEmpty()) {
            worker = Optional.of(started());
        }
        return worker.get();
    }

    /// Lets go of the lock meanwhile, so that another thread may be the one that starts it.
    private void awaitRestart() {
        try {
            while (worker.isEmpty() && !closed && !restarts.remaining().isZero()) {
                long nanos = Math.min(restarts.remaining().toNanos(), LONGEST_SLEEP.toNanos());
                var _ = closing.awaitNanos(nanos);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    private WorkerProcess started() {
        if (closed) {
            throw new WorkerLostException("the host is closed");
        }
        restarts.started();
        try {
            return WorkerProcess.start(device, role, command, slab, stagingBytes, oversight);
        } catch (RuntimeException | Error e) {
            lost(Loss.NOT_STARTED);
            throw e;
        }
    }

    private void lost(Loss loss) {
        restarts.lost(loss != Loss.NOT_STARTED);
        oversight.listener().workerLost(device, role.id(), loss.id());
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

    /// Bytes that models hold in it; 0 while it does not run, or if it is lost over the question.
    long heldBytes() {
        return locked(() -> worker.filter(one -> !one.isLost())
                .map(SupervisedWorker::heldBytes)
                .orElse(0L));
    }

    private static long heldBytes(WorkerProcess process) {
        try {
            return process.heldBytes();
        } catch (WorkerLostException _) {
            return 0;
        }
    }

    /// How it stands; does not wait for a start that is under way.
    WorkerReport report() {
        Optional<WorkerProcess> now = worker.filter(one -> !one.isLost());
        return new WorkerReport(
                device,
                role.id(),
                now.map(WorkerProcess::pid),
                now.map(WorkerProcess::walls).orElse(new WallState(List.of(), List.of())));
    }

    @Override
    public void close() {
        locked(() -> {
            closed = true;
            closing.signalAll();
            worker.ifPresent(WorkerProcess::close);
            worker = Optional.empty();
            return true;
        });
    }
}
