package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A process of its own registers and moves aliases, says on its standard output what was acknowledged, and ends
/// without warning; then this one opens what is left.
class RegistryCrashTest {
    private static final ModelName COCO = new ModelName("coco");
    private static final int KILLS = 6;

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
                    ModelVersion made = registry.register(COCO, model, Validator.NONE, progress)
                            .version();
                    System.out.println("registered " + made.number() + " " + made.digest());
                    registry.moveAlias(COCO, "canary", made.number(), new Expected.Anything());
                    System.out.println("moved " + made.number());
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
            long lastMove = 0;
            for (String line : acknowledged) {
                String[] words = line.split(" ", -1);
                if (words[0].equals("registered")) {
                    long number = Long.parseLong(words[1]);
                    ModelVersion version = registry.resolve(new ModelRef.Numbered(COCO, number));
                    assertEquals(words[2], version.digest());
                    assertEquals(ModelVersion.State.AVAILABLE, version.state());
                } else if (words[0].equals("moved")) {
                    lastMove = Long.parseLong(words[1]);
                }
            }
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
                4, acknowledged.stream().filter(line -> !line.equals("open")).count(), acknowledged::toString);
        checkWhatIsLeft(data, acknowledged);
    }

    @Test
    void kill_atRandomInstants_keepsWhatWasAcknowledged() throws Exception {
        long seed = System.nanoTime();
        System.out.println("kill_atRandomInstants: seed " + seed);
        Random random = new Random(seed);
        int changes = 0;
        for (int i = 0; i < KILLS; i++) {
            Path data = temp.resolve("data" + i);
            Process process = writer(List.of(), data, "NEVER");
            try (BufferedReader reader = process.inputReader()) {
                assertEquals("open", reader.readLine());
                TimeUnit.MILLISECONDS.sleep(random.nextInt(400));
                // Not Process.destroyForcibly, which would lose what was said last.
                process.toHandle().destroyForcibly();
                process.waitFor();
                List<String> acknowledged = reader.lines().toList();
                changes += acknowledged.size();
                checkWhatIsLeft(data, acknowledged);
            }
        }
        assertTrue(changes > 0, "nothing was acknowledged before any of the kills");
    }

    @Test
    void open_whileAnotherProcessHasIt_isRefused() throws Exception {
        Path data = temp.resolve("data");
        Process process = writer(List.of(), data, "NEVER");
        try (BufferedReader reader = process.inputReader()) {
            assertEquals("open", reader.readLine());
            String message = assertThrows(DataUnusable.class, () -> ModelRegistryTest.open(data))
                    .getMessage();
            assertEquals("the data directory is in use by another process", message);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    /// On a file system of its own that fills up, every registration either is acknowledged or fails as StorageFull,
    /// and what was acknowledged is whole.
    @Test
    void register_untilTheDiskIsFull_failsCleanly() throws Exception {
        List<String> mount = List.of(
                "unshare",
                "-rm",
                "sh",
                "-c",
                "mount -t tmpfs -o size=1m tmpfs \"$0\" && \"$@\"; status=$?; cp -r \"$0\" \"$0\".kept; exit $status");
        Path disk = Files.createDirectories(temp.resolve("disk"));
        assumeTrue(canMount(disk), "no right to mount a file system here");
        List<String> prefix = new ArrayList<>(mount);
        prefix.add(disk.toString());
        Process process = writer(prefix, disk.resolve("data"), "NEVER");
        List<String> said = lines(process);

        assertEquals(0, process.waitFor(), () -> said + " see " + temp.resolve("stderr"));
        assertEquals("full", said.getLast());
        assertTrue(said.size() > 2, said::toString);
        checkWhatIsLeft(temp.resolve("disk.kept/data"), said);
    }

    private static boolean canMount(Path directory) throws InterruptedException {
        try {
            return new ProcessBuilder(
                                    "unshare",
                                    "-rm",
                                    "mount",
                                    "-t",
                                    "tmpfs",
                                    "-o",
                                    "size=1m",
                                    "tmpfs",
                                    directory.toString())
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException _) {
            return false;
        }
    }
}
