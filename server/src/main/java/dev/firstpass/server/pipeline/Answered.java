package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.server.asset.Asset;
import java.util.List;

/// A request that was answered.
///
/// Immutable.
///
/// @param isCached whether the answer was found in the cache, so that no model ran
public record Answered(
        PrelabelRequest request,
        Asset asset,
        Choice choice,
        List<Annotation> annotations,
        boolean isCached,
        StageTimes times) {
    public Answered {
        annotations = List.copyOf(annotations);
    }
}
