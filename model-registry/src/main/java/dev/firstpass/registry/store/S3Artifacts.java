package dev.firstpass.registry.store;

import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.RegistryException.Unavailable;
import dev.firstpass.registry.Storage;
import dev.firstpass.registry.manifest.ManifestWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Artifacts in a bucket, under keys that begin with their digest, and copies of those that were used on this machine.
///
/// Files go first and the manifest last, so that an artifact without a manifest was cut off; all of them are written anew
/// then. A key's content is determined by the key, so that two servers which write one at once write the same. A copy is
/// fetched into staging, held against the SHA-256 of each file and moved into place in one step.
///
/// Thread-safe as [ArtifactStore] says.
final class S3Artifacts implements ArtifactStore {
    private static final Logger LOG = LoggerFactory.getLogger(S3Artifacts.class);

    private static final String ROOT = "artifacts/";
    private static final int TRIES = 2;

    private final Bucket bucket;
    private final DataDirectory data;
    private final FolderArtifacts copies;

    /// Digest -> held while that content is checked, and fetched; a few bytes for each.
    private final Map<String, ReentrantLock> checking = new ConcurrentHashMap<>();

    /// @throws DataUnusable if the bucket is there and refuses this server
    static S3Artifacts open(Storage.Bucket address, DataDirectory data) {
        Bucket bucket = Bucket.open(address);
        try {
            bucket.require();
        } catch (Unavailable e) {
            LOG.warn("{}", e.getMessage());
        } catch (RuntimeException | Error e) {
            bucket.close();
            throw e;
        }
        return new S3Artifacts(bucket, data);
    }

    /// @param bucket is closed with this
    /// @param data where copies are kept; not closed
    S3Artifacts(Bucket bucket, DataDirectory data) {
        this.bucket = bucket;
        this.data = data;
        this.copies = new FolderArtifacts(data.artifacts());
    }

    @Override
    public Path files(String digest) {
        return copies.files(digest);
    }

    @Override
    public boolean isHere(String digest) {
        return copies.holds(digest);
    }

    @Override
    public void store(Path staged, String digest, boolean isTrusted) throws IOException {
        String key = key(digest);
        if (!isTrusted || !bucket.has(key + "manifest.json")) {
            Path files = staged.resolve("files");
            try (Stream<Path> walk = Files.walk(files)) {
                for (Path file : walk.filter(Files::isRegularFile).sorted().toList()) {
                    bucket.put(fileKey(digest, files.relativize(file).toString()), file);
                }
            }
            bucket.put(key + "manifest.json", staged.resolve("manifest.json"));
        }
        copies.store(staged, digest, isTrusted);
    }

    private static String key(String digest) {
        return ROOT + FolderArtifacts.hex(digest) + "/";
    }

    private static String fileKey(String digest, String path) {
        return key(digest) + "files/" + path;
    }

    /// Nothing is wrong with a version that has no copy here, and a copy that is damaged is no reason to doubt the version.
    @Override
    public Optional<String> misplaced(ModelVersion version) {
        return Optional.empty();
    }

    /// One content is fetched once at a time; who checks another one does not wait for it.
    @Override
    public Optional<String> check(ModelVersion version) throws IOException {
        ReentrantLock lock = checking.computeIfAbsent(version.digest(), _ -> new ReentrantLock());
        lock.lock();
        try {
            return checked(version);
        } finally {
            lock.unlock();
        }
    }

    private Optional<String> checked(ModelVersion version) throws IOException {
        if (copies.holds(version.digest())) {
            Optional<String> damage = copies.check(version);
            if (damage.isEmpty()) {
                return damage;
            }
            LOG.warn(
                    "{}: the copy on this machine is damaged and is fetched again: {}",
                    version.ref().qualified(),
                    damage.get());
        }
        return fetch(version);
    }

    private Optional<String> fetch(ModelVersion version) throws IOException {
        Path staged = data.newStaging();
        try {
            for (BundleFile file : version.manifest().files()) {
                Optional<String> problem = fetch(bucket, version.digest(), file, staged.resolve("files"));
                if (problem.isPresent()) {
                    return problem;
                }
            }
            Durable.write(staged.resolve("manifest.json"), ManifestWriter.canonical(version.manifest()));
            copies.store(staged, version.digest(), false);
            return Optional.empty();
        } finally {
            Durable.deleteTree(staged);
        }
    }

    /// Fetches one file of a content into the place below `directory` that its path says, synced. Once more where another
    /// content came: it may have been damaged on its way.
    ///
    /// @return what is wrong with it in the bucket; empty if nothing is
    static Optional<String> fetch(Bucket bucket, String digest, BundleFile file, Path directory) throws IOException {
        Path to = directory.resolve(file.path());
        Files.createDirectories(to.getParent());
        for (int tried = 0; tried < TRIES; tried++) {
            Optional<String> sha256 = bucket.get(fileKey(digest, file.path()), to, file.bytes());
            if (sha256.isEmpty()) {
                return Optional.of(file.path() + " is missing in the bucket");
            }
            if (sha256.get().equals(file.sha256())) {
                return Optional.empty();
            }
            Files.delete(to);
        }
        return Optional.of(file.path() + " is not what was registered, in the bucket");
    }

    @Override
    public Set<String> digests() throws IOException {
        Set<String> digests = new TreeSet<>(copies.digests());
        bucket.folders(ROOT).forEach(folder -> digests.add(FolderArtifacts.digest(folder)));
        return digests;
    }

    @Override
    public void delete(String digest) throws IOException {
        bucket.deleteAll(key(digest));
        copies.delete(digest);
    }

    @Override
    public void close() {
        bucket.close();
    }
}
