package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Expected;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.ProgressListener.Step;
import dev.firstpass.registry.RegistryException.DataUnusable;
import dev.firstpass.registry.RegistryException.StorageFull;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.audit.AuditCheck;
import dev.firstpass.registry.audit.AuditVerdict;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A process of its own registers, moves aliases, retires and removes, says on its standard output what it begins and what was
/// acknowledged, and ends without warning; then this one opens what is left. A random instant of each change always;
/// 200 of each with `-Plong`.
class RegistryCrashTest {
    private static final ModelName COCO = new ModelName("coco");
    private static final boolean LONG = Boolean.getBoolean("firstpass.long");
    private static final int KILLS = LONG ? 200 : 1;

    /// Each change takes less than that, mostly.
    private static final int LONGEST_CHANGE_MICROS = 30_000;

    @TempDir
    private Path temp;

    /// The other process.
    static final class Writer {
        private Writer() {}

        /// @param args data directory, a directory for offers, and the step at which the third registration ends the
        ///     process or `NEVER`
        public static void main(String[] args) {
            Path offers = Path.of(args[1]);
            try (ModelRegistry registry = ModelRegistryTest.open(Path.of(args[0]))) {
                System.out.println("open");
                for (int seed = 1; ; seed++) {
                    int now = seed;
                    ProgressListener progress = (step, _, _) -> {
                        if (now == 3 && step.name().equals(args[2])) {
                            Runtime.getRuntime().halt(137);
                        }
                    };
                    Path model = FakeModel.write(offers.resolve("m.onnx"), seed);
                    System.out.println("begin register");
                    ModelVersion made = registry.register(COCO, model, Validator.NONE, progress)
                            .version();
                    System.out.println("registered " + made.number() + " " + made.digest());
                    System.out.println("begin promote");
                    registry.moveAlias(COCO, "canary", made.number(), new Expected.Anything());
                    System.out.println("moved " + made.number());
                    if (made.number() > 2) {
                        System.out.println("begin retire");
                        registry.retire(new ModelRef.Numbered(COCO, made.number() - 1));
                        System.out.println("retired " + (made.number() - 1));
                    }
                    // The first one is in production.
                    if (made.number() > 4) {
                        System.out.println("begin prune");
                        registry.remove(new ModelRef.Numbered(COCO, made.number() - 3));
                        System.out.println("pruned " + (made.number() - 3));
                    }
                }
            } catch (StorageFull e) {
                System.out.println("full");
            }
        }
    }

