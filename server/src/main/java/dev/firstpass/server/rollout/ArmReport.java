package dev.firstpass.server.rollout;

import java.util.OptionalDouble;

/// What one arm of a rollout has done, at one instant.
///
/// Immutable.
///
/// @param requests that it answered or failed
/// @param cached answers among them for which the model did not run
/// @param errors requests that failed, and not by the caller's doing
/// @param latencies of the answers for which the model ran
/// @param labels in all answers
/// @param meanScore of all labels; empty where there are none
public record ArmReport(
        long requests, long cached, long errors, Latencies latencies, long labels, OptionalDouble meanScore) {}
