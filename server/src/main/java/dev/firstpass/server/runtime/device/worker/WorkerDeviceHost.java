package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.family.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.image.ImageDecoder;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.InProcessDeviceHost;
import dev.firstpass.server.runtime.device.RowPlan;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Runs engines in a worker process, so that a model that crashes takes no more with it than the runs under way: they
/// fail with WORKER_LOST, and the next run of each session starts a new worker and opens the session's file there.
///
/// Rows and results stay in the slab, which both processes map; a run costs two or three wake-ups more than in process.
/// **Images are still decoded in the server's own process**, and the worker is not walled off yet: it may read and
/// connect to whatever this user may.
///
/// Thread-safe.
public final class WorkerDeviceHost implements DeviceHost {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final InProcessDeviceHost decoding;
    private final Slab slab;
    private final WorkerCommand command;
    private final Restarts restarts;
    private final ReentrantLock lock = new ReentrantLock();
    private Optional<WorkerProcess> worker = Optional.empty();
    private boolean closed;

    private WorkerDeviceHost(InProcessDeviceHost decoding, Slab slab, WorkerCommand command, LongSupplier nanoClock) {
        this.decoding = decoding;
        this.slab = slab;
        this.command = command;
        this.restarts = new Restarts(nanoClock);
    }

    /// Starts the worker and waits until it has loaded its engines.
    ///
    /// @param device its name, for instance `cpu`
    /// @param slab where rows are made and results put; not closed
    /// @param engineThreads that one model run may use
    /// @param environment of this process; a worker inherits little of it
    /// @throws EngineException if an engine does not load
    /// @throws FailureException WORKER_LOST if the worker does not start
    public static WorkerDeviceHost start(
            String device,
            ImageDecoder decoder,
            Slab slab,
            int engineThreads,
            Map<String, String> environment,
            LongSupplier nanoClock) {
        WorkerDeviceHost host = new WorkerDeviceHost(
                new InProcessDeviceHost(device, List.of(), decoder, slab),
                slab,
                new WorkerCommand(engineThreads, environment),
                nanoClock);
        var _ = host.locked(host::liveWorker);
        return host;
    }

    @Override
    public String device() {
        return decoding.device();
    }

    @Override
    public EngineSession open(EngineKind engine, Path file) {
        return new WorkerSession(this, engine, file, openRemote(engine, file));
    }

    /// Opens a file in the worker, starting one if need be.
    ///
    /// @throws FailureException WORKER_LOST if it is lost over it, or may not be started again yet
    RemoteSession openRemote(EngineKind engine, Path file) {
        return locked(() -> liveWorker().open(engine, file));
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
            return WorkerProcess.start(device(), command, slab.memory());
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

    /// The process that runs the engines now; empty while none does.
    public Optional<Long> workerPid() {
        return locked(() -> worker.filter(one -> !one.isLost()).map(WorkerProcess::pid));
    }

    @Override
    public int worthwhileBatch() {
        return decoding.worthwhileBatch();
    }

    @Override
    public void warmUp() {
        decoding.warmUp();
    }

    @Override
    public RowPlan plan(byte[] bytes, InputSpec input, List<RowSource> sources, Deadline deadline)
            throws InterruptedException {
        return decoding.plan(bytes, input, sources, deadline);
    }

    @Override
    public void close() {
        locked(() -> {
            closed = true;
            worker.ifPresent(WorkerProcess::close);
            worker = Optional.empty();
            return true;
        });
        decoding.close();
    }
}
