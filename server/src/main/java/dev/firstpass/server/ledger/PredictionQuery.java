package dev.firstpass.server.ledger;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/// Which predictions are wanted, the first written first.
///
/// Immutable.
///
/// @param tenant whose requests were answered; empty for all
/// @param model of this one alone
/// @param version and this version alone; without a model it means nothing
/// @param since those that were ready then or later
/// @param after those with greater sequence numbers
/// @param most so many
public record PredictionQuery(
        Optional<String> tenant,
        Optional<String> model,
        OptionalLong version,
        Optional<Instant> since,
        long after,
        int most) {
    public PredictionQuery {
        if (model.isEmpty() && version.isPresent()) {
            throw new IllegalArgumentException(
                    "version: " + version.getAsLong() + " (expected: a model, where there is one)");
        }
    }
}
