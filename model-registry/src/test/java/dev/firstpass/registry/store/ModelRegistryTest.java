package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Expected;
import dev.firstpass.registry.FakeFamily;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.ProgressListener.Step;
import dev.firstpass.registry.RegistryEvent;
import dev.firstpass.registry.RegistryException.ArgumentInvalid;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.RegistryException.DataUnusable;
import dev.firstpass.registry.RegistryException.ManifestInvalid;
import dev.firstpass.registry.RegistryException.ModelNotFound;
import dev.firstpass.registry.RegistryException.PreconditionFailed;
import dev.firstpass.registry.RegistryException.VersionNotFound;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.manifest.ManifestWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelRegistryTest {
    private static final ModelName COCO = new ModelName("coco");
    private static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");
    private static final Validator REFUSING = _ -> {
        throw new IllegalStateException("warm-up gave NaN");
    };

    @TempDir
    private Path temp;

    private Path data;
    private ModelRegistry registry;

    @BeforeEach
    void openRegistry() {
        data = temp.resolve("data");
        registry = open(data);
    }

    @AfterEach
    void closeRegistry() {
        registry.close();
    }

    static ModelRegistry open(Path data) {
        return ModelRegistry.open(data, List.of(FakeFamily.BOXES), FakeModel.reader(), () -> NOON);
    }

    private Registration register(int seed) {
        return register(seed, Validator.NONE);
    }

    private Registration register(int seed, Validator validator) {
        Path model = FakeModel.write(temp.resolve("offer/model.onnx"), seed);
        return registry.register(COCO, model, validator, ProgressListener.NONE);
    }

    private void reopen() {
        registry.close();
        registry = open(data);
    }

    private static Set<String> names(Path directory) throws IOException {
        try (Stream<Path> children = Files.list(directory)) {
            return children.map(child -> child.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    private String sql(String statement) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("registry.db"));
                Statement made = connection.createStatement()) {
            if (!made.execute(statement)) {
                return "";
            }
            try (ResultSet result = made.getResultSet()) {
                return result.next() ? String.valueOf(result.getString(1)) : "";
            }
        }
    }

    // --- Registering

    @Test
    void register_firstModel_isAvailableInProductionAndWhole() throws IOException {
        Registration made = register(1);
        ModelVersion version = made.version();

        assertTrue(made.created());
        assertEquals("", made.failure());
        assertEquals("coco@1", version.ref().toString());
        assertEquals(State.AVAILABLE, version.state());
        assertEquals(NOON, version.registeredAt());
        assertEquals(version, registry.resolve(ModelRef.parse("coco")));
        assertEquals(version, registry.resolve(ModelRef.parse("coco@1")));
        assertEquals(ManifestWriter.digest(version.manifest()), version.digest());
        assertEquals(FakeModel.DETECTOR + "meta seed 1\n", Files.readString(version.file("main")));
        assertEquals(Set.of(), names(data.resolve("staging")));
        assertEquals(Set.of(version.digest().substring("sha256:".length())), names(data.resolve("artifacts")));
    }

    @Test
    void register_storedFiles_areReadOnly() throws IOException {
        ModelVersion version = register(1).version();

        assertEquals("r--r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(version.file("main"))));
        assertEquals("r-xr-xr-x", PosixFilePermissions.toString(Files.getPosixFilePermissions(version.directory())));
    }

    @Test
    void register_sourceChangedAfterwards_doesNotReachTheVersion() throws IOException {
        ModelVersion version = register(1).version();
        FakeModel.write(temp.resolve("offer/model.onnx"), "input broken");

        assertEquals(FakeModel.DETECTOR + "meta seed 1\n", Files.readString(version.file("main")));
    }

    @Test
    void register_sameContentAgain_isTheSameVersion() {
        Registration first = register(1);
        register(2);
        Registration again = register(1);

        assertFalse(again.created());
        assertEquals(first.version(), again.version());
        assertEquals(2, registry.model(COCO).versions().size());
    }

    @Test
    void register_sameContentUnderAnotherName_sharesTheFiles() throws IOException {
        ModelVersion coco = register(1).version();
        ModelVersion other = registry.register(
                        new ModelName("other"), temp.resolve("offer/model.onnx"), Validator.NONE, ProgressListener.NONE)
                .version();

        assertEquals("other@1", other.ref().toString());
        assertEquals(coco.directory(), other.directory());
        assertEquals(1, names(data.resolve("artifacts")).size());
    }

    @Test
    void register_otherManifestForTheSameFile_isAnotherVersion() {
        ModelVersion first = register(1).version();
        Path manifest = FakeModel.write(temp.resolve("m.yaml"), "thresholds: {default: 0.7}");
        ModelVersion second = registry.register(
                        COCO, temp.resolve("offer/model.onnx"), manifest, Validator.NONE, ProgressListener.NONE)
                .version();

        assertEquals(2, second.number());
        assertEquals(0.7, second.manifest().spec().thresholds().byDefault());
        assertEquals(first.manifest().files(), second.manifest().files());
    }

    @Test
    void register_bundle_laysItsManifestAndTheGivenOneOverEachOther() throws IOException {
        Path bundle = temp.resolve("bundle");
        FakeModel.write(bundle.resolve("nets/model.onnx"), 1);
        FakeModel.write(bundle.resolve("firstpass.yaml"), "{thresholds: {default: 0.7}, nms: {iou: 0.2}}");
        Path manifest = FakeModel.write(temp.resolve("m.yaml"), "nms: {iou: 0.9}");
        Registration made = registry.register(COCO, bundle, manifest, Validator.NONE, ProgressListener.NONE);

        assertEquals(0.7, made.version().manifest().spec().thresholds().byDefault());
        assertEquals(0.9, made.version().manifest().spec().suppression().iou());
        assertEquals("firstpass.yaml", made.derivation().origins().get("thresholds.default"));
        assertEquals("the given manifest", made.derivation().origins().get("nms.iou"));
        assertEquals(Set.of("nets"), names(made.version().directory()));
        assertEquals(
                "r-xr-xr-x",
                PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(made.version().directory().resolve("nets"))));
    }

    @Test
    void register_commentsInTheManifest_doNotMakeAnotherVersion() {
        Path bundle = temp.resolve("bundle");
        FakeModel.write(bundle.resolve("model.onnx"), 1);
        FakeModel.write(bundle.resolve("firstpass.yaml"), "nms: {iou: 0.20}");
        Registration first = registry.register(COCO, bundle, Validator.NONE, ProgressListener.NONE);
        FakeModel.write(bundle.resolve("firstpass.yaml"), "# tuned in May\nnms:\n  iou: 0.2\n");

        assertEquals(
                first.version(),
                registry.register(COCO, bundle, Validator.NONE, ProgressListener.NONE)
                        .version());
    }

    @Test
    void register_refusedOffers_leaveNothing() throws IOException {
        Path junk = FakeModel.write(temp.resolve("junk.onnx"), "\0\1\2");
        Path odd = FakeModel.write(temp.resolve("odd.onnx"), "input x FLOAT32 1,3,8,8\noutput y FLOAT32 1,8\n");
        Path wrong = FakeModel.write(temp.resolve("wrong.yaml"), "famly: boxes");

        assertThrows(ArtifactRejected.class, () -> offer(junk));
        assertThrows(ArtifactRejected.class, () -> offer(temp.resolve("nowhere")));
        assertThrows(ManifestInvalid.class, () -> offer(odd));
        assertThrows(
                ManifestInvalid.class,
                () -> registry.register(COCO, odd, wrong, Validator.NONE, ProgressListener.NONE));
        assertThrows(
                ManifestInvalid.class,
                () -> registry.register(COCO, odd, temp.resolve("no.yaml"), Validator.NONE, ProgressListener.NONE));
        assertEquals(List.of(), registry.models());
        assertEquals(Set.of(), names(data.resolve("staging")));
        assertEquals(Set.of(), names(data.resolve("artifacts")));
        assertEquals(1, register(1).version().number());
    }

    private Registration offer(Path path) {
        return registry.register(COCO, path, Validator.NONE, ProgressListener.NONE);
    }

    // --- Validation

    @Test
    void register_validatorRefuses_isFailedWithTheReasonAndNotInProduction() {
        Registration made = register(1, REFUSING);

        assertEquals(State.FAILED, made.version().state());
        assertEquals("warm-up gave NaN", made.failure());
        assertEquals(Map.of(1L, "warm-up gave NaN"), registry.model(COCO).failures());
        assertThrows(VersionNotFound.class, () -> registry.resolve(ModelRef.parse("coco")));
        assertEquals(2, register(2).version().number());
        assertEquals(2, registry.resolve(ModelRef.parse("coco")).number());
    }

    @Test
    void register_validator_seesTheStoredFilesBeforeAnyoneIsServed() {
        register(1, version -> {
            assertEquals(State.VALIDATING, version.state());
            assertTrue(Files.isRegularFile(version.file("main")));
            assertEquals(Map.of(), registry.aliasesInUse());
        });

        assertEquals(State.AVAILABLE, registry.resolve(ModelRef.parse("coco@1")).state());
    }

    @Test
    void register_failedContentAgain_isValidatedAgain() {
        register(1, REFUSING);
        Registration again = register(1);

        assertFalse(again.created());
        assertEquals(State.AVAILABLE, again.version().state());
        assertEquals(1, again.version().number());
        assertEquals(Map.of(), registry.model(COCO).failures());
    }

    @Test
    void register_failedLaterVersion_leavesProductionAlone() {
        register(1);
        register(2, REFUSING);

        assertEquals(1, registry.resolve(ModelRef.parse("coco")).number());
    }

    // --- References and aliases

    @Test
    void resolve_unknown_saysWhatIsUnknown() {
        register(1);

        assertEquals(
                "tree: no such model",
                assertThrows(ModelNotFound.class, () -> registry.resolve(ModelRef.parse("tree@1")))
                        .getMessage());
        assertEquals(
                "coco@7: no such version or alias",
                assertThrows(VersionNotFound.class, () -> registry.resolve(ModelRef.parse("coco@7")))
                        .getMessage());
        assertThrows(VersionNotFound.class, () -> registry.resolve(ModelRef.parse("coco@canary")));
    }

    @Test
    void moveAlias_asExpected_moves() {
        register(1);
        register(2);
        registry.moveAlias(COCO, "production", 2, new Expected.AtVersion(1));
        registry.moveAlias(COCO, "canary", 1, new Expected.Absent());
        registry.moveAlias(COCO, "canary", 2, new Expected.Anything());

        assertEquals(2, registry.resolve(ModelRef.parse("coco")).number());
        assertEquals(2, registry.resolve(ModelRef.parse("coco@canary")).number());
        assertEquals(
                Map.of("production", 2L, "canary", 2L), registry.model(COCO).aliases());
        assertEquals(
                Set.of("coco@production", "coco@canary"),
                registry.aliasesInUse().keySet().stream()
                        .map(ModelRef::toString)
                        .collect(Collectors.toSet()));
    }

    @Test
    void moveAlias_notAsExpected_changesNothing() {
        register(1);
        register(2);

        assertEquals(
                "coco@production: version 1 (expected: version 2)",
                assertThrows(
                                PreconditionFailed.class,
                                () -> registry.moveAlias(COCO, "production", 2, new Expected.AtVersion(2)))
                        .getMessage());
        assertEquals(
                "coco@production: version 1 (expected: no such alias)",
                assertThrows(
                                PreconditionFailed.class,
                                () -> registry.moveAlias(COCO, "production", 2, new Expected.Absent()))
                        .getMessage());
        assertEquals(
                "coco@canary: no such alias (expected: version 1)",
                assertThrows(
                                PreconditionFailed.class,
                                () -> registry.moveAlias(COCO, "canary", 2, new Expected.AtVersion(1)))
                        .getMessage());
        assertEquals(Map.of("production", 1L), registry.model(COCO).aliases());
    }

    @Test
    void moveAlias_toWhatCannotServe_isRefused() {
        register(1);
        register(2, REFUSING);

        assertThrows(
                PreconditionFailed.class, () -> registry.moveAlias(COCO, "production", 2, new Expected.Anything()));
        assertThrows(VersionNotFound.class, () -> registry.moveAlias(COCO, "production", 9, new Expected.Anything()));
        assertThrows(
                ModelNotFound.class,
                () -> registry.moveAlias(new ModelName("tree"), "production", 1, new Expected.Anything()));
    }

    @Test
    void moveAlias_nameThatIsANumberOrOdd_isRefused() {
        register(1);
        for (String alias : List.of("2", "0x1", "", "Production", "a b", "a@b", "ä", "a".repeat(33))) {
            assertThrows(
                    ArgumentInvalid.class, () -> registry.moveAlias(COCO, alias, 1, new Expected.Anything()), alias);
        }
    }

    // --- Events and audit

    @Test
    void subscribe_hearsEveryChangeOnceItIsTrue() {
        List<String> heard = new ArrayList<>();
        ModelRegistry.Subscription subscription = registry.subscribe(event -> {
            switch (event) {
                case RegistryEvent.Registered(ModelVersion version) -> heard.add("new " + version.number());
                case RegistryEvent.StateChanged(ModelVersion version) -> {
                    heard.add(version.number() + " " + version.state());
                    assertEquals(version, registry.resolve(version.ref()));
                }
                case RegistryEvent.Removed(ModelRef.Numbered version) -> heard.add("no " + version);
                case RegistryEvent.RolloutChanged(ModelName name, String alias) -> heard.add(name + " " + alias);
                case RegistryEvent.AliasMoved(ModelName name, String alias, long to) -> {
                    heard.add(alias + " " + to);
                    assertEquals(
                            to,
                            registry.resolve(new ModelRef.Aliased(name, alias)).number());
                }
            }
        });
        registry.subscribe(_ -> {
            throw new IllegalStateException("a bad listener");
        });
        register(1);
        register(1);
        register(2, REFUSING);
        registry.moveAlias(COCO, "canary", 1, new Expected.Anything());
        subscription.close();
        register(3);

        assertEquals(
                List.of(
                        "new 1",
                        "1 VALIDATING",
                        "1 AVAILABLE",
                        "production 1",
                        "new 2",
                        "2 VALIDATING",
                        "2 FAILED",
                        "canary 1"),
                heard);
    }

    @Test
    void audit_holdsEveryChangeAndCannotBeEdited() throws SQLException {
        register(1);
        register(2);
        registry.moveAlias(COCO, "production", 2, new Expected.Anything());

        assertEquals(
                "register,state,state,alias,register,state,state,alias",
                sql("SELECT group_concat(action) FROM (SELECT action FROM audit ORDER BY id)"));
        assertEquals("1>2", sql("SELECT from_value || '>' || to_value FROM audit ORDER BY id DESC LIMIT 1"));
        assertThrows(SQLException.class, () -> sql("UPDATE audit SET principal = 'x'"));
        assertThrows(SQLException.class, () -> sql("DELETE FROM audit"));
        assertThrows(SQLException.class, () -> sql("UPDATE version SET digest = digest"));
    }

    // --- Opening again

    @Test
    void open_again_findsEverything() {
        register(1);
        register(2, REFUSING);
        register(3);
        registry.moveAlias(COCO, "canary", 3, new Expected.Anything());
        var before = registry.models();
        reopen();

        assertEquals(before, registry.models());
        assertEquals(4, register(4).version().number());
    }

    @Test
    void open_leftoversOfACrash_areCleaned() throws IOException {
        ModelVersion kept = register(1).version();
        Path orphan = Files.createDirectories(
                data.resolve("artifacts").resolve("ab".repeat(32)).resolve("files"));
        Files.writeString(orphan.resolve("model.onnx"), "x");
        Files.setPosixFilePermissions(orphan, PosixFilePermissions.fromString("r-xr-xr-x"));
        Files.writeString(
                Files.createDirectories(data.resolve("staging/half/files")).resolve("m"), "x");
        reopen();

        assertEquals(Set.of(), names(data.resolve("staging")));
        assertEquals(Set.of(kept.digest().substring(7)), names(data.resolve("artifacts")));
    }

    @Test
    void open_validationCutOff_isRegisteredAndCanBeTakenUp() throws IOException {
        Path cut = temp.resolve("cut");
        register(1, _ -> copy(data, cut));
        registry.close();
        Durable.deleteTree(data);
        Files.move(cut, data);
        registry = open(data);

        assertEquals(
                State.REGISTERED, registry.resolve(ModelRef.parse("coco@1")).state());
        assertEquals(List.of(), registry.damage());
        assertEquals(State.AVAILABLE, register(1).version().state());
    }

    /// As a process leaves it that ends now.
    private static void copy(Path from, Path to) {
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : (Iterable<Path>) paths::iterator) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void open_filesGone_isCorruptUntilRegisteredAgain() throws IOException {
        ModelVersion lost = register(1).version();
        register(2);
        registry.close();
        Durable.deleteTree(lost.directory());
        registry = open(data);

        assertEquals(State.CORRUPT, registry.resolve(lost.ref()).state());
        assertEquals("model.onnx is missing", registry.model(COCO).failures().get(1L));
        assertEquals(State.AVAILABLE, registry.resolve(ModelRef.parse("coco@2")).state());
        assertEquals(State.AVAILABLE, register(1).version().state());
        assertTrue(Files.isRegularFile(lost.file("main")));
    }

    @Test
    void open_aFileCutShort_isCorrupt() throws IOException {
        ModelVersion cut = register(1).version();
        registry.close();
        byte[] bytes = Files.readAllBytes(cut.file("main"));
        overwrite(cut.file("main"), Arrays.copyOf(bytes, bytes.length - 1));
        registry = open(data);

        assertEquals(State.CORRUPT, registry.resolve(cut.ref()).state());
        assertEquals(
                "model.onnx has another size than what was registered",
                registry.model(COCO).failures().get(1L));
    }

    @Test
    void check_withAnyBitOfAFileFlipped_isCorrupt() throws IOException {
        ModelVersion version = register(1).version();
        assertEquals(Optional.empty(), registry.check(version));
        byte[] bytes = Files.readAllBytes(version.file("main"));
        assertTrue(bytes.length > 10);
        for (int at = 0; at < bytes.length; at++) {
            byte[] damaged = bytes.clone();
            damaged[at] ^= (byte) (1 << at % 8);
            overwrite(version.file("main"), damaged);

            assertEquals(Optional.of("model.onnx is not what was registered"), registry.check(version), "byte " + at);
        }
        assertEquals(State.CORRUPT, registry.resolve(version.ref()).state());
        assertEquals(State.AVAILABLE, register(1).version().state());
        assertEquals(Optional.empty(), registry.check(version));
    }

    private static void overwrite(Path file, byte[] bytes) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Files.write(file, bytes);
    }

    @Test
    void open_manifestEditedInTheDatabase_isNotServed() throws SQLException {
        register(1);
        register(2);
        registry.close();
        sql("DROP TRIGGER version_is_immutable");
        sql("UPDATE version SET manifest = replace(manifest, 'crop', 'crab') WHERE number = 1");
        registry = open(data);

        assertThrows(VersionNotFound.class, () -> registry.resolve(ModelRef.parse("coco@1")));
        assertEquals(2, registry.resolve(ModelRef.parse("coco@2")).number());
    }

    @Test
    void open_manifestEditedAndFilesGone_opensWithoutThatVersion() throws IOException, SQLException {
        ModelVersion lost = register(1).version();
        register(2);
        registry.close();
        sql("DROP TRIGGER version_is_immutable");
        sql("UPDATE version SET manifest = replace(manifest, 'crop', 'crab') WHERE number = 1");
        Durable.deleteTree(lost.directory());
        registry = open(data);

        assertThrows(VersionNotFound.class, () -> registry.resolve(lost.ref()));
        assertEquals(2, registry.resolve(ModelRef.parse("coco@2")).number());
    }

    @Test
    void register_stoppedAtEachStep_leavesARegistryThatWorks() throws IOException {
        int seed = 100;
        for (Step step : Step.values()) {
            seed++;
            Path model = FakeModel.write(temp.resolve("offer/model.onnx"), seed);
            assertThrows(
                    IllegalStateException.class,
                    () -> registry.register(COCO, model, Validator.NONE, (at, _, _) -> {
                        if (at == step) {
                            throw new IllegalStateException("stop");
                        }
                    }));
            assertEquals(State.AVAILABLE, register(seed).version().state());
            assertEquals(Set.of(), names(data.resolve("staging")));
        }
        assertEquals(Step.values().length, names(data.resolve("artifacts")).size());
    }

    @Test
    void open_twiceInOneProcess_isRefusedAndTheFirstGoesOn() {
        DataUnusable refused = assertThrows(DataUnusable.class, () -> open(data));

        assertEquals("the data directory is in use", refused.getMessage());
        assertEquals(1, register(1).version().number());
    }

    @Test
    void open_newerSchema_isRefusedAndNotTouched() throws SQLException {
        register(1);
        registry.close();
        sql("PRAGMA user_version = 12");
        DataUnusable refused = assertThrows(DataUnusable.class, () -> open(data));

        assertEquals(
                "the data directory is of a newer release: schema 12 (expected: at most 11)", refused.getMessage());
        sql("PRAGMA user_version = 11");
        registry = open(data);
        assertEquals(1, registry.models().size());
    }

    @Test
    void open_databaseOfSomethingElse_isRefused() throws IOException, SQLException {
        registry.close();
        Files.delete(data.resolve("registry.db"));
        Files.writeString(data.resolve("registry.db"), "this is no database at all, but a text of some length\n");
        assertEquals(
                "the registry's database is damaged",
                assertThrows(DataUnusable.class, () -> open(data)).getMessage());
        Files.delete(data.resolve("registry.db"));
        sql("CREATE TABLE somebodys (x)");

        assertEquals(
                "the registry's database is none that this release knows",
                assertThrows(DataUnusable.class, () -> open(data)).getMessage());
        Files.delete(data.resolve("registry.db"));
        registry = open(data);
    }

    @Test
    void open_whereAFileIs_isRefused() {
        Path file = FakeModel.write(temp.resolve("plain"), "x");

        DataUnusable refused = assertThrows(DataUnusable.class, () -> open(file));
        assertEquals("the data directory cannot be read or written", refused.getMessage());
        assertThrows(DataUnusable.class, () -> open(file.resolve("below")));
        assertThrows(DataUnusable.class, () -> open(Path.of("/proc/firstpass")));
    }
}
