package dev.firstpass.registry.store;

import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/// The files of versions: of each its canonical manifest and what it lists, under the manifest's digest. What is stored is
/// there as a whole or not at all, and never changes.
///
/// Thread-safe; calls for one digest that change something are made one at a time (by who holds its [ContentLock]). Methods
/// may throw [dev.firstpass.registry.RegistryException.Unavailable] where files are kept elsewhere.
interface ArtifactStore extends AutoCloseable {
    /// Opens the store that `storage` names. One that is away now may be back when it is needed: what this machine has a copy
    /// of can be served without it.
    ///
    /// @param data where files or copies of them are kept; not closed with it
    /// @throws dev.firstpass.registry.RegistryException.DataUnusable if it is there and refuses this server
    static ArtifactStore open(DataDirectory data, Storage storage) {
        return switch (storage) {
            case Storage.Local _ -> new FolderArtifacts(data.artifacts());
            case Storage.Shared shared -> S3Artifacts.open(shared.bucket(), data);
        };
    }

    /// Where a version's files are on this machine once they have been stored or checked here.
    Path files(String digest);

    /// Whether a version's files need not be brought here before they are checked; false says nothing of them.
    boolean isHere(String digest);

    /// Takes staged files in, unless whole ones are there that can be trusted. Storing the same again is no error.
    ///
    /// @param staged a directory with a synced `manifest.json` and `files`; may be moved away
    /// @param isTrusted whether what is there already is some version's, and not known to be damaged
    void store(Path staged, String digest, boolean isTrusted) throws IOException;

    /// The first thing that is wrong with the presence and sizes of a version's files, as far as they can be looked at here;
    /// their contents are not read, and none is fetched.
    Optional<String> misplaced(ModelVersion version);

    /// Brings a version's files to this machine if they are elsewhere, reads them all and holds them against their SHA-256.
    ///
    /// @return what is wrong with what is stored; empty if nothing is, and the files are ready to be opened
    Optional<String> check(ModelVersion version) throws IOException;

    /// What is stored, whole or not.
    Set<String> digests() throws IOException;

    /// Deletes what is stored under a digest; nothing happens if nothing is.
    void delete(String digest) throws IOException;

    @Override
    void close();
}
