package dev.firstpass.server.pipeline;

import dev.firstpass.registry.ModelVersion;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/// What a model made of a request's tensors, in the slab: it is not copied for whoever reads it.
///
/// Thread-safe for reading until it is closed. Who was given it closes it, when the last byte is read; a second close
/// does nothing.
public final class TensorAnswer implements AutoCloseable {
    private final ModelVersion version;
    private final List<TensorOutput> outputs;
    private final long queueNanos;
    private final long inferNanos;
    private final Origin origin;
    private final AtomicBoolean closed = new AtomicBoolean();

    /// @param queueNanos of the row that waited longest
    /// @param inferNanos of the run that took longest
    /// @param origin is closed with the answer
    TensorAnswer(ModelVersion version, List<TensorOutput> outputs, long queueNanos, long inferNanos, Origin origin) {
        this.version = version;
        this.outputs = List.copyOf(outputs);
        this.queueNanos = queueNanos;
        this.inferNanos = inferNanos;
        this.origin = origin;
    }

    /// The version that answered.
    public ModelVersion version() {
        return version;
    }

    /// In the order that they were asked for in; else in the model's.
    public List<TensorOutput> outputs() {
        if (closed.get()) {
            throw new IllegalStateException("answer was closed");
        }
        return outputs;
    }

    public long queueNanos() {
        return queueNanos;
    }

    public long inferNanos() {
        return inferNanos;
    }

    /// Whether the memory that it lies in is mostly lent, so that who may keep it for long is to copy it: models need that
    /// memory to run.
    public boolean isMemoryShort() {
        return origin.isMemoryShort();
    }

    /// Tells that the answer is handed to the wire, which deadlines have to leave room for. Called once, and before it is
    /// closed: how long a client takes to read it is not the server's time.
    public void sent() {
        origin.sent();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            origin.close();
        }
    }

    /// Where an answer comes from, and is given back to.
    ///
    /// Thread-safe; closed once.
    interface Origin {
        boolean isMemoryShort();

        void sent();

        void close();
    }
}
