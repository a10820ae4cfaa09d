package dev.firstpass.server.pipeline;

import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// The first gate: as many threads compute or decode at a time as there are permits. Without it, a few busy virtual
/// threads would starve all others of the carriers they share.
///
/// Thread-safe, first come first served.
public final class CpuGate {
    private final Semaphore permits;

    public CpuGate(int permits) {
        this.permits = new Semaphore(permits, true);
    }

    /// Waits for a permit.
    ///
    /// @return closing it gives the permit back; once
    /// @throws dev.firstpass.server.failure.FailureException DEADLINE_EXCEEDED when none came free in time
    public Permit enter(Deadline deadline) throws InterruptedException {
        if (!permits.tryAcquire(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS)) {
            throw Failure.of(Reason.DEADLINE_EXCEEDED, "no CPU came free before the deadline")
                    .asException();
        }
        return permits::release;
    }

    /// Threads that wait now.
    public int waiting() {
        return permits.getQueueLength();
    }

    /// A permit in hand.
    @FunctionalInterface
    public interface Permit extends AutoCloseable {
        @Override
        void close();
    }
}
