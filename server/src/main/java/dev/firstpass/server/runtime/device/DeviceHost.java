package dev.firstpass.server.runtime.device;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.SavedGraph;
import java.nio.file.Path;

/// Owns the native code that runs models on one device: engines and sessions. Everything native is reached through it, or
/// through a [DecodingHost], so that it can be walled off.
///
/// Thread-safe. Who makes it closes it, after every session it opened is closed.
public interface DeviceHost extends AutoCloseable {
    /// [#worthwhileBatch] of a CPU, where a row costs the same alone as in company. Measured on the demo's models (CPU
    /// time per row in a run of 1, 2, 4 and 16): coco 10.5, 10, 11.3, 14.2 ms; text 48, 50, 57 ms; and memory grows
    /// with the run.
    int CPU_BATCH = 2;

    /// Of a GPU, which works on the rows of a run side by side. Not measured.
    int GPU_BATCH = 32;

    /// The device's name in thread names, metrics and logs, for instance `cpu`.
    String device();

    /// Opens a model file. Takes as long as the engine needs: for the lifecycle thread.
    ///
    /// @throws dev.firstpass.server.runtime.engine.EngineException if the file cannot be run here
    EngineSession open(EngineKind engine, Path file);

    /// The same, sooner where `graph` was kept from an earlier load; else what the engine makes of the model is kept
    /// there.
    ///
    /// @throws dev.firstpass.server.runtime.engine.EngineException if the file cannot be run here
    default EngineSession open(EngineKind engine, Path file, SavedGraph graph) {
        return open(engine, file);
    }

    /// Rows beyond which a bigger run gains nothing on this device, whatever the model takes.
    int worthwhileBatch();

    /// The same for the device of this name.
    static int worthwhileBatch(String device) {
        return device.equals(Device.cpu().id()) ? CPU_BATCH : GPU_BATCH;
    }

    /// Threads that one run of an engine's models may use.
    default int threads(EngineKind engine) {
        return 1;
    }

    /// Has memory that models no longer hold given back to the operating system, and tells how much they hold. Takes
    /// milliseconds: for the lifecycle thread.
    ///
    /// @return bytes, of which only the difference between two calls means something; 0 where nobody tells
    default long reclaim() {
        return 0;
    }

    /// Finds out whether the device works at all, where only a trial tells; takes as long as starting what runs models on
    /// it.
    ///
    /// @throws dev.firstpass.server.runtime.engine.EngineException if it does not
    default void tryOut() {}

    /// Ends what runs models if it runs none now, since that gives back what no library does by itself. It starts again
    /// with the next model that is opened.
    default void endIfUnused() {}

    @Override
    void close();
}
