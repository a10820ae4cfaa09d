package dev.firstpass.postprocess.spec;

import java.util.Map;

/// One model file's part in a version: its name, where its rows come from, and which of its outputs play which role
/// for the family (role -> tensor name; a role that is missing is found by the family from names and shapes).
///
/// Immutable.
///
/// @param source how it wants its pixels, where it looks at the asset
public record StageSpec(String name, StageSource source, Map<String, String> outputs, BatchingSpec batching) {
    /// Name of the only stage of a single-file version.
    public static final String MAIN = "main";

    public StageSpec {
        outputs = Map.copyOf(outputs);
        if (source instanceof StageSource.Made && batching.max() != 1) {
            throw new IllegalArgumentException(
                    "max: " + batching.max() + " (expected: 1 where the family makes the rows)");
        }
    }

    public StageSpec(String name, StageSource source, Map<String, String> outputs, int maxBatch) {
        this(name, source, outputs, BatchingSpec.of(maxBatch));
    }

    /// How it wants its pixels.
    ///
    /// @throws IllegalStateException if it takes none: the family makes its rows
    public InputSpec input() {
        return switch (source) {
            case InputSpec input -> input;
            case StageSource.Made _ -> throw new IllegalStateException("stage " + name + ": takes no pixels");
        };
    }

    /// Whether the family makes its rows.
    public boolean isMade() {
        return source instanceof StageSource.Made;
    }

    /// Most rows in one run, >= 1; 1 where the model's batch axis is fixed.
    public int maxBatch() {
        return batching.max();
    }
}
