package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Expected;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryException.DataUnusable;
import dev.firstpass.registry.RegistryException.VersionNotFound;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.audit.AuditCheck;
import dev.firstpass.registry.audit.AuditVerdict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a disk alters in the metadata is found when the registry opens, and named; what is shown is what was acknowledged, or
/// less.
///
/// A seeded sample of bits always; with `-Dfirstpass.long=true` one of every 61st byte of the database.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BitFlipTest {
    private static final boolean LONG = Boolean.getBoolean("firstpass.long");
    private static final int SAMPLES = 60;
    private static final int STRIDE = 61;
    private static final ModelName COCO = new ModelName("coco");
    private static final ModelName WEEDS = new ModelName("weeds");

    private Path temp = Path.of("");
    private Path data = Path.of("");
    private Map<String, String> before = Map.of();
    private int linesBefore;

    @BeforeAll
    void registerModels(@TempDir Path folder) throws IOException {
        temp = folder;
        data = temp.resolve("data");
        try (ModelRegistry registry = ModelRegistryTest.open(data)) {
            for (int seed = 1; seed <= 5; seed++) {
                register(registry, COCO, seed);
            }
            register(registry, WEEDS, 1);
            registry.moveAlias(COCO, "production", 2, new Expected.Anything());
            registry.moveAlias(COCO, "canary", 3, new Expected.Anything());
            registry.retire(new ModelRef.Numbered(COCO, 1));
            registry.remove(new ModelRef.Numbered(COCO, 4));
            registry.rollOut(COCO, "production", new Rollout(3, 20).withShadow(5, 50));
            registry.hold(new ModelRef.Numbered(COCO, 1), "labels of the trial");
        }
        try (ModelRegistry registry = ModelRegistryTest.open(data)) {
            before = WholeRegistry.shown(registry);
            linesBefore = RegistryScript.lines(registry).size();
            assertEquals(List.of(), registry.damage());
        }
        assertFalse(Files.exists(data.resolve("registry.db-wal")), "all is in the database");
    }

    private void register(ModelRegistry registry, ModelName name, int seed) {
        Path model = FakeModel.write(temp.resolve("offer/model.onnx"), seed);
        var _ = registry.register(name, model, Validator.NONE, ProgressListener.NONE);
    }

    /// A copy of the data directory, of which the caller may alter the database.
    private Path copy() throws IOException {
        Path copy = temp.resolve("copy");
        Durable.deleteTree(copy);
        copyTree(data, copy);
        return copy;
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : (Iterable<Path>) paths::iterator) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        }
    }

    private Path edited(String... statements) throws IOException {
        Path copy = copy();
        DatabaseEdit.run(copy.resolve("registry.db"), statements);
        return copy;
    }

    /// @return how it ended, for the count
    private String open(Path copy) throws IOException {
        Set<String> files = names(copy.resolve("artifacts"));
        String outcome;
        try (ModelRegistry registry = ModelRegistryTest.open(copy)) {
            Map<String, String> shown = WholeRegistry.shown(registry);
            AuditVerdict verdict = AuditCheck.of(after -> registry.audit(after, 1000));
            Map<String, String> other = new TreeMap<>(shown);
            other.entrySet().removeAll(before.entrySet());
            assertEquals(Map.of(), other, "shown, and not what was acknowledged");
            boolean isWhole = shown.equals(before) && verdict instanceof AuditVerdict.Whole;
            assertTrue(
                    isWhole || !registry.damage().isEmpty(),
                    () -> "not named: " + shown + " (expected: " + before + "), " + verdict);
            outcome = isWhole && registry.damage().isEmpty()
                    ? "unused"
                    : shown.equals(before) ? "mended or only the audit" : "less is shown";
        } catch (DataUnusable e) {
            outcome = "refused";
        }
        assertEquals(files, names(copy.resolve("artifacts")), "files of versions are not deleted");
        return outcome;
    }

    private static Set<String> names(Path directory) throws IOException {
        try (Stream<Path> children = Files.list(directory)) {
            return children.map(child -> child.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Test
    void open_afterABitOfTheDatabaseFlipped_saysSoOrIsWhatItWas() throws IOException {
        long seed = LONG ? 1 : System.nanoTime();
        Random random = new Random(seed);
        byte[] bytes = Files.readAllBytes(data.resolve("registry.db"));
        Map<String, Integer> outcomes = new TreeMap<>();
        int flips = LONG ? bytes.length / STRIDE : SAMPLES;
        Path copy = copy();
        for (int i = 0; i < flips; i++) {
            int at = LONG ? i * STRIDE + random.nextInt(STRIDE) : used(bytes, random);
            int bit = random.nextInt(8);
            byte[] damaged = bytes.clone();
            damaged[at] ^= (byte) (1 << bit);
            Files.write(copy.resolve("registry.db"), damaged);
            for (String suffix : List.of("-wal", "-shm")) {
                Files.deleteIfExists(copy.resolve("registry.db" + suffix));
            }
            try {
                outcomes.merge(open(copy), 1, Integer::sum);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("bit " + bit + " of byte " + at + " (seed " + seed + ")", e);
            }
        }
        System.out.printf(
                "bit flips: %d of a database of %d bytes, %s (seed %d)%n", flips, bytes.length, outcomes, seed);
        assertTrue(outcomes.keySet().size() > 1, outcomes::toString);
    }

    /// Most of a page is empty; a sample of a few bits is of those that hold something.
    private static int used(byte[] bytes, Random random) {
        int at = random.nextInt(bytes.length);
        while (bytes[at] == 0) {
            at = random.nextInt(bytes.length);
        }
        return at;
    }

    /// A process that was killed leaves SQLite's log, whose damaged end SQLite takes for one that was never written.
    @Test
    void open_afterABitOfTheLogFlipped_saysSoOrIsWhatItWas() throws IOException {
        long seed = LONG ? 1 : System.nanoTime();
        Random random = new Random(seed);
        Path killed = temp.resolve("killed");
        try (ModelRegistry registry = ModelRegistryTest.open(copy())) {
            registry.moveAlias(COCO, "canary", 5, new Expected.Anything());
            registry.moveAlias(COCO, "canary", 3, new Expected.Anything());
            Durable.deleteTree(killed);
            copyTree(temp.resolve("copy"), killed);
        }
        byte[] bytes = Files.readAllBytes(killed.resolve("registry.db-wal"));
        Map<String, Integer> outcomes = new TreeMap<>();
        for (int i = 0; i < (LONG ? bytes.length / STRIDE : SAMPLES / 6); i++) {
            int at = LONG ? i * STRIDE + random.nextInt(STRIDE) : random.nextInt(bytes.length);
            byte[] damaged = bytes.clone();
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            Path copy = temp.resolve("copy");
            Durable.deleteTree(copy);
            copyTree(killed, copy);
            Files.write(copy.resolve("registry.db-wal"), damaged);
            try (ModelRegistry registry = ModelRegistryTest.open(copy)) {
                int lines = RegistryScript.lines(registry).size();
                boolean isNamed =
                        registry.damage().stream().anyMatch(found -> found.startsWith("the audit ends at line"));
                assertEquals(
                        lines < linesBefore + 2,
                        isNamed,
                        () -> "byte " + at + ": " + lines + " lines, " + registry.damage());
                outcomes.merge(isNamed ? "named" : "whole", 1, Integer::sum);
            }
            try (ModelRegistry registry = ModelRegistryTest.open(copy)) {
                assertEquals(List.of(), registry.damage(), "named once");
            }
        }
        System.out.printf("bit flips of the log: of %d bytes, %s (seed %d)%n", bytes.length, outcomes, seed);
        assertTrue(outcomes.containsKey("named"), outcomes::toString);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            UPDATE version SET state = 'AVAILABLE' WHERE name = 'coco' AND number = 1 | coco@1 was damaged: its state, which is put back to RETIRED
            UPDATE version SET state = 'REGISTERED' WHERE name = 'coco' AND number = 2 | coco@2 was damaged: its state, which is put back to AVAILABLE
            UPDATE alias SET number = 3 WHERE alias = 'production' AND name = 'coco' | coco@production was damaged, and names version 2 again
            UPDATE hold SET reason = 'labels of the trick' | the hold of coco@1 was damaged, and is put back
            DELETE FROM hold | the hold of coco@1 was damaged, and is put back
            UPDATE model SET next_number = 4 WHERE name = 'coco' | the next number of coco was damaged, and is put back
            """)
    void open_aValueThatWasAltered_isPutBackAndNamed(String edit, String named) throws IOException {
        Path copy = edited(edit);

        try (ModelRegistry registry = ModelRegistryTest.open(copy)) {
            assertEquals(List.of(named), registry.damage());
            assertEquals(before, WholeRegistry.shown(registry));
            register(registry, COCO, 9);
            assertEquals(6, registry.model(COCO).versions().getLast().number());
        }
        try (ModelRegistry registry = ModelRegistryTest.open(copy)) {
            assertEquals(List.of(), registry.damage());
            assertEquals(
                    AuditVerdict.Whole.class,
                    AuditCheck.of(after -> registry.audit(after, 1000)).getClass());
        }
    }

    /// SQLite believes the text that defines a table, whatever it says.
    @Test
    void open_aDefinitionThatWasAltered_isRefused() throws IOException {
        Path copy = edited(
                "PRAGMA writable_schema = ON",
                "UPDATE sqlite_schema SET sql = replace(sql, 'moved_at', 'moved_bt') WHERE name = 'alias'");
        String why = assertThrows(DataUnusable.class, () -> ModelRegistryTest.open(copy))
                .getMessage();
        assertTrue(why.contains("damaged"), why);
    }

    /// The third migration has the second one's key, so that their index cannot be made anew.
    @Test
    void open_twoRowsOfOneKey_isRefused() throws IOException {
        Path database = copy().resolve("registry.db");
        String bytes = Files.readString(database, StandardCharsets.ISO_8859_1);
        Matcher third = Pattern.compile("\u0003(?=3[a-z])").matcher(bytes);
        assertTrue(third.find());
        Files.writeString(database, third.replaceFirst("\u0002"), StandardCharsets.ISO_8859_1);

        String why = assertThrows(DataUnusable.class, () -> ModelRegistryTest.open(temp.resolve("copy")))
                .getMessage();
        assertTrue(why.contains("damaged"), why);
    }

    @Test
    void open_aRolloutThatWasAltered_endsItAndNamesIt() throws IOException {
        Path copy = edited("UPDATE rollout SET percent = 84");

        try (ModelRegistry registry = ModelRegistryTest.open(copy)) {
            assertEquals(List.of("the rollout of coco@production was damaged, and is ended"), registry.damage());
            assertEquals(Map.of(), registry.model(COCO).rollouts());
            assertEquals(2, registry.model(COCO).aliases().get("production"));
        }
        try (ModelRegistry registry = ModelRegistryTest.open(copy)) {
            assertEquals(List.of(), registry.damage());
        }
    }

    @Test
    void open_aVersionOfAnotherDigest_isNotShownAndKeepsItsFiles() throws IOException {
        Path copy = edited(
                "DROP TRIGGER version_is_immutable",
                "UPDATE version SET digest = 'sha256:' || substr(digest, 8, 63) || 'x' WHERE name = 'coco' AND number = 3");

        try (ModelRegistry registry = ModelRegistryTest.open(copy)) {
            assertEquals(
                    List.of("coco@3 is damaged: its digest is not the one that was registered"), registry.damage());
            assertThrows(VersionNotFound.class, () -> registry.resolve(ModelRef.parse("coco@3")));
            assertEquals(2, registry.resolve(ModelRef.parse("coco@production")).number());
        }
        assertEquals(names(data.resolve("artifacts")), names(copy.resolve("artifacts")));
    }

    @Test
    void open_aRowThatIsGone_isNamedAndKeepsItsFiles() throws IOException {
        Path copy = edited("PRAGMA foreign_keys = OFF", "DELETE FROM version WHERE name = 'weeds'");

        try (ModelRegistry registry = ModelRegistryTest.open(copy)) {
            assertEquals(List.of("weeds@1 is damaged: it is missing (expected: AVAILABLE)"), registry.damage());
            assertEquals(2, registry.resolve(ModelRef.parse("coco@production")).number());
        }
        assertEquals(names(data.resolve("artifacts")), names(copy.resolve("artifacts")));
    }

    @Test
    void open_anAuditThatWasAltered_namesTheLineAndServesOn() throws IOException {
        Path copy = edited("DROP TRIGGER audit_is_not_edited", "UPDATE audit SET principal = 'x' WHERE id = 3");

        try (ModelRegistry registry = ModelRegistryTest.open(copy)) {
            assertEquals(
                    List.of(
                            "the audit is damaged at line 3: it is not as it was written, or does not follow the one before"),
                    registry.damage());
            assertEquals(before, WholeRegistry.shown(registry));
        }
    }
}
