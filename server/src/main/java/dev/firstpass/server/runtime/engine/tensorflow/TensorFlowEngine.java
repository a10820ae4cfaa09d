package dev.firstpass.server.runtime.engine.tensorflow;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.savedmodel.SavedModelFile;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import java.nio.file.Path;

/// TensorFlow on the CPU.
///
/// Making the engine costs nothing: the library, 680 MB of it, loads with the first model that is opened, in about
/// half a second, and 5 s more the first time it unpacks itself. Once loaded it stays until the process ends. So
/// that it costs nothing, no class of the library is named here, only in [TensorFlowSession].
///
/// Thread-safe.
public final class TensorFlowEngine implements Engine {
    private final int threads;

    /// @param threads that one run may use
    public TensorFlowEngine(int threads) {
        this.threads = threads;
    }

    @Override
    public EngineKind kind() {
        return EngineKind.TENSORFLOW;
    }

    /// @param directory of a SavedModel
    @Override
    public EngineSession open(Path directory) {
        try {
            return TensorFlowSession.open(directory, SavedModelFile.read(directory), threads);
        } catch (RegistryException e) {
            throw new EngineException("cannot open the model: " + e.getMessage(), e);
        } catch (UnsatisfiedLinkError | ExceptionInInitializerError | NoClassDefFoundError e) {
            throw new EngineException("TensorFlow does not load: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        // The library cannot be unloaded; sessions are closed by who opened them.
    }
}
