package dev.firstpass.server.runtime.engine;

import dev.firstpass.registry.EngineKind;
import java.nio.file.Path;

/// A library that runs models of one kind of file. A new engine is one file and one line in `runtime.engines.Engines`.
///
/// Thread-safe. Who makes it closes it, after its sessions.
public interface Engine extends AutoCloseable {
    EngineKind kind();

    /// @throws EngineException if the file is no model that can be run here
    EngineSession open(Path file);

    @Override
    void close();
}
