package dev.firstpass.server.runtime.batch;

import dev.firstpass.postprocess.tensor.RawOutputs;

/// What one row got, and how long it waited and ran. Who is given it closes `raw`, once.
///
/// Immutable.
///
/// @param queueNanos from submission to the start of the run
/// @param inferNanos of the run that it was part of
/// @param batchSize rows in that run
public record RowOutputs(RawOutputs raw, long queueNanos, long inferNanos, int batchSize) {}
