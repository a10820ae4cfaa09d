package dev.firstpass.server.ledger;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// What is found where no ledger is kept.
///
/// Immutable.
public final class NoLedger implements PredictionListing {
    @Override
    public boolean isRecording() {
        return false;
    }

    @Override
    public Optional<RecordedPrediction> find(UUID id) {
        return Optional.empty();
    }

    @Override
    public List<RecordedPrediction> list(PredictionQuery query) {
        return List.of();
    }
}
