package dev.firstpass.registry.store;

import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.RegistryException.ManifestInvalid;
import dev.firstpass.registry.audit.AuditHead;
import dev.firstpass.registry.manifest.ManifestReader;
import dev.firstpass.registry.manifest.ManifestWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/// A registry's SQLite file as copies need it: beside whoever else has it open, and of any schema up to this
/// release's.
///
/// Pure but for the file.
final class DatabaseFile {
    static final String NAME = "registry.db";

    private static final int BUSY_TIMEOUT_MILLIS = 60_000;

    private DatabaseFile() {}

    /// A version as the database has it, of any tenant.
    record Row(String ref, String digest, String state, byte[] manifest) {
        /// Empty where the manifest is not what the digest says, or none.
        Optional<Manifest> parsed() {
            try {
                return ManifestWriter.digest(manifest).equals(digest)
                        ? Optional.of(ManifestReader.readCanonical(manifest))
                        : Optional.empty();
            } catch (ManifestInvalid _) {
                return Optional.empty();
            }
        }
    }

    /// @param head of the audit; its start where the schema has no chain yet
    record Contents(int schema, List<Row> rows, AuditHead head) {
        Contents {
            rows = List.copyOf(rows);
        }
    }

    /// Copies the database as it is at one instant, while others read and write it. Neither is held up.
    ///
    /// @param to does not exist
    static void copy(Path from, Path to) {
        try (Connection connection = source(from, false).getConnection();
                PreparedStatement statement = connection.prepareStatement("VACUUM INTO ?")) {
            statement.setString(1, to.toString());
            statement.execute();
        } catch (SQLException e) {
            throw StorageFailures.of(new IllegalStateException(e), folder(to));
        }
    }

    /// Reads a database that nobody else has open, which stays as it is to the byte.
    ///
    /// @throws dev.firstpass.registry.RegistryException.DataUnusable if it is damaged, none of a registry, or of a newer
    ///     release
    static Contents read(Path database) {
        try (Connection connection = source(database, true).getConnection();
                Statement statement = connection.createStatement()) {
            int schema = integer(statement, "PRAGMA user_version");
            if (schema > Database.SCHEMA) {
                throw Backup.unusable("the registry is of a newer release: schema " + schema + " (expected: at most "
                        + Database.SCHEMA + ")");
            }
            if (schema < 1 || !isWhole(statement)) {
                throw Backup.unusable("the registry's database is damaged, or none");
            }
            return new Contents(schema, rows(statement), head(statement, schema));
        } catch (SQLException e) {
            throw StorageFailures.of(new IllegalStateException(e), folder(database));
        }
    }

    private static List<Row> rows(Statement statement) throws SQLException {
        List<Row> rows = new ArrayList<>();
        try (ResultSet row = statement.executeQuery(
                "SELECT tenant, name, number, digest, state, manifest FROM version ORDER BY tenant, name, number")) {
            while (row.next()) {
                rows.add(new Row(
                        Rows.called(row) + "@" + row.getLong("number"),
                        row.getString("digest"),
                        row.getString("state"),
                        row.getString("manifest").getBytes(StandardCharsets.UTF_8)));
            }
        }
        return rows;
    }

    private static AuditHead head(Statement statement, int schema) throws SQLException {
        if (schema < 2) {
            return AuditHead.START;
        }
        try (ResultSet row = statement.executeQuery("SELECT id, hash FROM audit_head")) {
            return row.next() ? new AuditHead(row.getLong("id"), row.getString("hash")) : AuditHead.START;
        }
    }

    private static boolean isWhole(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("PRAGMA integrity_check(1)")) {
            return row.next() && row.getString(1).equals("ok");
        }
    }

    private static int integer(Statement statement, String query) throws SQLException {
        try (ResultSet row = statement.executeQuery(query)) {
            return row.next() ? row.getInt(1) : 0;
        }
    }

    private static Path folder(Path file) {
        return Optional.ofNullable(file.getParent()).orElse(file);
    }

    private static SQLiteDataSource source(Path database, boolean isReadOnly) {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(isReadOnly);
        config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
        SQLiteDataSource source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + database);
        return source;
    }
}
