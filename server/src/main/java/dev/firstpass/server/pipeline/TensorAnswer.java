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
    private final Runnable whenSent;
    private final Runnable whenClosed;
    private final AtomicBoolean closed = new AtomicBoolean();

    /// @param queueNanos of the row that waited longest
    /// @param inferNanos of the run that took longest
    /// @param whenSent told when the answer is on its way
    /// @param whenClosed gives everything back
    TensorAnswer(
            ModelVersion version,
            List<TensorOutput> outputs,
            long queueNanos,
            long inferNanos,
            Runnable whenSent,
            Runnable whenClosed) {
        this.version = version;
        this.outputs = List.copyOf(outputs);
        this.queueNanos = queueNanos;
        this.inferNanos = inferNanos;
        this.whenSent = whenSent;
        this.whenClosed = whenClosed;
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

    /// Tells that the answer is handed to the wire, which deadlines have to leave room for. Called once, and before it is
    /// closed: how long a client takes to read it is not the server's time.
    public void sent() {
        whenSent.run();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            whenClosed.run();
        }
    }
}
