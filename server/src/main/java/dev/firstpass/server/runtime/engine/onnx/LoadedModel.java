package dev.firstpass.server.runtime.engine.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.server.runtime.engine.EngineException;
import java.util.Optional;

/// One model in ONNX Runtime's memory, its weights and the threads that help with its runs. Several threads may run it at a
/// time, each run with memory of its own.
///
/// Thread-safe. Who makes it closes it, when no run is under way.
final class LoadedModel {
    private final OrtSession session;
    private final ModelSignature signature;
    private final boolean outputsFollowInputs;
    private final Optional<PoolThreads> pool;

    private LoadedModel(
            OrtSession session, ModelSignature signature, boolean outputsFollowInputs, Optional<PoolThreads> pool) {
        this.session = session;
        this.signature = signature;
        this.outputsFollowInputs = outputsFollowInputs;
        this.pool = pool;
    }

    /// Takes ownership of `session`, also when it throws, and of `pool`, unless it throws.
    ///
    /// @param pool the session's threads, unless it has made them itself
    static LoadedModel of(OrtSession session, Optional<PoolThreads> pool) throws OrtException {
        try {
            ModelSignature signature = new ModelSignature(
                    OnnxTensors.inputs(session.getInputInfo().values()),
                    OnnxTensors.outputs(session.getOutputInfo().values()),
                    session.getMetadata().getCustomMetadata());
            OutputAxes axes = new OutputAxes(
                    session.getInputInfo().values(), session.getOutputInfo().values());
            return new LoadedModel(session, signature, axes.followInputs(signature.rowInputs()), pool);
        } catch (OrtException | RuntimeException e) {
            session.close();
            throw e;
        }
    }

    OrtSession session() {
        return session;
    }

    ModelSignature signature() {
        return signature;
    }

    /// Whether the shapes of all outputs may follow from those of the inputs, by what the file says.
    boolean outputsFollowInputs() {
        return outputsFollowInputs;
    }

    /// As `EngineSession.endWarmUp`.
    void endWarmUp() {
        pool.ifPresent(PoolThreads::begin);
    }

    void close() {
        try {
            session.close();
            pool.ifPresent(PoolThreads::close);
        } catch (OrtException e) {
            throw new EngineException("close failed: " + e.getMessage(), e);
        }
    }
}
