package dev.firstpass.registry.store;

import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.RegistryException.Unavailable;
import dev.firstpass.registry.store.MetadataStore.Contents;
import dev.firstpass.registry.store.MetadataStore.VersionRow;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings files and metadata to one state when the registry opens, after a crash at whatever instant.
///
/// For one thread, at the start. What another server is at work on is locked, and left alone.
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private final ArtifactStore artifacts;
    private final MetadataStore metadata;
    private final Catalog catalog;
    private final Registrar registrar;

    Recovery(ArtifactStore artifacts, MetadataStore metadata, Catalog catalog, Registrar registrar) {
        this.artifacts = artifacts;
        this.metadata = metadata;
        this.catalog = catalog;
        this.registrar = registrar;
    }

    /// Reads all models, removes what registrations that were cut off have left, and looks whether each version's files are
    /// there. Takes one look at the size of each file; none is read.
    void run() throws IOException {
        Contents found = catalog.publishAll();
        if (catalog.damage().isEmpty()) {
            // Else they may be files of a version whose row is damaged.
            deleteOrphans(found.versions().stream().map(VersionRow::digest).collect(Collectors.toSet()));
        }
        catalog.models().stream()
                .map(ModelEntry::versions)
                .flatMap(List::stream)
                .forEach(this::recover);
    }

    /// Deletes files without a version: left where a registration was cut off between their storing and its record. What
    /// another server is about to record is locked.
    private void deleteOrphans(Set<String> known) throws IOException {
        int orphans = 0;
        try {
            for (String digest : artifacts.digests()) {
                if (!known.contains(digest) && deleteOrphan(digest)) {
                    orphans++;
                }
            }
        } catch (Unavailable e) {
            LOG.warn("what registrations that were cut off have left is not removed: {}", e.getMessage());
        }
        if (orphans > 0) {
            LOG.info("removed {} artifacts of registrations that were cut off", orphans);
        }
    }

    private boolean deleteOrphan(String digest) throws IOException {
        Optional<ContentLock> lock = metadata.tryLock(digest);
        if (lock.isEmpty()) {
            return false;
        }
        try (ContentLock _ = lock.get()) {
            boolean isOrphan = !metadata.isKnown(digest);
            if (isOrphan) {
                artifacts.delete(digest);
            }
            return isOrphan;
        }
    }

    /// A version whose validation was cut off is only registered; one whose files are not there is CORRUPT.
    private void recover(ModelVersion version) {
        if (version.state() == State.VALIDATING) {
            metadata.tryLock(version.digest()).ifPresent(lock -> {
                try (lock) {
                    registrar.setState(version.name(), version.number(), State.REGISTERED, "");
                }
            });
        }
        if (version.state() != State.RETIRED && version.state() != State.CORRUPT) {
            artifacts.misplaced(version).ifPresent(problem -> registrar.corrupt(version, problem));
        }
    }
}
