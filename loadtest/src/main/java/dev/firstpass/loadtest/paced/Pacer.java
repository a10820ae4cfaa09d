package dev.firstpass.loadtest.paced;

import java.util.concurrent.locks.LockSupport;

/// Time, and waiting in it.
///
/// Thread-safe.
interface Pacer {
    /// The machine's.
    Pacer REAL = new Pacer() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public void park(long nanos) {
            LockSupport.parkNanos(nanos);
        }
    };

    /// A reading of a monotonic clock, in nanoseconds.
    long nanoTime();

    /// Waits about as long, or shorter, without using a core; ends early where somebody unparks the thread.
    void park(long nanos);
}
