package dev.firstpass.server.runtime.device;

import java.util.Optional;

/// How much memory a device has, and how much of it is taken, by whomever.
///
/// Thread-safe. Who opens it closes it.
public interface DeviceMemory extends AutoCloseable {
    /// Knows of no device.
    DeviceMemory NONE = _ -> Optional.empty();

    /// Asked anew each time; takes up to some milliseconds.
    ///
    /// @param device its name, for instance `cuda:0`
    /// @return empty where nobody can tell
    Optional<Usage> of(String device);

    @Override
    default void close() {}

    /// @param usedBytes by all processes together
    record Usage(long totalBytes, long usedBytes) {}
}
