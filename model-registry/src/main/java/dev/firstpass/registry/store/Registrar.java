package dev.firstpass.registry.store;

import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.ProgressListener.Step;
import dev.firstpass.registry.RegistryEvent;
import dev.firstpass.registry.RegistryException.ManifestInvalid;
import dev.firstpass.registry.SignedBy;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.manifest.Derivation;
import dev.firstpass.registry.manifest.ManifestDeriver;
import dev.firstpass.registry.manifest.ManifestDocument;
import dev.firstpass.registry.manifest.ManifestReader;
import dev.firstpass.registry.manifest.ManifestWriter;
import dev.firstpass.registry.signature.SignaturePolicy;
import dev.firstpass.registry.store.MetadataStore.VersionRow;
import dev.firstpass.registry.validation.ValidationReport;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes bundles in and makes versions of them, tries them out, and says what state they are in.
///
/// Thread-safe. Of those who register or try out the same content one does at a time, of whatever process.
final class Registrar {
    private static final Logger LOG = LoggerFactory.getLogger(Registrar.class);

    private final DataDirectory data;
    private final ArtifactStore artifacts;
    private final MetadataStore metadata;
    private final ManifestDeriver deriver;
    private final Intake intake;
    private final SignaturePolicy signatures;
    private final Catalog catalog;
    private final Listeners listeners;
    private final InstantSource clock;

    Registrar(
            DataDirectory data,
            ArtifactStore artifacts,
            MetadataStore metadata,
            ManifestDeriver deriver,
            Intake intake,
            SignaturePolicy signatures,
            Catalog catalog,
            Listeners listeners,
            InstantSource clock) {
        this.data = data;
        this.artifacts = artifacts;
        this.metadata = metadata;
        this.deriver = deriver;
        this.intake = intake;
        this.signatures = signatures;
        this.catalog = catalog;
        this.listeners = listeners;
        this.clock = clock;
    }

    /// As [ModelRegistry#register].
    ///
    /// @param given manifests that are laid over what the files tell, in this order
    Registration register(
            ModelName name, Path source, List<ManifestDocument> given, Validator validator, ProgressListener progress) {
        try {
            Path staged = data.newStaging();
            try {
                return stage(name, source, staged, given, validator, progress);
            } finally {
                Durable.deleteTree(staged);
            }
        } catch (IOException e) {
            throw StorageFailures.of(e, data.root());
        }
    }

    private Registration stage(
            ModelName name,
            Path source,
            Path staged,
            List<ManifestDocument> given,
            Validator validator,
            ProgressListener progress)
            throws IOException {
        Path directory = staged.resolve("files");
        List<BundleFile> files = new ArrayList<>(intake.copy(source, directory, progress));
        progress.progress(Step.DERIVING, 0, 1);
        List<SignedBy> signers = takeSignatures(directory, files, !given.isEmpty());
        List<ManifestDocument> said = new ArrayList<>();
        if (files.removeIf(file -> file.path().equals(ManifestReader.FILE_NAME))) {
            // Its text is not content: what it says goes into the canonical manifest.
            Path written = directory.resolve(ManifestReader.FILE_NAME);
            said.add(readManifest(written, ManifestReader.FILE_NAME));
            Files.delete(written);
        }
        said.addAll(given);
        Derivation derivation = deriver.derive(directory, files, said);
        byte[] canonical = ManifestWriter.canonical(derivation.manifest());
        String digest = ManifestWriter.digest(canonical);
        Durable.write(staged.resolve("manifest.json"), canonical);
        progress.progress(Step.DERIVING, 1, 1);

        try (ContentLock _ = metadata.lock(digest)) {
            Optional<VersionRow> known = metadata.find(name, digest);
            store(staged, digest, known, progress);
            long number = known.isPresent() ? known.get().number() : record(name, digest, canonical, progress);
            if (!signers.isEmpty()) {
                metadata.sign(new ModelRef.Numbered(name, number), signers, clock.instant());
            }
            boolean isSettled = known.isPresent() && isSettled(known.get().state());
            if (isSettled) {
                // Another server may have registered it a moment ago.
                catalog.publish(name);
            } else {
                validate(name, number, validator, progress);
            }
            ModelVersion version = catalog.resolve(new ModelRef.Numbered(name, number));
            String failure = catalog.model(name).failures().getOrDefault(number, "");
            return new Registration(version, known.isEmpty(), derivation, failure);
        }
    }

    /// Checks the signatures of a bundle, and takes them out of it: they are no part of the version.
    private List<SignedBy> takeSignatures(Path directory, List<BundleFile> files, boolean overridden)
            throws IOException {
        List<SignedBy> signers = signatures.check(directory, files, overridden);
        for (BundleFile file : List.copyOf(files)) {
            if (SignaturePolicy.isOfSignature(file.path())) {
                Files.delete(directory.resolve(file.path()));
                files.remove(file);
            }
        }
        return signers;
    }

