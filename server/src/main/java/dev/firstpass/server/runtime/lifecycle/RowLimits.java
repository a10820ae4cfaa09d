package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.registry.ModelVersion;

/// How many rows a stage may be given in one run. Asked on each load.
///
/// Thread-safe, from memory.
@FunctionalInterface
public interface RowLimits {
    /// Believes what a version claims.
    RowLimits CLAIMED = (_, stage) -> stage.maxBatch();

    int mostRows(ModelVersion version, StageSpec stage);
}
