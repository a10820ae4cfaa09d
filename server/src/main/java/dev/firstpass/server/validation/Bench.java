package dev.firstpass.server.validation;

import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.Closing;
import java.util.stream.Stream;

/// Where one version is tried out: a device host that nothing else uses, with memory that no other host maps. What
/// crashes in it, and what it writes where it should not, meets no model that serves.
///
/// As the host is. Owns both; closed when the sessions in it are.
///
/// @param slab the host's; what one run takes in and puts out finds room in it, or is not run
public record Bench(DeviceHost host, Slab slab) implements AutoCloseable {
    @Override
    public void close() {
        Closing.all(Stream.of(host::close, slab::close));
    }

    /// Makes a bench.
    @FunctionalInterface
    public interface Maker {
        /// @param device by name
        /// @return closed by the caller
        /// @throws dev.firstpass.server.runtime.engine.EngineException if the engine does not load
        Bench bench(String device);
    }
}