    private static boolean isSettled(State state) {
        return switch (state) {
            case AVAILABLE -> true;
            case REGISTERED, VALIDATING, FAILED, CORRUPT, RETIRED -> false;
        };
    }

    /// Moves the staged files into their place, unless whole ones of the same content are there. What is there
    /// without a version, or is damaged, is replaced.
    private void store(Path staged, String digest, Optional<VersionRow> known, ProgressListener progress)
            throws IOException {
        progress.progress(Step.STORING, 0, 1);
        boolean isCorrupt = known.isPresent() && known.get().state() == State.CORRUPT;
        artifacts.store(staged, digest, !isCorrupt && metadata.isKnown(digest));
        progress.progress(Step.STORING, 1, 1);
    }

    private long record(ModelName name, String digest, byte[] canonical, ProgressListener progress) {
        progress.progress(Step.RECORDING, 0, 1);
        long number = metadata.add(name, digest, new String(canonical, StandardCharsets.UTF_8), clock.instant());
        catalog.publish(name);
        listeners.tell(new RegistryEvent.Registered(catalog.resolve(new ModelRef.Numbered(name, number))));
        progress.progress(Step.RECORDING, 1, 1);
        return number;
    }

    private void validate(ModelName name, long number, Validator validator, ProgressListener progress) {
        setState(name, number, State.VALIDATING, "");
        HeldProgress held = new HeldProgress(progress);
        String failure = "";
        try {
            validator.validate(catalog.resolve(new ModelRef.Numbered(name, number)), held);
        } catch (Validator.BrokenOffException e) {
            setState(name, number, State.REGISTERED, "");
            throw e.answer();
        } catch (RuntimeException e) {
            LOG.warn("{}@{} failed its validation", name.qualified(), number, e);
            String message = e.getMessage();
            failure = message == null || message.isBlank() ? "validation failed" : message;
        }
        held.rethrow();
        setState(name, number, failure.isEmpty() ? State.AVAILABLE : State.FAILED, failure);
    }

    /// As [ModelRegistry#validate].
    void validate(ModelRef.Numbered ref, Validator validator, ProgressListener progress) {
        String digest = catalog.resolve(ref).digest();
        try (ContentLock _ = metadata.lock(digest)) {
            ModelVersion version = catalog.resolve(ref);
            switch (version.state()) {
                case REGISTERED, VALIDATING, FAILED -> validate(ref.name(), ref.number(), validator, progress);
                case AVAILABLE, CORRUPT, RETIRED -> look(version, validator, progress);
            }
        }
    }

    private static void look(ModelVersion version, Validator validator, ProgressListener progress) {
        HeldProgress held = new HeldProgress(progress);
        try {
            validator.validate(version, held);
        } catch (Validator.BrokenOffException e) {
            throw e.answer();
        } catch (RuntimeException e) {
            LOG.warn("{} failed its validation, and stays {}", version.ref().qualified(), version.state(), e);
        }
        held.rethrow();
    }

    /// As [ModelRegistry#keep].
    void keep(ModelRef.Numbered ref, ValidationReport report) {
        var _ = catalog.resolve(ref);
        Map<String, Integer> rows = report.isPassed() ? report.rows() : catalog.rowLimits(ref);
        metadata.keep(ref, report, rows);
        catalog.publish(ref, rows);
    }

    /// As [ModelRegistry#check].
    Optional<String> check(ModelVersion version) {
        try {
            Optional<String> problem = artifacts.check(version);
            if (problem.isPresent() && catalog.resolve(version.ref()).state() == State.AVAILABLE) {
                corrupt(version, problem.get());
            }
            return problem;
        } catch (IOException e) {
            throw StorageFailures.of(e, data.root());
        }
    }

    /// Takes a version out of service since its files are not what was registered.
    void corrupt(ModelVersion version, String problem) {
        LOG.error("{} is corrupt: {}", version.ref().qualified(), problem);
        setState(version.name(), version.number(), State.CORRUPT, problem);
    }

    /// Puts a version into another state. The first version of a model that becomes AVAILABLE gets the alias `production`.
    ///
    /// @param reason why it is FAILED or CORRUPT; empty otherwise
    void setState(ModelName name, long number, State state, String reason) {
        boolean isFirst = metadata.setState(name, number, state, reason, ModelRef.PRODUCTION, clock.instant());
        catalog.publish(name);
        listeners.tell(new RegistryEvent.StateChanged(catalog.resolve(new ModelRef.Numbered(name, number))));
        if (isFirst) {
            listeners.tell(new RegistryEvent.AliasMoved(name, ModelRef.PRODUCTION, number));
        }
    }

    /// @param origin what it is called where its values are explained
    static ManifestDocument readManifest(Path file, String origin) {
        try (InputStream in = Files.newInputStream(file)) {
            return ManifestReader.read(in.readNBytes(ManifestReader.MOST_BYTES + 1), origin);
        } catch (IOException e) {
            throw new ManifestInvalid("manifest", "manifest: the file cannot be read");
        }
    }
}
