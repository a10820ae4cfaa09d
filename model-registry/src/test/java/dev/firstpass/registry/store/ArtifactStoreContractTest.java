package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.FakeFamily;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.manifest.ManifestDeriver;
import dev.firstpass.registry.manifest.ManifestWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// What every store of artifacts has to do, on the file system and on a real S3 server.
@ParameterizedClass
@EnumSource(Place.class)
@ExtendWith(SharedServers.Given.class)
final class ArtifactStoreContractTest {
    @Parameter
    private Place place = Place.LOCAL;

    @TempDir
    private Path temp;

    private DataDirectory data;
    private ArtifactStore store;

    @BeforeEach
    void openStore(SharedServers servers) {
        data = DataDirectory.open(temp.resolve("data"));
        store = switch (place) {
            case LOCAL -> new FolderArtifacts(data.artifacts());
            case SHARED -> new S3Artifacts(Bucket.open(servers.freshBucket()), data);
        };
    }

    @AfterEach
    void closeStore() {
        store.close();
        data.close();
    }

    /// A version, staged as a registration does it.
    private record Staged(Path directory, ModelVersion version) {}

    private Staged stage(int seed) throws IOException {
        Path staged = data.newStaging();
        Path model = FakeModel.write(temp.resolve("offer/model.onnx"), seed);
        List<BundleFile> files =
                new Intake(Intake.Limits.STANDARD).copy(model, staged.resolve("files"), ProgressListener.NONE);
        Manifest manifest = new ManifestDeriver(List.of(FakeFamily.BOXES), FakeModel.reader())
                .derive(staged.resolve("files"), files, List.of())
                .manifest();
        byte[] canonical = ManifestWriter.canonical(manifest);
        String digest = ManifestWriter.digest(canonical);
        Durable.write(staged.resolve("manifest.json"), canonical);
        return new Staged(
                staged,
                new ModelVersion(
                        new ModelName("coco"),
                        1,
                        digest,
                        manifest,
                        store.files(digest),
                        State.AVAILABLE,
                        Instant.EPOCH));
    }

    private ModelVersion stored(int seed) throws IOException {
        Staged staged = stage(seed);
        store.store(staged.directory(), staged.version().digest(), false);
        Durable.deleteTree(staged.directory());
        return staged.version();
    }

    private static void overwrite(Path file, String text) throws IOException {
        Files.delete(file);
        Files.writeString(file, text);
    }

    @Test
    void store_thenCheck_isWholeAndReadOnly() throws IOException {
        ModelVersion version = stored(1);

        assertEquals(Optional.empty(), store.misplaced(version));
        assertEquals(Optional.empty(), store.check(version));
        assertEquals(FakeModel.DETECTOR + "meta seed 1\n", Files.readString(version.file("main")));
        assertTrue(Files.exists(version.directory().resolveSibling("manifest.json")));
        assertEquals(Set.of(version.digest()), store.digests());
        try (Stream<Path> staging = Files.list(data.staging())) {
            assertEquals(0, staging.count());
        }
    }

    @Test
    void store_ofTheSameAgain_changesNothing() throws IOException {
        ModelVersion version = stored(1);
        for (boolean isTrusted : new boolean[] {true, false}) {
            Staged again = stage(1);
            store.store(again.directory(), version.digest(), isTrusted);
            Durable.deleteTree(again.directory());
            assertEquals(Optional.empty(), store.check(version));
        }

        assertEquals(Set.of(version.digest()), store.digests());
    }

    @Test
    void delete_ofOne_leavesTheOthers() throws IOException {
        ModelVersion first = stored(1);
        ModelVersion second = stored(2);

        store.delete(first.digest());
        store.delete(first.digest());
        assertEquals(Set.of(second.digest()), store.digests());
        assertFalse(Files.exists(first.directory()));
        assertEquals(Optional.empty(), store.check(second));
    }

    @Test
    void check_ofWhatIsNotStored_saysWhatIsMissing() throws IOException {
        ModelVersion version = stage(1).version();

        assertTrue(store.check(version).orElse("").startsWith("model.onnx is missing"));
        assertFalse(Files.exists(version.directory()));
    }

    /// Where the file system is the store, what is damaged in it is damaged; elsewhere it is a copy.
    @Test
    void check_ofADamagedFile_isToldOrMended() throws IOException {
        ModelVersion version = stored(1);
        Path file = version.file("main");
        overwrite(file, Files.readString(file).replace("seed 1", "seed 7"));

        switch (place) {
            case LOCAL -> assertEquals(Optional.of("model.onnx is not what was registered"), store.check(version));
            case SHARED -> {
                assertEquals(Optional.empty(), store.check(version));
                assertTrue(Files.readString(file).contains("seed 1"));
            }
        }
    }
}
