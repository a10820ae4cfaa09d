package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Expected;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryException.DataUnusable;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.Storage;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.audit.AuditCheck;
import dev.firstpass.registry.audit.AuditVerdict;
import dev.firstpass.registry.token.NewToken;
import dev.firstpass.registry.token.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Copies from either kind of place, restored to either kind of place.
@ExtendWith(SharedServers.Given.class)
class MovedRegistryTest {
    private static final ModelName COCO = new ModelName("coco");
    private static final ModelName WEEDS = new ModelName("weeds");
    private static final Backup.Progress SILENT = (_, _) -> {};

    @TempDir
    private Path temp;

    private ModelRegistry open(String directory, Storage storage) {
        return Place.open(temp.resolve(directory), storage, Instant::now);
    }

    private ModelVersion register(ModelRegistry registry, ModelName name, int seed) {
        Path model = FakeModel.write(temp.resolve("offers/" + name + seed + "/model.onnx"), seed);
        return registry.register(name, model, Validator.NONE, ProgressListener.NONE)
                .version();
    }

    private void fill(ModelRegistry registry) {
        var _ = register(registry, COCO, 1);
        var _ = register(registry, COCO, 2);
        var _ = register(registry, COCO, 3);
        var _ = register(registry, WEEDS, 2);
        registry.moveAlias(COCO, "production", 2, new Expected.AtVersion(1));
        registry.rollOut(COCO, "production", new Rollout(1, 20));
        registry.retire(new ModelRef.Numbered(COCO, 3));
        registry.hold(new ModelRef.Numbered(COCO, 3), "for the auditors");
        var _ = registry.tokens()
                .create(new NewToken(Tenant.LOCAL, "ci", Set.of(Scope.PRELABEL), Optional.empty()), "me");
    }

    private static String contents(ModelRegistry registry) {
        return registry.models().stream()
                .map(entry -> entry.name() + " " + versions(entry) + " " + entry.aliases() + " " + entry.rollouts()
                        + " " + registry.holds(entry.name()))
                .collect(Collectors.joining("\n"));
    }

    private static String versions(ModelEntry entry) {
        return entry.versions().stream()
                .map(version -> version.number() + " " + version.digest() + " " + version.state() + " "
                        + version.registeredAt())
                .collect(Collectors.joining(", ", "[", "]"));
    }

    @ParameterizedTest
    @CsvSource({"LOCAL, SHARED", "SHARED, LOCAL", "SHARED, SHARED"})
    void restore_toAnotherPlace_isTheRegistryAsItWas(Place from, Place to, SharedServers servers) {
        Storage original = from.fresh(servers);
        Storage fresh = to.fresh(servers);
        try (ModelRegistry registry = open("original", original)) {
            fill(registry);
            Backup.Report written = Backup.write(
                    temp.resolve("original"), original, List.of(), temp.resolve("copy"), Instant::now, SILENT);
            assertEquals(written, Backup.restore(temp.resolve("copy"), temp.resolve("fresh"), fresh, SILENT));
            assertEquals(List.of(4, 3), List.of(written.versions(), written.artifacts()));

            try (ModelRegistry restored = open("fresh", fresh)) {
                assertEquals(contents(registry), contents(restored));
                assertEquals(registry.tokens().list(), restored.tokens().list());
                assertEquals(registry.audit(0, 100), restored.audit(0, 100));
                assertEquals(
                        AuditVerdict.Whole.class,
                        AuditCheck.of(after -> restored.audit(after, 100)).getClass());
                for (ModelVersion version : restored.model(COCO).versions()) {
                    assertEquals(Optional.empty(), restored.check(version));
                }
                assertEquals(4, register(restored, COCO, 4).number(), "numbers go on");
                restored.moveAlias(COCO, "production", 4, new Expected.AtVersion(2));
                assertEquals(Map.of("production", 4L), restored.model(COCO).aliases());
            }
        }
    }

    /// A table that a later schema brings would be left behind otherwise.
    @Test
    void tables_areAllCopied() {
        try (SqliteDatabase database = SqliteDatabase.open(temp.resolve("registry.db"), temp)) {
            List<String> tables = database.read(
                    handle -> handle.createQuery("""
                            SELECT name FROM sqlite_schema
                            WHERE type = 'table' AND name NOT LIKE 'sqlite%'
                                AND name NOT IN ('flyway_schema_history', 'audit_head')
                            ORDER BY name""").mapTo(String.class).list());
            assertEquals(TableCopy.TABLES.stream().sorted().toList(), tables);
        }
    }

    @Test
    void restore_toADatabaseThatIsUsed_isRefused(SharedServers servers) {
        Storage original = servers.fresh();
        try (ModelRegistry registry = open("original", original)) {
            fill(registry);
            var _ = Backup.write(
                    temp.resolve("original"), original, List.of(), temp.resolve("copy"), Instant::now, SILENT);
            String before = contents(registry);

            String why = assertThrows(
                            DataUnusable.class,
                            () -> Backup.restore(temp.resolve("copy"), temp.resolve("fresh"), original, SILENT))
                    .getMessage();
            assertTrue(why.contains("an empty one to restore into"), why);
            assertEquals(before, contents(registry));
        }
    }

    @Test
    void write_ofADatabaseThatNoServerHasUsed_isRefused(SharedServers servers) {
        Storage unused = new Storage.Shared(servers.emptyDatabase(), servers.freshBucket());
        String why = assertThrows(
                        DataUnusable.class,
                        () -> Backup.write(
                                temp.resolve("none"), unused, List.of(), temp.resolve("copy"), Instant::now, SILENT))
                .getMessage();
        assertTrue(why.contains("has schema 0"), why);
    }

    /// What the bucket lost is left out by name, and nothing else.
    @Test
    void write_withAFileThatIsMissingInTheBucket_leavesThatVersionOut(SharedServers servers) throws IOException {
        Storage.Shared original = servers.fresh();
        try (ModelRegistry registry = open("original", original)) {
            fill(registry);
            String digest = registry.resolve(new ModelRef.Numbered(COCO, 1)).digest();
            try (Bucket bucket = Bucket.open(original.bucket())) {
                bucket.deleteAll("artifacts/" + digest.substring("sha256:".length()) + "/files/");
            }
            Backup.Report written = Backup.write(
                    temp.resolve("original"), original, List.of(), temp.resolve("copy"), Instant::now, SILENT);

            assertEquals(List.of("coco@1: model.onnx is missing in the bucket"), written.damaged());
            assertEquals(2, written.artifacts());
            try (var children = Files.list(temp.resolve("copy"))) {
                assertEquals(
                        List.of("artifacts", "firstpass-backup.json", "registry.db"),
                        children.map(child -> child.getFileName().toString())
                                .sorted()
                                .toList());
            }
        }
    }
}
