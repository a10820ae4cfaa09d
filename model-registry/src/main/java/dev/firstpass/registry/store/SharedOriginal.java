package dev.firstpass.registry.store;

import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongConsumer;

/// A registry in a database and a bucket that servers share. Its metadata are copied into a SQLite database of the same
/// schema, so that a copy can be restored to either kind of place.
///
/// For one thread. Owns its connections.
final class SharedOriginal implements Original {
    private final PostgresDatabase database;
    private final Bucket bucket;

    private SharedOriginal(PostgresDatabase database, Bucket bucket) {
        this.database = database;
        this.bucket = bucket;
    }

    static SharedOriginal open(Storage.Shared storage) {
        Bucket bucket = Bucket.open(storage.bucket());
        try {
            bucket.require();
            return new SharedOriginal(PostgresDatabase.existing(storage.database(), "backup"), bucket);
        } catch (RuntimeException | Error e) {
            bucket.close();
            throw e;
        }
    }

    @Override
    public boolean holds(Path place) {
        return false;
    }

    @Override
    public void copyDatabase(Path to) throws IOException {
        Path folder = Files.createTempDirectory(to, "copying-");
        try {
            Path written = folder.resolve(DatabaseFile.NAME);
            try (SqliteDatabase copy = SqliteDatabase.open(written, folder)) {
                var _ = database.snapshot(from -> copy.change(into -> {
                    TableCopy.copy(from, into);
                    return into;
                }));
            }
            // Its journal is in files of its own, and a copy has none.
            DatabaseFile.copy(written, to.resolve(DatabaseFile.NAME));
        } finally {
            Durable.deleteTree(folder);
        }
    }

    @Override
    public Optional<String> copyFiles(String digest, Manifest manifest, Path to, LongConsumer copied)
            throws IOException {
        for (BundleFile file : manifest.files()) {
            Optional<String> problem = S3Artifacts.fetch(bucket, digest, file, to);
            if (problem.isPresent()) {
                return problem;
            }
            copied.accept(file.bytes());
        }
        return Optional.empty();
    }

    @Override
    public void close() {
        try (bucket) {
            database.close();
        }
    }
}
