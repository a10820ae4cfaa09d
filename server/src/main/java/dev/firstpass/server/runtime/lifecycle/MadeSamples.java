package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Tensor;
import java.util.List;

/// What a stage whose rows a family makes is warmed up and measured with.
///
/// Thread-safe.
@FunctionalInterface
public interface MadeSamples {
    /// Where no version has such a stage.
    MadeSamples NONE = (_, stage, _) -> {
        throw new IllegalStateException("stage " + stage.name() + ": nobody knows its rows");
    };

    /// Rows such as the stage gets, on the heap; at least one.
    ///
    /// @param signature of its file
    List<List<Tensor>> of(ModelSpec spec, StageSpec stage, ModelSignature signature);
}
