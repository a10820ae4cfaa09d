package dev.firstpass.server.cli;

import dev.firstpass.server.ledger.PredictionQuery;
import dev.firstpass.server.ledger.RecordedPrediction;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// A ledger of predictions, wherever it is: in the data directory or behind a server's management listener.
///
/// For one thread.
///
/// @implSpec failures are FailureException or CliException
interface PredictionAccess extends AutoCloseable {
    Optional<RecordedPrediction> find(UUID id);

    /// A page of those that the query means, in the order of writing; shorter than asked for if there are no more.
    ///
    /// @param query asks for 1000 at most
    List<RecordedPrediction> list(PredictionQuery query);

    @Override
    void close();
}
