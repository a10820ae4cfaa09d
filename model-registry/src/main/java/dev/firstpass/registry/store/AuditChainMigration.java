package dev.firstpass.registry.store;

import dev.firstpass.registry.audit.AuditHead;
import dev.firstpass.registry.audit.AuditLine;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;

/// Schema 2 of SQLite: the audit's lines tell how the change ended, and are chained by hashes. Those that were there are chained as
/// they are found, in order; numbers are without gaps from then on.
///
/// For one thread.
final class AuditChainMigration implements JavaMigration {
    private static final String[] BEFORE = {
        "DROP TRIGGER audit_is_not_edited",
        "DROP TRIGGER audit_is_not_cut",
        "ALTER TABLE audit RENAME TO audit_1",
        """
        CREATE TABLE audit (
            id         INTEGER PRIMARY KEY,
            tenant     TEXT    NOT NULL,
            principal  TEXT    NOT NULL,
            at         INTEGER NOT NULL,
            action     TEXT    NOT NULL,
            name       TEXT    NOT NULL,
            subject    TEXT    NOT NULL,
            from_value TEXT    NOT NULL,
            to_value   TEXT    NOT NULL,
            digest     TEXT    NOT NULL,
            result     TEXT    NOT NULL,
            hash       TEXT    NOT NULL CHECK (length(hash) = 64)
        ) STRICT""",
        "CREATE INDEX audit_by_subject ON audit (tenant, name, subject, id)",
        """
        CREATE TABLE audit_head (
            one  INTEGER PRIMARY KEY CHECK (one = 1),
            id   INTEGER NOT NULL,
            hash TEXT    NOT NULL
        ) STRICT"""
    };
    private static final String[] AFTERWARDS = {"DROP TABLE audit_1", """
        CREATE TRIGGER audit_is_not_edited BEFORE UPDATE ON audit
        BEGIN
            SELECT RAISE(ABORT, 'the audit is append-only');
        END""", """
        CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
        BEGIN
            SELECT RAISE(ABORT, 'the audit is append-only');
        END""", """
        CREATE TRIGGER audit_keeps_its_head BEFORE DELETE ON audit_head
        BEGIN
            SELECT RAISE(ABORT, 'the audit is append-only');
        END""", "PRAGMA user_version = 2"};

    @Override
    public MigrationVersion getVersion() {
        return MigrationVersion.fromVersion("2");
    }

    @Override
    public String getDescription() {
        return "audit chain";
    }

    @Override
    public @Nullable Integer getChecksum() {
        return null;
    }

    @Override
    public boolean canExecuteInTransaction() {
        return true;
    }

    @Override
    public void migrate(Context context) throws SQLException {
        Connection connection = context.getConnection();
        try (Statement statement = connection.createStatement()) {
            for (String sql : BEFORE) {
                statement.execute(sql);
            }
            AuditHead head = chain(connection);
            statement.execute(
                    "INSERT INTO audit_head (one, id, hash) VALUES (1, " + head.id() + ", '" + head.hash() + "')");
            for (String sql : AFTERWARDS) {
                statement.execute(sql);
            }
        }
    }

    private static AuditHead chain(Connection connection) throws SQLException {
        AuditHead head = AuditHead.START;
        try (Statement reading = connection.createStatement();
                ResultSet row = reading.executeQuery("SELECT * FROM audit_1 ORDER BY id");
                PreparedStatement writing =
                        connection.prepareStatement("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            while (row.next()) {
                AuditLine line = line(row).after(head);
                write(writing, line);
                head = line.head();
            }
        }
        return head;
    }

    /// Moves that nobody asked for were told by their principal alone.
    private static AuditLine line(ResultSet row) throws SQLException {
        String principal = row.getString("principal");
        String action = row.getString("action");
        return new AuditLine(
                0,
                row.getString("tenant"),
                principal,
                Instant.ofEpochMilli(row.getLong("at")),
                principal.equals(AuditLines.SUPERVISION) && action.equals(AuditLine.ALIAS)
                        ? AuditLine.ROLLBACK
                        : action,
                row.getString("name"),
                row.getString("subject"),
                row.getString("from_value"),
                row.getString("to_value"),
                row.getString("digest"),
                AuditLine.DONE,
                "");
    }

    private static void write(PreparedStatement writing, AuditLine line) throws SQLException {
        writing.setLong(1, line.id());
        writing.setString(2, line.tenant());
        writing.setString(3, line.principal());
        writing.setLong(4, line.at().toEpochMilli());
        writing.setString(5, line.action());
        writing.setString(6, line.name());
        writing.setString(7, line.subject());
        writing.setString(8, line.from());
        writing.setString(9, line.to());
        writing.setString(10, line.digest());
        writing.setString(11, line.result());
        writing.setString(12, line.hash());
        writing.executeUpdate();
    }
}
