package dev.firstpass.server.ledger;

import dev.firstpass.server.call.Arm;
import java.time.Instant;
import java.util.UUID;

/// Predictions for tests.
final class TestPredictions {
    static final Instant NOW = Instant.parse("2026-11-26T12:00:00.123Z");
    private static final String DIGEST = "sha256:" + "ab".repeat(32);

    private TestPredictions() {}

    static Prediction of(UUID id, long version, Instant at) {
        return of("local", id, version, at);
    }

    static Prediction of(String tenant, UUID id, long version, Instant at) {
        return new Prediction(
                id,
                at,
                tenant,
                "photos/field-0041.jpg",
                DIGEST,
                "weeds",
                version,
                "sha256:" + Long.toHexString(version).repeat(64).substring(0, 64),
                version == 1 ? Arm.STABLE : Arm.CANARY,
                "",
                12,
                "sha256:" + "cd".repeat(32),
                34_567_000);
    }

    static UUID id(long number) {
        return new UUID(0x7000L, number);
    }
}
