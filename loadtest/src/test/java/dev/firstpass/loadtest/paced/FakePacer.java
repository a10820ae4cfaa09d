package dev.firstpass.loadtest.paced;

/// Time that passes only where somebody parks, and then as long as was asked for, if it is not told otherwise.
///
/// For one thread.
final class FakePacer implements Pacer {
    private long nanos = 1_000;
    private long most = Long.MAX_VALUE;
    private int parks;
    private Runnable whenParked = () -> {};

    @Override
    public long nanoTime() {
        return nanos;
    }

    @Override
    public void park(long wait) {
        parks++;
        nanos += Math.min(wait, most);
        whenParked.run();
    }

    int parks() {
        return parks;
    }

    /// Parking ends early from now on.
    void parkAtMost(long wait) {
        most = wait;
    }

    /// Is done each time that somebody has parked.
    void whenParked(Runnable action) {
        whenParked = action;
    }
}
