package dev.firstpass.server.ledger;

import dev.firstpass.registry.Tenant;
import dev.firstpass.server.call.Arm;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/// Looks predictions up in the database, each time through a connection of its own.
///
/// Pure functions, but for the disk.
final class LedgerQueries {
    private static final String SELECT = """
            SELECT sequence, prediction.id, at, tenant, asset_id, asset_digest, version.name, version.number,
                version.digest, arm, spec, labels, labels_digest, micros
            FROM prediction JOIN version ON version.id = prediction.version\s""";

    private LedgerQueries() {}

    static Optional<RecordedPrediction> find(Path path, UUID id) throws SQLException {
        try (Connection connection = LedgerFile.reader(path);
                PreparedStatement query = connection.prepareStatement(SELECT + "WHERE prediction.id = ?")) {
            query.setBytes(1, Bytes.of(id));
            return rows(query).stream().findFirst();
        }
    }

    static List<RecordedPrediction> list(Path path, PredictionQuery wanted) throws SQLException {
        try (Connection connection = LedgerFile.reader(path)) {
            if (wanted.model().isPresent()) {
                return ofVersions(connection, versions(connection, wanted), wanted);
            }
            Optional<String> others = wanted.tenant().filter(tenant -> !tenant.equals(Tenant.LOCAL.value()));
            return others.isPresent() ? ofTenant(connection, others.get(), wanted) : ofAll(connection, wanted);
        }
    }

    private static List<RecordedPrediction> ofAll(Connection connection, PredictionQuery wanted) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(
                SELECT + "WHERE sequence > ? AND at >= ? AND (? OR tenant = ?) ORDER BY sequence LIMIT ?")) {
            query.setLong(1, wanted.after());
            query.setLong(2, since(wanted));
            setTenant(query, 3, wanted);
            query.setInt(5, wanted.most());
            return rows(query);
        }
    }

    /// Along an index, which its condition is that of: what others have is not looked at, however much it is.
    private static List<RecordedPrediction> ofTenant(Connection connection, String tenant, PredictionQuery wanted)
            throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(SELECT
                + "WHERE tenant = ? AND tenant <> 'local' AND sequence > ? AND at >= ? ORDER BY sequence LIMIT ?")) {
            query.setString(1, tenant);
            query.setLong(2, wanted.after());
            query.setLong(3, since(wanted));
            query.setInt(4, wanted.most());
            return rows(query);
        }
    }

    /// Of two parameters: whether all tenants are wanted, and whose predictions else.
    private static void setTenant(PreparedStatement query, int first, PredictionQuery wanted) throws SQLException {
        query.setBoolean(first, wanted.tenant().isEmpty());
        query.setString(first + 1, wanted.tenant().orElse(""));
    }

    /// In milliseconds, as it is kept, rounded up: whatever is not before it.
    private static long since(PredictionQuery wanted) {
        return wanted.since().map(at -> at.plusNanos(999_999).toEpochMilli()).orElse(Long.MIN_VALUE);
    }

    /// Each version's rows are read along its index, which no single query over several of them does. Of what was read, no
    /// more is kept than is wanted, however many versions there are, and nothing is read that comes after that.
    private static List<RecordedPrediction> ofVersions(
            Connection connection, List<Long> versions, PredictionQuery wanted) throws SQLException {
        List<RecordedPrediction> found = List.of();
        try (PreparedStatement query = connection.prepareStatement(SELECT
                + "WHERE prediction.version = ? AND sequence > ? AND sequence < ? AND at >= ? AND (? OR tenant = ?)"
                + " ORDER BY sequence LIMIT ?")) {
            for (long version : versions) {
                boolean isFull = found.size() == wanted.most();
                query.setLong(1, version);
                query.setLong(2, wanted.after());
                query.setLong(3, isFull ? found.getLast().sequence() : Long.MAX_VALUE);
                query.setLong(4, since(wanted));
                setTenant(query, 5, wanted);
                query.setInt(7, wanted.most());
                found = Stream.concat(found.stream(), rows(query).stream())
                        .sorted(Comparator.comparingLong(RecordedPrediction::sequence))
                        .limit(wanted.most())
                        .toList();
            }
        }
        return found;
    }

    private static List<Long> versions(Connection connection, PredictionQuery wanted) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(
                "SELECT id FROM version WHERE name = ? AND (? OR number = ?) ORDER BY id")) {
            query.setString(1, wanted.model().orElseThrow());
            query.setBoolean(2, wanted.version().isEmpty());
            query.setLong(3, wanted.version().orElse(0));
            List<Long> ids = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    ids.add(row.getLong(1));
                }
            }
            return ids;
        }
    }

    private static List<RecordedPrediction> rows(PreparedStatement query) throws SQLException {
        List<RecordedPrediction> found = new ArrayList<>();
        try (ResultSet row = query.executeQuery()) {
            while (row.next()) {
                found.add(prediction(row));
            }
        }
        return found;
    }

    private static RecordedPrediction prediction(ResultSet row) throws SQLException {
        String assetDigest = Bytes.digest(row.getBytes(6));
        String assetId = row.getString(5);
        return new RecordedPrediction(
                row.getLong(1),
                new Prediction(
                        Bytes.id(row.getBytes(2)),
                        Instant.ofEpochMilli(row.getLong(3)),
                        row.getString(4),
                        assetId.isEmpty() ? assetDigest : assetId,
                        assetDigest,
                        row.getString(7),
                        row.getLong(8),
                        Bytes.digest(row.getBytes(9)),
                        arm(row.getString(10)),
                        row.getString(11),
                        row.getInt(12),
                        Bytes.digest(row.getBytes(13)),
                        row.getLong(14) * 1000));
    }

    private static Arm arm(String id) throws SQLException {
        return Arrays.stream(Arm.values())
                .filter(arm -> arm.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new SQLException("arm: " + id + " (expected: one that this release knows)"));
    }
}
