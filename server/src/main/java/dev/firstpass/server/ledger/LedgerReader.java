package dev.firstpass.server.ledger;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// The ledger in a data directory, to be read alone, whether or not a server writes it: what that has not written yet is not
/// found.
///
/// Immutable, but for the file.
public final class LedgerReader implements PredictionListing {
    private final Path file;

    /// @param file nothing is found while there is none
    LedgerReader(Path file) {
        this.file = file;
    }

    /// @param data the data directory; nothing need be in it
    public static LedgerReader of(Path data) {
        return new LedgerReader(data.resolve(PredictionLedger.FILE));
    }

    /// Nothing is by this.
    @Override
    public boolean isRecording() {
        return false;
    }

    @Override
    public Optional<RecordedPrediction> find(UUID id) {
        return read(() -> LedgerQueries.find(file, id), Optional.empty());
    }

    @Override
    public List<RecordedPrediction> list(PredictionQuery query) {
        return read(() -> LedgerQueries.list(file, query), List.of());
    }

    private <T> T read(Reading<T> reading, T nothing) {
        try {
            return LedgerFile.exists(file) ? reading.read() : nothing;
        } catch (SQLException e) {
            throw new IllegalStateException("the ledger of predictions cannot be read", e);
        }
    }

    private interface Reading<T> {
        T read() throws SQLException;
    }
}
