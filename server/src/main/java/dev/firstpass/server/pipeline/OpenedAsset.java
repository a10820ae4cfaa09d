package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.registry.ModelVersion;

/// An asset that a model has looked at, for prompts to come.
///
/// Immutable.
///
/// @param version that looked at it
/// @param isHeld whether the asset may now be named by its digest, for a while
/// @param cache EMBEDDING where it was known what the model's encoder makes of the asset, else MISS, or BYPASS
public record OpenedAsset(
        AssetInfo asset, ModelVersion version, boolean isHeld, StageTimes times, CacheOutcome cache) {}
