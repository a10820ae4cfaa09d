package dev.firstpass.server.runtime.batch;

import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import dev.firstpass.server.runtime.supervision.Watchdog;
import java.time.Duration;
import java.util.function.LongSupplier;

/// Ends a session's runs in time. When nobody wants the answer any more the engine is asked to stop, which costs nobody
/// else anything. When the limit is reached it is asked as well and, where that does not help, the process that it
/// runs in is ended. Time that a run waits for memory is not counted.
///
/// Thread-safe: one thread runs, the watchdog looks in.
final class RunLimit implements AutoCloseable {
    static final Duration FOR_EVER = Duration.ofDays(365);

    private static final Duration GRACE = Duration.ofSeconds(1);

    private final EngineSession session;
    private final Duration limit;
    private final LongSupplier nanoClock;
    private final Watchdog.Watch watch;
    private Stage stage = Stage.IDLE;
    private Cut cut = Cut.NONE;
    private long unwantedAtNanos;
    private long limitAtNanos;
    private long suspendedAtNanos;

    /// @param limit that a run may take
    RunLimit(EngineSession session, Duration limit, Watchdog watchdog, LongSupplier nanoClock) {
        this.session = session;
        this.limit = limit;
        this.nanoClock = nanoClock;
        this.watch = watchdog.watch(this::check);
    }

    /// A run begins.
    ///
    /// @param wanted how long its answer will be
    synchronized void begin(Duration wanted) {
        long now = nanoClock.getAsLong();
        stage = Stage.RUNNING;
        cut = Cut.NONE;
        unwantedAtNanos = now + wanted.toNanos();
        limitAtNanos = now + limit.toNanos();
    }

    /// The run is over.
    ///
    /// @return what was done to end it
    synchronized Cut end() {
        stage = Stage.IDLE;
        return cut;
    }

    /// `memory`, for a run under this limit.
    OutputMemory unlimited(OutputMemory memory) {
        return bytes -> {
            suspend();
            try {
                return memory.allocate(bytes);
            } finally {
                resume();
            }
        };
    }

    private synchronized void suspend() {
        stage = Stage.SUSPENDED;
        suspendedAtNanos = nanoClock.getAsLong();
    }

    private synchronized void resume() {
        stage = Stage.RUNNING;
        limitAtNanos += nanoClock.getAsLong() - suspendedAtNanos;
    }

    synchronized void check() {
        if (stage != Stage.RUNNING) {
            return;
        }
        long overLimit = nanoClock.getAsLong() - limitAtNanos;
        if (overLimit >= GRACE.toNanos()) {
            cut = Cut.HUNG;
            session.abort();
        } else if (overLimit >= 0) {
            ask(Cut.HUNG);
        } else if (nanoClock.getAsLong() - unwantedAtNanos >= 0) {
            ask(Cut.UNWANTED);
        }
    }

    private void ask(Cut why) {
        if (cut != why && session.interrupt()) {
            cut = why;
        }
    }

    @Override
    public void close() {
        watch.close();
    }

    private enum Stage {
        IDLE,
        RUNNING,
        SUSPENDED
    }

    /// Why a run was cut short.
    enum Cut {
        NONE,
        /// Nobody wanted its answer any more.
        UNWANTED,
        /// It had reached the limit.
        HUNG
    }
}
