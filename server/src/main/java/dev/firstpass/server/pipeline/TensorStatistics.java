package dev.firstpass.server.pipeline;

import dev.firstpass.server.runtime.lifecycle.StageCounts;

/// What was asked of one stage of a version since that was loaded.
///
/// Immutable.
///
/// @param name the model's for its first stage, else `model.stage`
/// @param version its number
public record TensorStatistics(String name, long version, StageCounts.Totals totals) {}
