package dev.firstpass.registry.store;

import dev.firstpass.registry.RegistryException.DataUnusable;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

/// Whole copies of a registry on SQLite and files:
///
/// ```
/// registry.db                   the database at one instant
/// artifacts/HEX/manifest.json   as in the data directory, of every version that the database has
/// artifacts/HEX/files/...
/// firstpass-backup.json         written last: without it the copy is incomplete
/// ```
///
/// **While a server runs.** The database is copied first, in one transaction of its own, and then the files that the copy
/// names. These are in place before the database names them and never change, so the copy is the registry as it was at
/// one instant. What is deleted or replaced meanwhile is found by its hash, and the copy is brought up to date.
///
/// **Restoring** goes into an empty data directory. All is read, held against its SHA-256 and synced before the
/// database, without which nothing counts, is put in its place in one step.
///
/// Stateless.
public final class Backup {
    private Backup() {}

    /// Hears how far a copy is. Called on the copying thread, often. What it throws ends the copy.
    @FunctionalInterface
    public interface Progress {
        /// @param done bytes, at most `total`
        /// @param total may grow while a registry is copied that is in use
        void copied(long done, long total);
    }

    /// What a copy holds.
    ///
    /// Immutable.
    ///
    /// @param schema of the database
    /// @param artifacts different contents; versions of different models may share one
    /// @param bytes of all files
    /// @param auditLine number of the audit's last line
    /// @param auditHash hash of that line
    /// @param damaged versions whose files are not what was registered, which are left out, as `weeds@3: why`
    public record Report(
            int schema,
            int versions,
            int artifacts,
            long bytes,
            long auditLine,
            String auditHash,
            List<String> damaged) {
        public Report {
            damaged = List.copyOf(damaged);
        }
    }

    /// Copies the registry in `data`, whether or not a server uses it, into `target`, which is made if need be. If this
    /// throws, there is nothing in it.
    ///
    /// @param target empty or absent, and outside of `data`
    /// @throws DataUnusable if there is no registry on SQLite in `data`, it is damaged or of a newer release, or `target`
    ///     is not empty
    /// @throws dev.firstpass.registry.RegistryException.StorageFull if there is no space; nothing is kept
    public static Report write(Path data, Path target, InstantSource clock, Progress progress) {
        return new BackupWriter(data, target, clock, progress).write();
    }

    /// Makes `data` the registry that was copied into `source`. Afterwards it opens as the original did.
    ///
    /// @param data empty or absent; what a restoration left that was cut off counts as empty
    /// @throws DataUnusable if the copy is incomplete, damaged or of a newer release, or `data` is not empty or in use;
    ///     there is no registry in `data` then
    /// @throws dev.firstpass.registry.RegistryException.StorageFull if there is no space
    public static Report restore(Path source, Path data, Progress progress) {
        return new BackupReader(source, data, progress).restore();
    }

    static DataUnusable unusable(String why) {
        return new DataUnusable(why, new IllegalStateException(why));
    }
}
