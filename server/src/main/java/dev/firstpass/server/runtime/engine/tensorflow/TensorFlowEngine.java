package dev.firstpass.server.runtime.engine.tensorflow;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.savedmodel.SavedModelFile;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import java.nio.file.Path;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.ThreadPoolOptionProto;

/// TensorFlow on the CPU.
///
/// Making the engine costs nothing: the library, 680 MB of it, loads with the first model that is opened, in about
/// half a second, and 5 s more the first time it unpacks itself. Once loaded it stays until the process ends.
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
            SavedModelFile declared = SavedModelFile.read(directory);
            SavedModelBundle bundle = SavedModelBundle.loader(directory.toString())
                    .withTags(SavedModelBundle.DEFAULT_TAG)
                    .withConfigProto(config())
                    .load();
            return new TensorFlowSession(bundle, declared);
        } catch (TensorFlowException | RegistryException e) {
            throw new EngineException("cannot open the model: " + e.getMessage(), e);
        } catch (UnsatisfiedLinkError | ExceptionInInitializerError | NoClassDefFoundError e) {
            throw new EngineException("TensorFlow does not load: " + e.getMessage(), e);
        }
    }

    /// Pools of the session's own: TensorFlow's are the process', sized by the first session that comes.
    private ConfigProto config() {
        return ConfigProto.newBuilder()
                .setIntraOpParallelismThreads(threads)
                .addSessionInterOpThreadPool(ThreadPoolOptionProto.newBuilder().setNumThreads(1))
                .build();
    }

    @Override
    public void close() {
        // The library cannot be unloaded; sessions are closed by who opened them.
    }
}
