package dev.firstpass.registry.store;

import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongConsumer;

/// A registry that is copied, while servers may use it.
///
/// For one thread. Who opens it closes it.
sealed interface Original extends AutoCloseable permits LocalOriginal, SharedOriginal {
    /// @param data the data directory, where the registry is there
    /// @throws dev.firstpass.registry.RegistryException.DataUnusable if there is no registry of this release
    static Original open(Path data, Storage storage) {
        return switch (storage) {
            case Storage.Local _ -> LocalOriginal.open(data);
            case Storage.Shared shared -> SharedOriginal.open(shared);
        };
    }

    /// Whether this place is part of it, so that a copy there would be copied itself.
    boolean holds(Path place);

    /// Copies the metadata as it is at one instant.
    ///
    /// @param to a folder without a `registry.db`; gets one, of SQLite, that is not synced
    void copyDatabase(Path to) throws IOException;

    /// Copies the files of one content, each synced; their folders are not.
    ///
    /// @param to an empty folder
    /// @param copied hears how many bytes more were copied
    /// @return what is wrong with the original, with which `to` holds no usable copy; empty if nothing is
    Optional<String> copyFiles(String digest, Manifest manifest, Path to, LongConsumer copied) throws IOException;

    @Override
    void close();
}
