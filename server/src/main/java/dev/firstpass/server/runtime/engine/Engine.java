package dev.firstpass.server.runtime.engine;

import dev.firstpass.registry.EngineKind;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// A library that runs models of one kind of file. A new engine is one file and one line in `runtime.engines.Engines`.
///
/// Thread-safe. Who makes it closes it, after its sessions.
public interface Engine extends AutoCloseable {
    EngineKind kind();

    /// @throws EngineException if the file is no model that can be run here
    EngineSession open(Path file);

    /// The same, with files for the graph's optimised form; an engine that has none leaves them alone.
    ///
    /// @throws EngineException if the file is no model that can be run here
    default EngineSession open(Path file, GraphFiles graph) {
        return open(file);
    }

    /// Says where most inputs and outputs of runs will lie, once, before the first session; an engine whose device reads
    /// the host's memory by itself may get it ready for that. What cannot be got ready only makes runs slower.
    ///
    /// @param memory whole pages, mapped until the engine is closed
    default void expect(MemorySegment memory) {}

    /// Threads that one run may use.
    default int threads() {
        return 1;
    }

    @Override
    void close();
}
