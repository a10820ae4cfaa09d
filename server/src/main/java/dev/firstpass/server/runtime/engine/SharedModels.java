package dev.firstpass.server.runtime.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// The models that one engine has in memory: each once, however many sessions run it, so that weights are not there again
/// for each run that may take place at a time.
///
/// Thread-safe. One opens at a time, and while it does none closes.
///
/// @param <M> a model, which several threads may run at a time
public final class SharedModels<M> {
    private final Consumer<M> closing;
    private final Map<ModelFiles, Shared> loaded = new HashMap<>();

    /// @param closing of a model that nobody has open any more
    public SharedModels(Consumer<M> closing) {
        this.closing = closing;
    }

    /// The model of these files, which is loaded if nobody has it open.
    ///
    /// @param files all that the model is made from
    /// @throws EngineException if they cannot be read
    public Shared open(List<Path> files, Supplier<M> loading) {
        try {
            return open(ModelFiles.of(files), loading);
        } catch (IOException e) {
            throw new EngineException("cannot open the model: " + e.getMessage(), e);
        }
    }

    private synchronized Shared open(ModelFiles files, Supplier<M> loading) {
        Shared shared = loaded.computeIfAbsent(files, all -> new Shared(all, loading.get()));
        shared.holders++;
        return shared;
    }

    private synchronized void release(Shared shared) {
        shared.holders--;
        if (shared.holders == 0) {
            loaded.remove(shared.files);
            closing.accept(shared.model);
        }
    }

    /// One's hold on a model. Who was given it closes it, once, when no run is under way.
    public final class Shared implements AutoCloseable {
        private final ModelFiles files;
        private final M model;

        /// With the lock of the models.
        private int holders;

        private Shared(ModelFiles files, M model) {
            this.files = files;
            this.model = model;
        }

        public M model() {
            return model;
        }

        @Override
        public void close() {
            release(this);
        }
    }
}
