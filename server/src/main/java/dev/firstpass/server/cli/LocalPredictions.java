package dev.firstpass.server.cli;

import dev.firstpass.server.ledger.PredictionListing;
import dev.firstpass.server.ledger.PredictionQuery;
import dev.firstpass.server.ledger.RecordedPrediction;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// The ledger in the data directory.
///
/// For one thread.
record LocalPredictions(PredictionListing ledger) implements PredictionAccess {
    @Override
    public Optional<RecordedPrediction> find(UUID id) {
        return ledger.find(id);
    }

    @Override
    public List<RecordedPrediction> list(PredictionQuery query) {
        return ledger.list(query);
    }

    @Override
    public void close() {}
}
