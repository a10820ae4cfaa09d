package dev.firstpass.server.runtime.engine.tensorflow;

import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.EngineException;
import java.nio.file.Path;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TensorFlowException;

/// One SavedModel in TensorFlow's memory, which several threads may run at a time.
///
/// Thread-safe. Who loads it closes it, when no run is under way.
final class TensorFlowModel {
    private final SavedModelBundle bundle;

    private TensorFlowModel(SavedModelBundle bundle) {
        this.bundle = bundle;
    }

    /// Loads a model, and the library with the first one.
    ///
    /// @param threads that one run may use
    /// @throws EngineException if TensorFlow does not take it
    static TensorFlowModel load(Path directory, int threads, Device device) {
        try {
            return new TensorFlowModel(SavedModelBundle.loader(directory.toString())
                    .withTags(SavedModelBundle.DEFAULT_TAG)
                    .withConfigProto(TensorFlowDevice.config(threads, device))
                    .load());
        } catch (TensorFlowException e) {
            throw new EngineException("cannot open the model: " + e.getMessage(), e);
        }
    }

    Session.Runner runner() {
        return bundle.session().runner();
    }

    void close() {
        bundle.close();
    }
}
