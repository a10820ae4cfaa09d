package dev.firstpass.registry.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/// Changes a registry's files past the registry. Pure but for these.
final class DatabaseEdit {
    private DatabaseEdit() {}

    static void run(Path database, String... statements) {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    static void deleteTree(Path tree) {
        try {
            Durable.deleteTree(tree);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
