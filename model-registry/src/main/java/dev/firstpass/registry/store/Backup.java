package dev.firstpass.registry.store;

import dev.firstpass.registry.RegistryException.DataUnusable;
import dev.firstpass.registry.Storage;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

/// Whole copies of a registry, wherever it is kept:
///
/// ```
/// registry.db                   the metadata at one instant, as a SQLite database
/// artifacts/HEX/manifest.json   as in the data directory, of every version that the database has
/// artifacts/HEX/files/...
/// predictions.db                and others that lie beside the registry, where they are copied with it
/// firstpass-backup.json         written last: without it the copy is incomplete
/// ```
///
/// **While a server runs.** The database is copied first, in one transaction of its own, and then the files that the copy
/// names. These are in place before the database names them and never change, so the copy is the registry as it was at
/// one instant. What is deleted or replaced meanwhile is found by its hash, and the copy is brought up to date.
///
/// **Restoring** goes to an empty place of either kind, so that a registry which has outgrown one server moves to where
/// several share it by being copied and restored. All is read, held against its SHA-256 and stored before the metadata,
/// without which nothing counts, are put in their place in one step.
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

    /// Copies a registry, whether or not servers use it, into `target`, which is made if need be. If this throws, there is
    /// nothing in it.
    ///
    /// @param data the data directory; where the registry is shared, of what is beside it alone
    /// @param beside names of other SQLite databases in `data` that are copied too, each as it is at an instant of its own;
    ///     those that are not there are left out
    /// @param target empty or absent, and outside of `data`
    /// @throws DataUnusable if there is no registry, it is damaged or of another release, or `target` is not empty
    /// @throws dev.firstpass.registry.RegistryException.Unavailable if the registry is elsewhere and does not answer
    /// @throws dev.firstpass.registry.RegistryException.StorageFull if there is no space; nothing is kept
    public static Report write(
            Path data, Storage storage, List<String> beside, Path target, InstantSource clock, Progress progress) {
        try (Original original = Original.open(data.toAbsolutePath().normalize(), storage)) {
            return new BackupWriter(original, beside.stream().map(data::resolve).toList(), target, clock, progress)
                    .write();
        }
    }

    /// Makes an empty place the registry that was copied into `source`. Afterwards it opens as the original did.
    ///
    /// @param data the data directory: empty or absent; what a restoration left that was cut off counts as empty
    /// @param storage where the registry is to be: in `data`, or shared
    /// @throws DataUnusable if the copy is incomplete, damaged or of a newer release, or the place is not empty or in use;
    ///     there is no registry in it then
    /// @throws dev.firstpass.registry.RegistryException.Unavailable if the registry is to be elsewhere, and that does not
    ///     answer
    /// @throws dev.firstpass.registry.RegistryException.StorageFull if there is no space
    public static Report restore(Path source, Path data, Storage storage, Progress progress) {
        return new BackupReader(source, data, storage, progress).restore();
    }

    static DataUnusable unusable(String why) {
        return new DataUnusable(why, new IllegalStateException(why));
    }
}
