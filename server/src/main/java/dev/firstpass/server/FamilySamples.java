package dev.firstpass.server;

import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.server.runtime.lifecycle.MadeSamples;
import java.util.List;

/// Rows of stages that families make, as those have them.
///
/// Immutable.
record FamilySamples(List<ModelFamily> families) implements MadeSamples {
    FamilySamples {
        families = List.copyOf(families);
    }

    @Override
    public List<List<Tensor>> of(ModelSpec spec, StageSpec stage, ModelSignature signature) {
        return families.stream()
                .filter(family -> family.id().equals(spec.family()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("family: " + spec.family() + " is not in this release"))
                .samples(stage, signature.inputs());
    }
}
