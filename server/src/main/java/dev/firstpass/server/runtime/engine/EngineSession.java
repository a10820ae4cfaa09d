package dev.firstpass.server.runtime.engine;

import dev.firstpass.postprocess.tensor.ModelSignature;
import java.util.List;

/// One opened model file on one device; runs one batch at a time.
///
/// For one thread at a time. Who opened it closes it, once, when no run is under way.
public interface EngineSession extends AutoCloseable {
    ModelSignature signature();

    /// Runs one batch.
    ///
    /// @param inputs every input of the model, all with the same number of rows
    /// @param memory asked once for each output, in the signature's order
    /// @return the outputs in the signature's order, in the memory given by `memory`
    /// @throws EngineException if the model fails on it; the session stays usable
    List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory);

    @Override
    void close();
}
