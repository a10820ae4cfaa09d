package dev.firstpass.server.runtime.device.worker;

import java.nio.file.Path;
import java.util.Map;

/// What the workers of a host are started with.
///
/// Immutable.
///
/// @param engineThreads that one model run may use
/// @param environment of this process; a worker inherits little of it
/// @param folder where workers get their folders; this process' own, on the file system of the models if it can be
/// @param mustBeWalled whether a worker that cannot be walled in is not used at all
/// @param device that models are run on
public record WorkerOptions(
        int engineThreads, Map<String, String> environment, Path folder, boolean mustBeWalled, WorkerDevice device) {
    public WorkerOptions {
        environment = Map.copyOf(environment);
    }

    /// For the CPU.
    public WorkerOptions(int engineThreads, Map<String, String> environment, Path folder, boolean mustBeWalled) {
        this(engineThreads, environment, folder, mustBeWalled, WorkerDevice.cpu());
    }
}
