package dev.firstpass.server.ledger;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// What was answered, to be looked up.
///
/// Thread-safe. Reads the disk, so it is called on a virtual thread. An answer that was given before the call is
/// found by it, unless it was dropped or is too old.
public interface PredictionListing {
    /// Whether answers are being recorded.
    boolean isRecording();

    Optional<RecordedPrediction> find(UUID id);

    /// The first ones that the query means, in the order of writing.
    List<RecordedPrediction> list(PredictionQuery query);
}
