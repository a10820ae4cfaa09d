package dev.firstpass.registry.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/// Copies a registry's rows from one database to another of the same schema, of whatever kinds the two are. What the tables
/// of one kind have beside that is about the servers that use it, and is not copied.
///
/// Pure but for the databases.
final class TableCopy {
    /// In an order in which each refers to those before it.
    static final List<String> TABLES = List.of(
            "model",
            "version",
            "alias",
            "rollout",
            "shadow",
            "validation",
            "hold",
            "signature",
            "project",
            "token",
            "audit");

    private static final int ROWS_AT_A_TIME = 500;

    private TableCopy() {}

    /// @param from in a transaction that sees the state of one instant
    /// @param to in a transaction that writes; has no rows
    static void copy(Handle from, Handle to) {
        try {
            for (String table : TABLES) {
                copy(from.getConnection(), to.getConnection(), table);
            }
            copyHead(from.getConnection(), to.getConnection());
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Whether nothing was ever registered.
    static boolean isEmpty(Handle handle) {
        return handle.createQuery("SELECT NOT EXISTS (SELECT 1 FROM model) AND NOT EXISTS (SELECT 1 FROM audit)")
                .mapTo(Boolean.class)
                .one();
    }

    private static void copy(Connection from, Connection to, String table) throws SQLException {
        List<String> columns = columns(to, table);
        columns.retainAll(columns(from, table));
        String names = String.join(", ", columns);
        String places = columns.stream().map(_ -> "?").collect(Collectors.joining(", "));
        try (Statement query = from.createStatement();
                PreparedStatement insert =
                        to.prepareStatement("INSERT INTO " + table + " (" + names + ") VALUES (" + places + ")")) {
            query.setFetchSize(ROWS_AT_A_TIME);
            try (ResultSet row = query.executeQuery("SELECT " + names + " FROM " + table + " ORDER BY " + names)) {
                copy(row, insert, columns.size());
            }
        }
    }

    private static void copy(ResultSet row, PreparedStatement insert, int columns) throws SQLException {
        int waiting = 0;
        while (row.next()) {
            for (int column = 1; column <= columns; column++) {
                insert.setObject(column, row.getObject(column));
            }
            insert.addBatch();
            waiting++;
            if (waiting == ROWS_AT_A_TIME) {
                insert.executeBatch();
                waiting = 0;
            }
        }
        insert.executeBatch();
    }

    /// A row that is there from the beginning, and stays.
    private static void copyHead(Connection from, Connection to) throws SQLException {
        try (Statement query = from.createStatement();
                ResultSet row = query.executeQuery("SELECT id, hash FROM audit_head");
                PreparedStatement update = to.prepareStatement("UPDATE audit_head SET id = ?, hash = ?")) {
            if (row.next()) {
                update.setLong(1, row.getLong(1));
                update.setString(2, row.getString(2));
                update.executeUpdate();
            }
        }
    }

    private static List<String> columns(Connection connection, String table) throws SQLException {
        List<String> columns = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet none = statement.executeQuery("SELECT * FROM " + table + " WHERE 1 = 0")) {
            for (int column = 1; column <= none.getMetaData().getColumnCount(); column++) {
                columns.add(none.getMetaData().getColumnName(column));
            }
        }
        return columns;
    }
}
