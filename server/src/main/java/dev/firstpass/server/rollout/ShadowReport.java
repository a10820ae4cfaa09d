package dev.firstpass.server.rollout;

import dev.firstpass.postprocess.evaluation.Agreement;

/// How far a shadow agrees with the stable version, at one instant. Agreement with what serves is not quality: where that
/// is wrong, a better version disagrees.
///
/// Immutable.
///
/// @param agreement stable first, shadow second
/// @param failed runs that gave no answer
/// @param dropped requests that were to be copied, and were not since the server was busy
/// @param stable how long decoding, running and reading took it, for the same requests where it ran
/// @param shadow the same
public record ShadowReport(Agreement agreement, long failed, long dropped, Latencies stable, Latencies shadow) {}
