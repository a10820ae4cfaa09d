package dev.firstpass.server.ledger;

import dev.firstpass.server.call.Arm;
import java.time.Instant;
import java.util.UUID;

/// One answer as the ledger keeps it: what was asked about, who answered, and how much was found; no pixels and no
/// labels.
///
/// Immutable.
///
/// @param id unique for each answer
/// @param at when it was ready, kept to the millisecond
/// @param tenant whose request it was
/// @param assetId the caller's identifier of the asset, or its digest where the caller gave none
/// @param assetDigest `sha256:` and 64 hex digits
/// @param model the version's model
/// @param version the version's number
/// @param versionDigest `sha256:` and 64 hex digits
/// @param spec `name@version` of the labeling project in force; empty where none was named
/// @param labels how many were answered
/// @param labelsDigest of these, as [LabelsDigest] makes it
/// @param latencyNanos from the request to the answer, kept to the microsecond
public record Prediction(
        UUID id,
        Instant at,
        String tenant,
        String assetId,
        String assetDigest,
        String model,
        long version,
        String versionDigest,
        Arm arm,
        String spec,
        int labels,
        String labelsDigest,
        long latencyNanos) {}