    private Process writer(List<String> prefix, Path data, String step) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Writer.class.getName(),
                data.toString(),
                temp.resolve("offers").toString(),
                step));
        return new ProcessBuilder(command)
                .redirectError(temp.resolve("stderr").toFile())
                .start();
    }

    private static List<String> lines(Process process) throws IOException {
        try (BufferedReader reader = process.inputReader()) {
            return reader.lines().toList();
        }
    }

    /// Every acknowledged change is there, every other one is absent or could be taken up, and every byte is the one
    /// that was registered.
    private void checkWhatIsLeft(Path data, List<String> acknowledged) throws Exception {
        try (ModelRegistry registry = ModelRegistryTest.open(data)) {
            List<ModelVersion> versions = registry.models().stream()
                    .map(ModelEntry::versions)
                    .flatMap(List::stream)
                    .toList();
            Set<String> wanted = new HashSet<>();
            Set<Long> retired = new HashSet<>();
            Set<Long> pruned = pruned(acknowledged, versions);
            long lastMove = 0;
            boolean retires = acknowledged.contains("begin retire");
            for (String line : acknowledged) {
                String[] words = line.split(" ", -1);
                if (words[0].equals("registered")) {
                    long number = Long.parseLong(words[1]);
                    if (pruned.contains(number)) {
                        continue;
                    }
                    ModelVersion version = registry.resolve(new ModelRef.Numbered(COCO, number));
                    assertEquals(words[2], version.digest());
                    assertTrue(
                            version.state() == ModelVersion.State.AVAILABLE
                                    || (retires && version.state() == ModelVersion.State.RETIRED),
                            () -> version.ref() + " " + version.state());
                } else if (words[0].equals("moved")) {
                    lastMove = Long.parseLong(words[1]);
                } else if (words[0].equals("retired")) {
                    retired.add(Long.parseLong(words[1]));
                }
            }
            retired.removeAll(pruned);
            assertTrue(
                    versions.stream().map(ModelVersion::number).noneMatch(pruned::contains),
                    () -> versions + " after " + pruned);
            Set<Long> found = versions.stream()
                    .filter(version -> version.state() == ModelVersion.State.RETIRED)
                    .map(ModelVersion::number)
                    .collect(Collectors.toSet());
            assertTrue(found.containsAll(retired) && found.size() <= retired.size() + 1, found + " after " + retired);
            assertEquals(
                    AuditVerdict.Whole.class,
                    AuditCheck.of(after -> registry.audit(after, 1000)).getClass());
            if (lastMove > 0) {
                long canary = registry.resolve(ModelRef.parse("coco@canary")).number();
                assertTrue(canary == lastMove || canary == lastMove + 1, canary + " after " + lastMove);
            }
            for (ModelVersion version : versions) {
                wanted.add(version.digest().substring("sha256:".length()));
                checkBytes(version);
            }
            assertEquals(wanted, names(data.resolve("artifacts")));
            assertEquals(Set.of(), names(data.resolve("staging")));
        }
    }

    /// The versions whose removal was acknowledged, and the one whose removal was cut off if it is gone.
    private static Set<Long> pruned(List<String> said, List<ModelVersion> left) {
        Set<Long> pruned = new HashSet<>();
        long registered = 0;
        for (String line : said) {
            String[] words = line.split(" ", -1);
            if (words[0].equals("registered")) {
                registered = Long.parseLong(words[1]);
            } else if (words[0].equals("pruned")) {
                pruned.add(Long.parseLong(words[1]));
            }
        }
        long last = registered - 3;
        boolean isGone = left.stream().noneMatch(version -> version.number() == last);
        if (said.getLast().equals("begin prune") && isGone) {
            pruned.add(last);
        }
        return pruned;
    }

    private static void checkBytes(ModelVersion version) throws Exception {
        for (BundleFile file : version.manifest().files()) {
            byte[] bytes = Files.readAllBytes(version.directory().resolve(file.path()));
            assertEquals(
                    file.sha256(),
                    HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
        }
    }

    private static Set<String> names(Path directory) throws IOException {
        try (Stream<Path> children = Files.list(directory)) {
            return children.map(child -> child.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    @ParameterizedTest
    @EnumSource(Step.class)
    void halt_atAStep_keepsWhatWasAcknowledged(Step step) throws Exception {
        Path data = temp.resolve("data");
        Process process = writer(List.of(), data, step.name());
        List<String> acknowledged = lines(process);

        assertEquals(137, process.waitFor(), () -> "see " + temp.resolve("stderr"));
        assertEquals(
                4,
                acknowledged.stream()
                        .filter(line -> line.startsWith("registered") || line.startsWith("moved"))
                        .count(),
                acknowledged::toString);
        checkWhatIsLeft(data, acknowledged);
    }

    @ParameterizedTest
    @ValueSource(strings = {"register", "promote", "retire", "prune"})
    void kill_atRandomInstants_keepsWhatWasAcknowledged(String change) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int cut = 0;
        for (int i = 0; i < KILLS; i++) {
            Path data = temp.resolve("data" + i);
            Process process = writer(List.of(), data, "NEVER");
            try (BufferedReader reader = process.inputReader()) {
                List<String> said = new ArrayList<>();
                int begun = 1 + random.nextInt(4);
                while (begun > 0) {
                    said.add(Objects.requireNonNull(reader.readLine(), () -> "see " + temp.resolve("stderr")));
                    begun -= said.getLast().equals("begin " + change) ? 1 : 0;
                }
                LockSupport.parkNanos(1_000L * random.nextInt(LONGEST_CHANGE_MICROS));
                // Not Process.destroyForcibly, which would lose what was said last.
                process.toHandle().destroyForcibly();
                process.waitFor();
                List<String> rest = reader.lines().toList();
                cut += rest.isEmpty() ? 1 : 0;
                said.addAll(rest);
                checkWhatIsLeft(data, said);
            }
        }
        System.out.printf("%s: killed %d times, %d of them amid it (seed %d)%n", change, KILLS, cut, seed);
        assertTrue(!LONG || cut > KILLS / 20, () -> "seldom amid it (expected: more than " + KILLS / 20 + " times)");
    }

    @Test
    void open_whileAnotherProcessHasIt_isRefused() throws Exception {
        Path data = temp.resolve("data");
        Process process = writer(List.of(), data, "NEVER");
        try (BufferedReader reader = process.inputReader()) {
            assertEquals("open", reader.readLine());
            String message = assertThrows(DataUnusable.class, () -> ModelRegistryTest.open(data))
                    .getMessage();
            assertTrue(message.startsWith("the data directory is in use by another process ("), message);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void open_whileAnotherProcessIsAboutToLeaveIt_waits() throws Exception {
        Path data = temp.resolve("data");
        Process process = writer(List.of(), data, "NEVER");
        try (BufferedReader reader = process.inputReader()) {
            assertEquals("open", reader.readLine());
            CompletableFuture.delayedExecutor(100, TimeUnit.MILLISECONDS).execute(process::destroyForcibly);
            ModelRegistryTest.open(data).close();
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    /// On a file system of its own that fills up, every registration either is acknowledged or fails as StorageFull,
    /// and what was acknowledged is whole.
    @Test
    void register_untilTheDiskIsFull_failsCleanly() throws Exception {
        SmallDisk disk = SmallDisk.require(temp.resolve("disk"), 1);
        Process process = writer(disk.prefix(), disk.directory().resolve("data"), "NEVER");
        List<String> said = lines(process);

        assertEquals(0, process.waitFor(), () -> said + " see " + temp.resolve("stderr"));
        assertEquals("full", said.getLast());
        assertTrue(said.size() > 2, said::toString);
        checkWhatIsLeft(disk.kept("data"), said);
    }
}
