package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import java.util.List;

/// What a worker tells the server, which believes nothing of it.
///
/// Immutable.
sealed interface Reply {
    /// The engines are loaded. Comes on the worker's stdout, as `Opened` does.
    ///
    /// @param walls as the worker found them before it was given anything
    record Ready(WallState walls) implements Reply {}

    record Opened(ModelSignature signature) implements Reply {}

    /// Native code holds so much now, without Java's heap. Comes on the worker's stdout.
    record Holds(long bytes) implements Reply {}

    /// A run needs this much for an output.
    record NeedMemory(long bytes) implements Reply {}

    /// The run, the decoding, the opening of a lane or the closing is over.
    record Done(List<Output> outputs) implements Reply {}

    /// What was ordered cannot be done; the worker goes on.
    record Failed(String message) implements Reply {}

    /// The image is at fault.
    record Refused(Fault fault, String message) implements Reply {}

    /// What is wrong with it.
    enum Fault {
        UNDECODABLE,
        TRUNCATED,
        TOO_MANY_PIXELS,
        UNSUPPORTED_TYPE
    }

    /// One output of a run.
    ///
    /// @param grant which of the run's pieces of memory it is in, counted from 0 in the order they were asked for
    record Output(int grant, Shape shape) {}
}
