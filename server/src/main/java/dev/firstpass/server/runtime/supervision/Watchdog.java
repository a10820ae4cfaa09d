package dev.firstpass.server.runtime.supervision;

/// Looks in on what may hang, over and over, a few times a second.
///
/// Thread-safe.
@FunctionalInterface
public interface Watchdog {
    /// Has a check called over and over until what is returned is closed; one call may be under way then.
    ///
    /// @param check quick, since it holds up the others; what it throws is logged
    Watch watch(Runnable check);

    /// Something that is looked in on, until closed.
    @FunctionalInterface
    interface Watch extends AutoCloseable {
        @Override
        void close();
    }
}
