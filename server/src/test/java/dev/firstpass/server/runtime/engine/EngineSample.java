package dev.firstpass.server.runtime.engine;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.server.runtime.engine.onnx.OnnxSample;
import dev.firstpass.server.runtime.engine.tensorflow.TensorFlowSample;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// An engine and the contract's models in its kind of file. A new engine adds one to [#ALL].
public interface EngineSample {
    List<EngineSample> ALL = List.of(new OnnxSample(), new TensorFlowSample());

    /// A new engine; the caller closes it.
    Engine engine();

    /// Writes a model.
    ///
    /// @return what the engine opens
    Path write(Files model, Path folder) throws IOException;

    /// Writes a model [?,3] -> [?,3] that gives what it takes, of one element type, which may be strings; input and output are called as in
    /// the others.
    ///
    /// @return what the engine opens
    Path writeIdentity(ElementType type, Path folder) throws IOException;

    /// Writes a model [?] -> [?] that turns floats into another element type; input and output are called as in the others.
    ///
    /// @return what the engine opens
    Path writeCast(ElementType to, Path folder) throws IOException;

    /// The contract's models; the input is `x`, floats, the output `y`, where nothing else is said.
    enum Files {
        /// [?,2] -> [?,2], each value twice as large.
        DOUBLING,
        /// The same of a scalar, [] -> [].
        DOUBLING_A_SCALAR,
        /// [4] -> [1,n] of whole numbers: where the input is not 0.
        POSITIONS_OF_NONZERO,
        /// `a` and `b`, both [?,2] -> `sum` and `difference`, both [?,2].
        SUM_AND_DIFFERENCE
    }
}
