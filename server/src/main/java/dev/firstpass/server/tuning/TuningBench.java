package dev.firstpass.server.tuning;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.Closing;
import java.util.stream.Stream;

/// A device host that nothing else uses, whose runs have a given number of threads.
///
/// As the host is. Owns both; closed when the sessions in it are.
///
/// @param slab the host's
/// @param cpu what its runs cost
public record TuningBench(DeviceHost host, Slab slab, CpuClock cpu) implements AutoCloseable {
    @Override
    public void close() {
        Closing.all(Stream.of(host::close, slab::close));
    }

    /// Makes a bench.
    @FunctionalInterface
    public interface Maker {
        /// @param threads that one run may use
        /// @return closed by the caller
        TuningBench bench(int threads);
    }

    /// How much processor time the processes have used that take part in an engine's runs.
    @FunctionalInterface
    public interface CpuClock {
        long nanos(EngineKind engine);
    }
}
