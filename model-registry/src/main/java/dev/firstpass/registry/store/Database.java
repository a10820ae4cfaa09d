package dev.firstpass.registry.store;

import dev.firstpass.registry.Storage;
import java.util.Optional;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;

/// A database that holds a registry's metadata, at this release's schema. What is thrown while it is used comes out as a
/// [dev.firstpass.registry.RegistryException] where it says that the database is full, damaged or away.
///
/// Thread-safe. Who opens it closes it.
sealed interface Database extends AutoCloseable permits SqliteDatabase, PostgresDatabase {
    /// The number of the last migration, of each kind of database.
    int SCHEMA = 11;

    /// Opens or creates the database, and brings it to this release's schema.
    ///
    /// @throws dev.firstpass.registry.RegistryException.DataUnusable if it is damaged, not a registry's, of a newer release,
    ///     or refuses this server
    /// @throws dev.firstpass.registry.RegistryException.Unavailable if it is elsewhere and does not answer
    static Database open(DataDirectory data, Storage storage) {
        return switch (storage) {
            case Storage.Local _ -> SqliteDatabase.open(data);
            case Storage.Shared shared -> PostgresDatabase.open(shared.database(), data.server());
        };
    }

    /// One query, or several that need not see one state.
    <T> T read(Function<Handle, T> query);

    /// Queries that see the state of one instant.
    <T> T snapshot(Function<Handle, T> queries);

    /// A transaction that writes. Only one is under way at a time, whichever process it is of.
    <T> T change(Function<Handle, T> change);

    /// As [MetadataStore#lock].
    ContentLock lock(String digest);

    /// As [MetadataStore#tryLock].
    Optional<ContentLock> tryLock(String digest);

    @Override
    void close();
}
