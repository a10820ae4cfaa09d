package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Expected;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.RegistryException.StorageFull;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.audit.AuditLine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A process of its own registers and promotes on a file system that is so big, until it is full: what does not fit is refused as
/// StorageFull, what was acknowledged is there and read meanwhile, and the same registry goes on once there is space.
///
/// One size of each run always; 1 to 16 MiB with `-Dfirstpass.long=true`.
final class FullDiskTest {
    private static final boolean LONG = Boolean.getBoolean("firstpass.long");
    private static final ModelName COCO = new ModelName("coco");

    @TempDir
    private Path temp;

    /// The other process.
    static final class Filler {
        private static final int WEIGHTS = 150_000;
        private static final int REFUSALS = 3;

        private final Path data;
        private final Path offers;
        private final Random random;
        private int seed;

        /// The last line of the audit that was acknowledged.
        private long line;

        private Filler(Path data, Path offers, long seed) {
            this.data = data;
            this.offers = offers;
            this.random = new Random(seed);
        }

        /// @param args data directory, a directory for offers, the file system, its size in MiB, and a seed
        public static void main(String[] args) throws Exception {
            Filler filler = new Filler(Path.of(args[0]), Path.of(args[1]), Long.parseLong(args[4]));
            int mebibytes = Integer.parseInt(args[3]);
            try (ModelRegistry registry = ModelRegistryTest.open(filler.data)) {
                filler.fill(registry);
                filler.require(registry);
                grow(Path.of(args[2]), mebibytes + 1);
                filler.register(registry);
                System.out.println("went on");
                filler.fill(registry);
            }
            try (ModelRegistry registry = ModelRegistryTest.open(filler.data)) {
                System.out.println("opened");
                filler.require(registry);
            } catch (StorageFull _) {
                System.out.println("full at the start");
            }
            grow(Path.of(args[2]), mebibytes + 2);
            try (ModelRegistry registry = ModelRegistryTest.open(filler.data)) {
                filler.register(registry);
            }
            System.out.println("end");
        }

        private static void grow(Path disk, int mebibytes) throws Exception {
            List<String> command = List.of("mount", "-o", "remount,size=" + mebibytes + "m", disk.toString());
            int status = new ProcessBuilder(command).inheritIO().start().waitFor();
            assertEquals(0, status, "remount");
        }

        /// Big files first, then ones that leave less and less, then changes of the database alone.
        private void fill(ModelRegistry registry) {
            untilFull(registry, () -> register(registry));
            untilFull(registry, () -> {
                List<Long> numbers = registry.model(COCO).versions().stream()
                        .filter(version -> version.state().name().equals("AVAILABLE"))
                        .map(ModelVersion::number)
                        .toList();
                registry.moveAlias(
                        COCO, "canary", numbers.get(random.nextInt(numbers.size())), new Expected.Anything());
            });
        }

        private void untilFull(ModelRegistry registry, Runnable change) {
            int refused = 0;
            for (int i = 0; refused < REFUSALS && i < 3_000; i++) {
                try {
                    change.run();
                    said(registry);
                } catch (StorageFull _) {
                    refused++;
                } catch (RegistryException e) {
                    throw new AssertionError("not for want of space", e);
                }
            }
            System.out.println("refused " + refused);
        }

        private void said(ModelRegistry registry) {
            AuditLine last = registry.audit(line, 1000).lines().getLast();
            line = last.id();
            System.out.println("acknowledged " + line + " " + last.hash());
        }

        private void register(ModelRegistry registry) {
            seed++;
            byte[] weights = new byte[WEIGHTS + random.nextInt(WEIGHTS)];
            random.nextBytes(weights);
            Path bundle = offers.resolve("bundle");
            try {
                FakeModel.write(bundle.resolve("model.onnx"), seed);
                Files.write(bundle.resolve("weights.bin"), weights);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            var _ = registry.register(COCO, bundle, Validator.NONE, ProgressListener.NONE);
        }

        /// What was acknowledged is read while the disk is full.
        private void require(ModelRegistry registry) {
            Map<String, String> shown = WholeRegistry.shown(registry);
            WholeRegistry.requireAsTold(registry, RegistryScript.lines(registry));
            registry.models()
                    .forEach(entry -> entry.versions()
                            .forEach(version ->
                                    assertEquals(Optional.empty(), registry.check(version), version::toString)));
            System.out.println("shows " + shown.size());
        }
    }

    static List<Integer> sizes() {
        List<Integer> sizes = new ArrayList<>();
        for (int size = 1; size <= 16; size++) {
            if (LONG || size == 2) {
                sizes.add(size);
            }
        }
        return sizes;
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void change_onADiskThatIsFull_isRefusedByNameAndGoesOnWithSpace(int mebibytes) throws Exception {
        SmallDisk disk = SmallDisk.require(temp.toRealPath().resolve("disk"), mebibytes);
        long seed = LONG ? mebibytes : System.nanoTime();
        List<String> command = disk.around(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Filler.class.getName(),
                disk.directory().resolve("data").toString(),
                temp.resolve("offers").toString(),
                disk.directory().toString(),
                Integer.toString(mebibytes),
                Long.toString(seed)));
        List<String> said = RegistryScript.run(command, temp);

        assertEquals("end", said.getLast(), said::toString);
        assertEquals(4, said.stream().filter("refused 3"::equals).count(), () -> "seed " + seed + ": " + said);
        assertTrue(said.contains("went on"), said::toString);
        WholeRegistry.require(disk.kept("data"), said, Optional.empty());
        System.out.printf(
                "full disk: %d MiB, %d changes acknowledged, opened again: %s (seed %d)%n",
                mebibytes,
                said.stream().filter(line -> line.startsWith("acknowledged")).count(),
                said.contains("opened") ? "while full" : "once there was space",
                seed);
    }
}
