package dev.firstpass.postprocess.spec;

import java.util.Map;

/// One model file's part in a version: its name, how it wants its pixels, and which of its outputs play which role
/// for the family (role -> tensor name; a role that is missing is found by the family from names and shapes).
///
/// Immutable.
public record StageSpec(String name, InputSpec input, Map<String, String> outputs, BatchingSpec batching) {
    /// Name of the only stage of a single-file version.
    public static final String MAIN = "main";

    public StageSpec {
        outputs = Map.copyOf(outputs);
    }

    public StageSpec(String name, InputSpec input, Map<String, String> outputs, int maxBatch) {
        this(name, input, outputs, BatchingSpec.of(maxBatch));
    }

    /// Most rows in one run, >= 1; 1 where the model's batch axis is fixed.
    public int maxBatch() {
        return batching.max();
    }
}
