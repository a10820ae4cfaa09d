package dev.firstpass.server.runtime.engine.tensorflow;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.savedmodel.OperationPolicy;
import dev.firstpass.registry.savedmodel.SavedModelFile;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.SharedModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/// TensorFlow on one device.
///
/// Making the engine costs nothing: the library, 680 MB of it, loads with the first model that is opened, in about
/// half a second, and 5 s more the first time it unpacks itself. Once loaded it stays until the process ends. So
/// that it costs nothing, no class of the library is named here, only in [TensorFlowModel] and its like.
///
/// What it opens is checked against the list of harmless operations, as it was when it was registered: the list may
/// have become shorter since, and files may have changed.
///
/// Thread-safe.
public final class TensorFlowEngine implements Engine {
    private final int threads;
    private final Device device;
    private final OperationPolicy policy;
    private final AtomicBoolean deviceWorks = new AtomicBoolean();
    private final SharedModels<TensorFlowModel> models = new SharedModels<>(TensorFlowModel::close);

    /// Opens only models that do nothing but compute.
    ///
    /// @param threads that one run may use
    public TensorFlowEngine(int threads) {
        this(threads, Device.cpu());
    }

    /// The same on any device; a GPU is tried with the first model.
    public TensorFlowEngine(int threads, Device device) {
        this(threads, device, OperationPolicy.HARMLESS);
    }

    private TensorFlowEngine(int threads, Device device, OperationPolicy policy) {
        this.threads = threads;
        this.device = device;
        this.policy = policy;
    }

    /// Opens any model: one that reads files and runs Python as well. To test what else holds such a model back.
    ///
    /// @param threads that one run may use
    public static TensorFlowEngine withoutOperationList(int threads) {
        return new TensorFlowEngine(threads, Device.cpu(), OperationPolicy.ANYTHING);
    }

    @Override
    public int threads() {
        return threads;
    }

    @Override
    public EngineKind kind() {
        return EngineKind.TENSORFLOW;
    }

    /// @param directory of a SavedModel
    @Override
    public EngineSession open(Path directory) {
        try {
            SavedModelFile declared = SavedModelFile.read(directory, policy);
            if (device instanceof Device.Cuda cuda && !deviceWorks.get()) {
                TensorFlowDevice.tryOut(threads, cuda);
                deviceWorks.set(true);
            }
            return new TensorFlowSession(
                    models.open(files(directory), () -> TensorFlowModel.load(directory, threads, device)), declared);
        } catch (RegistryException e) {
            throw new EngineException("cannot open the model: " + e.getMessage(), e);
        } catch (UnsatisfiedLinkError | ExceptionInInitializerError | NoClassDefFoundError e) {
            throw new EngineException("TensorFlow does not load: " + e.getMessage(), e);
        }
    }

    private static List<Path> files(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException | UncheckedIOException e) {
            throw new EngineException("cannot open the model: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        // The library cannot be unloaded; sessions are closed by who opened them.
    }
}
