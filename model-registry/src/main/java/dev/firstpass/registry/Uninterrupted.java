package dev.firstpass.registry;

/// Waits that an interrupt does not cut short: the calling thread keeps its interrupt for whoever asks later.
///
/// Thread-safe.
public final class Uninterrupted {
    private Uninterrupted() {}

    /// Returns when the thread has ended, or at once if it was never started.
    public static void join(Thread thread) {
        boolean isInterrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
