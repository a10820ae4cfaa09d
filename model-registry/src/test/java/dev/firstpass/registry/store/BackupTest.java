package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Expected;
import dev.firstpass.registry.FakeFamily;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryException.DataUnusable;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.Storage;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.audit.AuditCheck;
import dev.firstpass.registry.audit.AuditVerdict;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BackupTest {
    private static final ModelName COCO = new ModelName("coco");
    private static final ModelName WEEDS = new ModelName("weeds");
    private static final Backup.Progress SILENT = (_, _) -> {};

    @TempDir
    private Path temp;

    private Path data;
    private Path copy;
    private ModelRegistry registry;

    @BeforeEach
    void openRegistry() {
        data = temp.resolve("data");
        copy = temp.resolve("backups/first");
        registry = open(data);
        register(COCO, 1);
        register(COCO, 2);
        register(WEEDS, 2);
        registry.moveAlias(COCO, "production", 2, new Expected.AtVersion(1));
        registry.rollOut(COCO, "production", new Rollout(1, 20));
    }

    @AfterEach
    void closeRegistry() {
        registry.close();
    }

    private static ModelRegistry open(Path directory) {
        return ModelRegistry.open(
                directory,
                List.of(FakeFamily.BOXES),
                FakeModel.reader(),
                () -> Instant.parse("2026-11-26T12:00:00.123Z"));
    }

    private ModelVersion register(ModelName name, int seed) {
        Path model = FakeModel.write(temp.resolve("offer-" + name + "/model.onnx"), seed);
        return registry.register(name, model, Validator.NONE, ProgressListener.NONE)
                .version();
    }

    private Backup.Report write(Path target) {
        return Backup.write(
                data, Storage.LOCAL, List.of(), target, () -> Instant.parse("2026-11-26T12:00:00Z"), SILENT);
    }

    private String refusal(Path source) {
        Path fresh = temp.resolve("fresh");
        String why = assertThrows(DataUnusable.class, () -> Backup.restore(source, fresh, Storage.LOCAL, SILENT))
                .getMessage();
        assertFalse(Files.exists(fresh.resolve("registry.db")), why);
        return why;
    }

    private static void requireWhole(ModelRegistry restored) {
        assertEquals(
                AuditVerdict.Whole.class,
                AuditCheck.of(after -> restored.audit(after, 100)).getClass());
        for (ModelEntry entry : restored.models()) {
            for (ModelVersion version : entry.versions()) {
                assertEquals(
                        Optional.empty(), restored.check(version), version.ref().toString());
            }
        }
    }

    // --- Whole copies

    @Test
    void restore_ofACopy_isTheRegistryAsItWas() {
        Backup.Report written = write(copy);
        Backup.Report read = Backup.restore(copy, temp.resolve("fresh"), Storage.LOCAL, SILENT);

        assertEquals(written, read);
        assertEquals(3, written.versions());
        assertEquals(2, written.artifacts(), "two models share a content");
        assertEquals(List.of(), written.damaged());
        try (ModelRegistry restored = open(temp.resolve("fresh"))) {
            requireWhole(restored);
            assertEquals(registry.audit(0, 100), restored.audit(0, 100));
            assertEquals(written.auditHash(), restored.audit(0, 1).head().hash());
            assertEquals(2, restored.model(COCO).aliases().get("production"));
            assertEquals(
                    new Rollout(1, 20),
                    restored.model(COCO).rollout("production").orElseThrow());
            assertEquals(
                    registry.model(WEEDS).versions().getFirst().digest(),
                    restored.resolve(new ModelRef.Numbered(WEEDS, 1)).digest());
        }
        assertEquals(4, register(COCO, 4).number() + 1L, "the original goes on");
    }

    @Test
    void write_ofARegistryThatIsClosed_isTheSame() {
        Backup.Report open = write(copy);
        registry.close();

        assertEquals(open, write(temp.resolve("backups/second")));
        registry = open(data);
    }

    /// Copies are taken all the while that versions are registered; each is whole, and has all that was acknowledged
    /// before it began.
    @Test
    void write_whileVersionsAreRegistered_givesWholeCopiesWithAllThatWasAcknowledged() throws InterruptedException {
        boolean isLong = Boolean.getBoolean("firstpass.long");
        int count = isLong ? 400 : 24;
        int copies = isLong ? 100 : 5;
        AtomicLong acknowledged = new AtomicLong(2);
        CountDownLatch ended = new CountDownLatch(1);
        Thread registering = Thread.ofPlatform().name("registering").start(() -> {
            try {
                for (int seed = 10; seed < 10 + count; seed++) {
                    acknowledged.set(register(COCO, seed).number());
                }
            } finally {
                ended.countDown();
            }
        });
        List<Long> before = new ArrayList<>();
        for (int i = 0; i < 2 || (ended.getCount() > 0 && i < copies); i++) {
            before.add(acknowledged.get());
            var _ = write(temp.resolve("backups/" + i));
        }
        registering.join();

        assertEquals(2 + count, acknowledged.get());
        for (int i = 0; i < before.size(); i++) {
            Path fresh = temp.resolve("fresh-" + i);
            Backup.Report read = Backup.restore(temp.resolve("backups/" + i), fresh, Storage.LOCAL, SILENT);
            assertEquals(List.of(), read.damaged());
            try (ModelRegistry restored = open(fresh)) {
                requireWhole(restored);
                assertTrue(restored.model(COCO).versions().size() >= before.get(i));
            }
        }
    }

    /// As `firstpass backup` does beside a server: the data directory belongs to another process, which registers, moves
    /// aliases, retires and removes all the while.
    @Test
    void write_whileAnotherProcessOwnsTheDirectory_givesAWholeCopy() throws Exception {
        Path busy = temp.resolve("busy");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        RegistryCrashTest.Writer.class.getName(),
                        busy.toString(),
                        temp.resolve("offers").toString(),
                        "NEVER")
                .redirectError(temp.resolve("stderr").toFile())
                .start();
        try (BufferedReader reader = process.inputReader()) {
            String said = "";
            while (!said.startsWith("pruned 3 ")) {
                said = Objects.requireNonNull(reader.readLine(), () -> "see " + temp.resolve("stderr")) + " ";
            }
            Thread reading =
                    Thread.ofPlatform().daemon().start(() -> reader.lines().forEach(_ -> {}));
            Backup.Report report = Backup.write(busy, Storage.LOCAL, List.of(), copy, Instant::now, SILENT);
            process.toHandle().destroyForcibly();
            process.waitFor();
            reading.join();
            assertEquals(List.of(), report.damaged());
        }

        Backup.restore(copy, temp.resolve("fresh"), Storage.LOCAL, SILENT);
        try (ModelRegistry restored = open(temp.resolve("fresh"))) {
            requireWhole(restored);
            // What was acknowledged before: six are registered, and two of these removed.
            assertTrue(restored.model(COCO).version(1).isPresent());
            assertTrue(restored.model(COCO).versions().getLast().number() >= 6);
            assertTrue(restored.model(COCO).version(3).isEmpty());
        }
    }

    @Test
    void progress_ofBoth_growsToTheTotal() {
        List<Long> seen = new ArrayList<>();
        Backup.Report report = Backup.write(data, Storage.LOCAL, List.of(), copy, Instant::now, (done, total) -> {
            seen.add(done);
            assertTrue(done <= total);
        });
        assertEquals(report.bytes(), seen.getLast());
        assertEquals(seen.stream().sorted().toList(), seen);

        seen.clear();
        Backup.restore(copy, temp.resolve("fresh"), Storage.LOCAL, (done, _) -> seen.add(done));
        assertEquals(report.bytes(), seen.getLast());
    }

    // --- What is damaged in the original

    @Test
    void write_ofADamagedVersion_leavesItOutAndNamesItAndCopiesTheOthers() throws IOException {
        flip(registry.resolve(new ModelRef.Numbered(COCO, 1)).directory().resolve("model.onnx"), 3);
        Backup.Report report = write(copy);

        assertEquals(List.of("coco@1: model.onnx is not what was registered"), report.damaged());
        assertEquals(1, report.artifacts());
        Backup.restore(copy, temp.resolve("fresh"), Storage.LOCAL, SILENT);
        try (ModelRegistry restored = open(temp.resolve("fresh"))) {
            assertEquals(
                    ModelVersion.State.CORRUPT,
                    restored.resolve(new ModelRef.Numbered(COCO, 1)).state());
            ModelVersion whole = restored.resolve(new ModelRef.Numbered(COCO, 2));
            assertEquals(ModelVersion.State.AVAILABLE, whole.state());
            assertEquals(Optional.empty(), restored.check(whole));
        }
    }

    /// A version that is taken out of the registry and off the disk while it is copied.
    @Test
    void write_versionGoneMeanwhile_isNotInTheCopy() throws IOException {
        register(COCO, 3);
        Path artifact =
                registry.resolve(new ModelRef.Numbered(COCO, 3)).directory().getParent();
        boolean[] isDone = {false};
        Backup.Report report = Backup.write(data, Storage.LOCAL, List.of(), copy, Instant::now, (_, _) -> {
            if (!isDone[0]) {
                isDone[0] = true;
                DatabaseEdit.run(data.resolve("registry.db"), "DELETE FROM version WHERE name = 'coco' AND number = 3");
                DatabaseEdit.deleteTree(Objects.requireNonNull(artifact));
            }
        });

        assertEquals(List.of(), report.damaged());
        assertEquals(3, report.versions());
        Backup.restore(copy, temp.resolve("fresh"), Storage.LOCAL, SILENT);
    }

    // --- What is refused

    @Test
    void write_thatFails_leavesNothing() throws IOException {
        assertThrows(
                IllegalStateException.class,
                () -> Backup.write(data, Storage.LOCAL, List.of(), copy, Instant::now, (done, _) -> {
                    if (done > 0) {
                        throw new IllegalStateException("cut off");
                    }
                }));

        try (Stream<Path> left = Files.list(copy)) {
            assertEquals(List.of(), left.toList());
        }
        assertEquals(3, write(copy).versions());
    }

    @Test
    void write_intoAFolderWithFilesOrTheDataDirectory_isRefusedAndTouchesNothing() throws IOException {
        Files.createDirectories(copy);
        Files.writeString(copy.resolve("mine.txt"), "x");

        assertEquals(
                "the folder for the backup is not empty (expected: a fresh one)",
                assertThrows(DataUnusable.class, () -> write(copy)).getMessage());
        assertTrue(Files.exists(copy.resolve("mine.txt")));
        assertTrue(assertThrows(DataUnusable.class, () -> write(data.resolve("b")))
                .getMessage()
                .contains("inside of the data directory"));
    }

    @Test
    void write_whereThereIsNoDatabase_saysWhatIsExpected() {
        DataUnusable refused = assertThrows(
                DataUnusable.class,
                () -> Backup.write(temp.resolve("none"), Storage.LOCAL, List.of(), copy, Instant::now, SILENT));

        assertTrue(refused.getMessage().contains("registry.bucket of one that is shared"));
        assertFalse(Files.exists(copy));
    }

    @Test
    void restore_ofACopyWithoutItsMarker_isRefused() throws IOException {
        write(copy);
        Files.delete(copy.resolve("firstpass-backup.json"));

        assertTrue(refusal(copy).startsWith("the backup is incomplete, or none"));
        assertTrue(refusal(temp.resolve("nothing")).startsWith("the backup is incomplete, or none"));
    }

    /// One bit of each file in turn.
    @Test
    void restore_ofACopyWithAFlippedBit_isRefused() throws IOException {
        write(copy);
        List<Path> files;
        try (Stream<Path> tree = Files.walk(copy)) {
            files = tree.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith("manifest.json"))
                    .toList();
        }
        assertEquals(4, files.size(), files::toString);
        for (Path file : files) {
            for (long at : List.of(0L, Files.size(file) / 2)) {
                flip(file, at);
                String why = refusal(copy);
                assertTrue(why.startsWith("the backup is "), why);
                flip(file, at);
            }
        }
        Backup.restore(copy, temp.resolve("fresh"), Storage.LOCAL, SILENT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"registry.db", "artifacts"})
    void restore_ofACopyThatLacksSomething_isRefused(String missing) throws IOException {
        write(copy);
        DatabaseEdit.deleteTree(copy.resolve(missing));

        assertTrue(refusal(copy).contains("missing"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "format" : 1 | "format" : 2
            "schema" : S | "schema" : 99
            """)
    void restore_ofANewerRelease_isRefused(String before, String after) throws IOException {
        write(copy);
        Path marker = copy.resolve("firstpass-backup.json");
        String text = Files.readString(marker);
        String changed = text.replace(before.replace("S", Integer.toString(Database.SCHEMA)), after);
        assertFalse(text.equals(changed));
        Files.writeString(marker, changed);

        assertTrue(refusal(copy).startsWith("the backup is of a newer release"));
    }

    @Test
    void restore_intoADirectoryThatIsNotEmpty_isRefused() {
        write(copy);

        assertEquals(
                "the data directory is not empty (expected: an empty one to restore into)",
                assertThrows(DataUnusable.class, () -> Backup.restore(copy, data, Storage.LOCAL, SILENT))
                        .getMessage());
    }

    /// Nothing counts before the end, and a second attempt needs no cleaning.
    @Test
    void restore_thatIsCutOff_leavesNoRegistryAndCanBeDoneAgain() {
        write(copy);
        Path fresh = temp.resolve("fresh");
        int[] calls = {0};
        assertThrows(
                IllegalStateException.class,
                () -> Backup.restore(copy, fresh, Storage.LOCAL, (_, _) -> {
                    if (++calls[0] == 3) {
                        throw new IllegalStateException("cut off");
                    }
                }));
        assertFalse(Files.exists(fresh.resolve("registry.db")));

        assertEquals(3, Backup.restore(copy, fresh, Storage.LOCAL, SILENT).versions());
        try (ModelRegistry restored = open(fresh)) {
            requireWhole(restored);
        }
    }

    @Test
    void restore_intoADirectoryInUse_isRefused() {
        write(copy);
        try (DataDirectory _ = DataDirectory.open(temp.resolve("used"))) {
            assertEquals(
                    "the data directory is in use",
                    assertThrows(
                                    DataUnusable.class,
                                    () -> Backup.restore(copy, temp.resolve("used"), Storage.LOCAL, SILENT))
                            .getMessage());
        }
    }

    private static void flip(Path file, long at) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) at] ^= 4;
        boolean isWritable = file.toFile().setWritable(true);
        assertTrue(isWritable);
        Files.write(file, bytes);
    }

    // --- What lies beside

    @Test
    void write_withADatabaseBeside_copiesItWhileItIsWritten() throws IOException, SQLException {
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("predictions.db"));
                Statement statement = other.createStatement()) {
            statement.execute("PRAGMA journal_mode = WAL");
            statement.execute("CREATE TABLE prediction (id INTEGER PRIMARY KEY)");
            statement.execute("INSERT INTO prediction (id) VALUES (1), (2)");
            other.setAutoCommit(false);
            statement.execute("INSERT INTO prediction (id) VALUES (3)");
            var _ = Backup.write(
                    data, Storage.LOCAL, List.of("predictions.db", "absent.db"), copy, Instant::now, SILENT);
        }
        Files.createDirectories(temp.resolve("fresh"));
        Files.writeString(temp.resolve("fresh/predictions.db"), "what a restoration left that was cut off");
        var _ = Backup.restore(copy, temp.resolve("fresh"), Storage.LOCAL, SILENT);
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + temp.resolve("fresh/predictions.db"));
                Statement statement = other.createStatement();
                ResultSet counted = statement.executeQuery("SELECT count(*) FROM prediction")) {
            assertEquals(2, counted.getInt(1));
        }
        assertFalse(Files.exists(temp.resolve("fresh/absent.db")));

        Files.writeString(copy.resolve("predictions.db"), "x", StandardOpenOption.APPEND);
        String why = assertThrows(
                        DataUnusable.class, () -> Backup.restore(copy, temp.resolve("second"), Storage.LOCAL, SILENT))
                .getMessage();
        assertTrue(why.contains("its predictions.db is not the one that was copied"), why);
        assertFalse(Files.exists(temp.resolve("second/registry.db")));
    }
}
