package dev.firstpass.server.runtime.batch;

import dev.firstpass.server.runtime.engine.EngineSession;

/// Where a batcher runs rows: one device's session of the model.
///
/// Immutable.
///
/// @param session used by the lane's thread alone; not closed by the batcher
/// @param threadName for instance `infer-coco-v3-cpu`, or `infer-acme/coco-v3-cpu` of another tenant
/// @param maxBatch most rows in one run
/// @param warmUp how long runs took when it was warmed up
public record Lane(EngineSession session, String threadName, int maxBatch, WarmUpTimes warmUp) {}
