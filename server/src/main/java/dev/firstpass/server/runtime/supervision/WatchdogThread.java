package dev.firstpass.server.runtime.supervision;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A [Watchdog] with a thread.
///
/// Thread-safe; owns one platform thread, `watchdog`. Who makes it closes it, after all that is watched.
public final class WatchdogThread implements Watchdog, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WatchdogThread.class);

    private final List<Runnable> checks = new CopyOnWriteArrayList<>();
    private final Duration period;
    private final Thread thread;
    private volatile boolean closed;

    /// @param period between two looks at the same thing
    public WatchdogThread(Duration period) {
        this.period = period;
        this.thread = Thread.ofPlatform().name("watchdog").daemon().start(this::work);
    }

    @Override
    public Watch watch(Runnable check) {
        checks.add(check);
        return () -> checks.remove(check);
    }

    private void work() {
        while (!closed) {
            LockSupport.parkNanos(period.toNanos());
            checks.forEach(WatchdogThread::guarded);
        }
    }

    private static void guarded(Runnable check) {
        try {
            check.run();
        } catch (RuntimeException | Error e) {
            LOG.error("a check failed", e);
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
