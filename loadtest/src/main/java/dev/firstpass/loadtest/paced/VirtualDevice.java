package dev.firstpass.loadtest.paced;

import java.util.Random;
import java.util.concurrent.locks.ReentrantLock;

/// A device that is busy with one run at a time, whichever session has it.
///
/// Thread-safe.
final class VirtualDevice {
    private final Pacer pacer;
    private final Random random;

    /// Fair, as a device's own queue is.
    private final ReentrantLock turn = new ReentrantLock(true);

    private volatile Tally tally = Tally.NOTHING;

    /// @param seed of the noise in its runs
    VirtualDevice(Pacer pacer, long seed) {
        this.pacer = pacer;
        this.random = new Random(seed);
    }

    /// Waits for its turn, then as long as a run takes.
    ///
    /// @param elements of one row
    /// @param rows how many there are, and how many of them were too late, asked when the run begins
    /// @param wish whether to stop early, asked now and then
    /// @return whether it came to its end
    boolean run(Pace pace, long elements, Rows rows, StopWish wish) {
        turn.lock();
        try {
            long began = pacer.nanoTime();
            Tally begun = rows.at(began);
            long end = began + pace.nanos(begun.rows(), elements, random);
            long now = began;
            while (now - end < 0 && !wish.isStop()) {
                pacer.park(end - now);
                now = pacer.nanoTime();
            }
            tally = tally.plus(begun).plus(new Tally(0, 0, 0, 0, 0, now - began));
            return now - end >= 0;
        } finally {
            turn.unlock();
        }
    }

    Tally tally() {
        return tally;
    }

    /// The rows of a run.
    @FunctionalInterface
    interface Rows {
        /// One run, its rows, and which of them are late, if it begins now.
        Tally at(long nanos);
    }

    /// Whether a run is to end.
    @FunctionalInterface
    interface StopWish {
        boolean isStop();
    }
}
