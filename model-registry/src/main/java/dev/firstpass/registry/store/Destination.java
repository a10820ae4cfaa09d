package dev.firstpass.registry.store;

import dev.firstpass.registry.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// An empty place that a registry is restored to: files first, and then the metadata, without which nothing counts.
///
/// For one thread. Who opens it closes it.
sealed interface Destination extends AutoCloseable {
    /// @param data stays open
    /// @throws dev.firstpass.registry.RegistryException.DataUnusable if it has a registry already, or is of a newer release
    static Destination open(DataDirectory data, Storage storage) {
        return switch (storage) {
            case Storage.Local _ -> new Local(data, ArtifactStore.open(data, storage));
            case Storage.Shared shared -> Shared.open(data, shared);
        };
    }

    /// Where the files go.
    ArtifactStore artifacts();

    /// Takes the metadata over in one step.
    ///
    /// @param staged a folder with a `registry.db` of SQLite, of any schema up to this release's; may be moved away
    void put(Path staged) throws IOException;

    @Override
    void close();

    /// A data directory.
    record Local(DataDirectory data, ArtifactStore artifacts) implements Destination {
        @Override
        public void put(Path staged) throws IOException {
            Files.move(staged.resolve(DatabaseFile.NAME), data.database(), StandardCopyOption.ATOMIC_MOVE);
            Durable.syncDirectory(data.root());
        }

        @Override
        public void close() {
            artifacts.close();
        }
    }

    /// A database and a bucket that servers share.
    record Shared(PostgresDatabase database, ArtifactStore artifacts) implements Destination {
        static Shared open(DataDirectory data, Storage.Shared storage) {
            ArtifactStore artifacts = ArtifactStore.open(data, storage);
            try {
                PostgresDatabase database = PostgresDatabase.open(storage.database(), data.server());
                if (!database.read(TableCopy::isEmpty)) {
                    database.close();
                    throw occupied();
                }
                return new Shared(database, artifacts);
            } catch (RuntimeException | Error e) {
                artifacts.close();
                throw e;
            }
        }

        private static RuntimeException occupied() {
            return Backup.unusable(
                    "the registry's database has a registry already (expected: an empty one to restore into)");
        }

        /// Servers that begin at the same time wait for the end of it.
        @Override
        public void put(Path staged) {
            try (SqliteDatabase from = SqliteDatabase.open(staged.resolve(DatabaseFile.NAME), staged)) {
                var _ = from.snapshot(rows -> database.change(into -> {
                    if (!TableCopy.isEmpty(into)) {
                        throw occupied();
                    }
                    TableCopy.copy(rows, into);
                    return into;
                }));
            }
        }

        @Override
        public void close() {
            try (artifacts) {
                database.close();
            }
        }
    }
}
