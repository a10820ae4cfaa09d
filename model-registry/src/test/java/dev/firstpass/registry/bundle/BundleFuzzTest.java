package dev.firstpass.registry.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.RegistryException.ArgumentInvalid;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.RegistryException.ManifestInvalid;
import dev.firstpass.registry.Validator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Damaged archives of a model, and damaged manifests beside one: each is taken, or refused for what is documented, in a second at
/// most, and nothing is left but what was taken.
///
/// `-Dfirstpass.long=true` damages for two minutes each instead of a few hundred; a failure names the seed, which
/// `-Dfirstpass.seed=N` repeats alone.
@ResourceLock(HostileGround.LOG)
final class BundleFuzzTest {
    private static final boolean IS_LONG = Boolean.getBoolean("firstpass.long");
    private static final long SECONDS = 120;
    private static final int FEW = 120;
    private static final int OF_ONE_REGISTRY = 1_000;
    private static final int TRIES = 4;
    private static final long LONGEST = 1_000_000_000;
    private static final int LONGEST_MESSAGE = 1_000;

    private static final Set<Class<? extends RegistryException>> DOCUMENTED =
            Set.of(ArgumentInvalid.class, ArtifactRejected.class, ManifestInvalid.class);

    private static final byte[] MODEL = OnnxDetector.bytes();
    private static final byte[] NAMES = "crop\nweed\n".getBytes(StandardCharsets.UTF_8);

    private static final String EVERY_KEY = """
            engine: onnx
            file: model.onnx
            family: boxes
            input:
              source: pixels
              name: images
              size: [480, 640]
              resize: crop
              crop: 0.875
              padding: 114
              color: RGB
              layout: NCHW
              dtype: float32
              scale: 0.00392156862745098
              mean: [0, 0, 0]
              std: [1, 1, 1]
            outputs:
              boxes: boxes
            classes: names.txt
            thresholds:
              default: 0.25
              weed: 0.4
            nms: {iou: 0.45, perClass: true, limit: 300}
            batching:
              max: 8
            ontology:
              crop: Crop Plant
              weed: Weed
            parameters:
              strides: [8, 16, 32]
              anchors: 3
            """;

    private static final List<String> WORDS = List.of(
            "../../../../secret.bin",
            "/etc/passwd",
            "-1",
            "0",
            "1e400",
            "NaN",
            "9".repeat(1_200),
            "2147483648",
            "null",
            "~",
            "true",
            "{}",
            "[]",
            "''",
            "!!binary aGk=",
            "!!java.net.URL [x]",
            "&a [*a, *a]",
            "*a",
            "<<: *a",
            "---\n",
            "? ",
            ": ",
            "\n",
            "\t",
            "\u0000",
            "\uFEFF",
            "é",
            "a".repeat(5_000));
    private static final List<String> DEPTHS = List.of("[", "{a: ", "- ", "  ");

    /// What is damaged, and how what comes of it is offered.
    @SuppressWarnings("ImmutableEnumChecker") // Nobody changes what they begin with.
    enum Kind {
        ZIP(List.of(
                ZipBytes.of(
                        ZipBytes.stored("model.onnx", MODEL),
                        ZipBytes.deflated("firstpass.yaml", utf8(EVERY_KEY)),
                        ZipBytes.deflated("names.txt", NAMES)),
                ZipBytes.of(
                        ZipBytes.deflated("weeds/model.onnx", MODEL).streamed(),
                        ZipBytes.stored("weeds/firstpass.yaml", utf8("family: boxes"))
                                .streamed()))),
        TAR(List.of(
                TarBytes.of(
                        TarBytes.entry("./", '5', new byte[0]),
                        TarBytes.pax('x', TarBytes.record("path", "./model.onnx")),
                        TarBytes.file("./short", MODEL),
                        TarBytes.entry("././@LongLink", 'L', utf8("firstpass.yaml\0")),
                        TarBytes.file("firstpass", utf8("family: boxes"))),
                TarBytes.of(
                        TarBytes.file("model.onnx", MODEL),
                        TarBytes.file("firstpass.yaml", utf8(EVERY_KEY)),
                        TarBytes.file("names.txt", NAMES)))),
        MANIFEST(List.of(
                utf8(EVERY_KEY),
                utf8("family: boxes\nclasses: [crop, weed]\nthresholds: {default: 0.25, weed: 0.4}\n")));

        private final List<byte[]> corpus;

        Kind(List<byte[]> corpus) {
            this.corpus = corpus;
        }

        /// A tar is mostly given its checksums again, so that what is behind them is reached, and is packed now and then.
        Path offer(Path folder, byte[] damaged, Random random) throws IOException {
            return switch (this) {
                case ZIP -> Files.write(folder.resolve("offered.part"), damaged);
                case TAR -> {
                    byte[] tar = random.nextInt(4) > 0 ? withChecksums(damaged) : damaged;
                    byte[] packed = random.nextBoolean() ? tar : TarBytes.gzip(tar);
                    yield Files.write(
                            folder.resolve("offered.part"), random.nextInt(8) > 0 ? packed : once(packed, random));
                }
                case MANIFEST -> {
                    Path bundle = Files.createDirectory(folder.resolve("bundle"));
                    Files.write(bundle.resolve("model.onnx"), MODEL);
                    Files.write(bundle.resolve("names.txt"), NAMES);
                    Files.write(bundle.resolve("firstpass.yaml"), damaged);
                    yield bundle;
                }
            };
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @EnumSource
    void undamaged_isTaken(Kind kind, @TempDir Path root) throws IOException {
        try (HostileGround ground = new HostileGround(root)) {
            for (byte[] whole : kind.corpus) {
                // This one draws no damage.
                Path offered = kind.offer(ground.folder(), whole, new Random(1) {
                    @Override
                    public int nextInt(int bound) {
                        return bound - 1;
                    }
                });

                assertEquals(
                        State.AVAILABLE,
                        ground.register(offered, Validator.NONE).version().state());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void damaged_isTakenOrRefusedAsDocumented_andLeavesNothing(Kind kind, @TempDir Path root) throws IOException {
        Optional<Long> only = Optional.ofNullable(Long.getLong("firstpass.seed"));
        long until = System.nanoTime() + SECONDS * 1_000_000_000;
        int damaged = 0;
        int taken = 0;
        while (damaged == 0 || (only.isEmpty() && (IS_LONG ? System.nanoTime() - until < 0 : damaged < FEW))) {
            Path place = Files.createDirectory(root.resolve(Integer.toString(damaged)));
            try (HostileGround ground = new HostileGround(place)) {
                List<String> before = ground.names();
                int few = only.isPresent() ? 1 : IS_LONG ? OF_ONE_REGISTRY : FEW;
                for (int i = 0; i < few; i++) {
                    long seed = only.orElse((long) damaged);
                    taken += one(ground, kind, seed) ? 1 : 0;
                    damaged++;
                    assertEquals(before, ground.names(), () -> kind + " -Dfirstpass.seed=" + seed);
                }
                assertEquals(List.of(), ground.placesOfMarker(new IllegalStateException("nothing was told")));
            }
        }
        System.out.println(damaged + " damages of " + kind + ", " + taken + " of them taken, 0 faults");
        assertTrue(only.isPresent() || taken < damaged);
    }

    /// @return whether it was taken
    private static boolean one(HostileGround ground, Kind kind, long seed) throws IOException {
        String what = kind + " -Dfirstpass.seed=" + seed + ": ";
        Random random = new Random(seed);
        byte[] bytes = kind.corpus.get(random.nextInt(kind.corpus.size()));
        for (int times = 1 + random.nextInt(4); times > 0; times--) {
            bytes = once(bytes, random);
        }
        Path folder = ground.folder();
        Path offered = kind.offer(folder, bytes, random);
        long shortest = Long.MAX_VALUE;
        boolean isTaken = false;
        // A machine may do much else.
        for (int i = 0; i < TRIES && shortest > LONGEST; i++) {
            long began = System.nanoTime();
            isTaken = isTaken(ground, offered, what);
            shortest = Math.min(shortest, System.nanoTime() - began);
        }
        assertTrue(shortest <= LONGEST, what + shortest + " ns");
        HostileGround.delete(folder);
        return isTaken;
    }

    private static boolean isTaken(HostileGround ground, Path offered, String what) throws IOException {
        try {
            assertEquals(
                    State.AVAILABLE,
                    ground.register(offered, Validator.NONE).version().state(),
                    what);
            return true;
        } catch (RegistryException e) {
            String message = e.getMessage();
            assertTrue(DOCUMENTED.contains(e.getClass()), () -> what + e);
            assertTrue(message.chars().noneMatch(Character::isISOControl), what + message);
            assertTrue(message.length() < LONGEST_MESSAGE, what + message);
            assertFalse(message.contains(HostileGround.MARKER), what + message);
            return false;
        } catch (RuntimeException | IOException | StackOverflowError | OutOfMemoryError e) {
            throw new AssertionError(what + e, e);
        }
    }

    /// One damage: a bit, a byte, a piece lost, repeated or moved, the end lost, a word, a number, or brackets without end.
    private static byte[] once(byte[] bytes, Random random) {
        if (bytes.length == 0) {
            return utf8(WORDS.get(random.nextInt(WORDS.size())));
        }
        int at = random.nextInt(bytes.length);
        int to = Math.min(bytes.length, at + 1 + random.nextInt(random.nextInt(4) == 0 ? bytes.length : 24));
        byte[] piece = Arrays.copyOfRange(bytes, at, to);
        return switch (random.nextInt(9)) {
            case 0 -> replaced(bytes, at, at + 1, (byte) (bytes[at] ^ 1 << random.nextInt(8)));
            case 1 -> replaced(bytes, at, at + 1, (byte) random.nextInt(256));
            case 2 -> replaced(bytes, at, to);
            case 3 -> replaced(bytes, at, at, piece);
            case 4 -> {
                byte[] without = replaced(bytes, at, to);
                int back = random.nextInt(without.length + 1);
                yield replaced(without, back, back, piece);
            }
            case 5 -> Arrays.copyOf(bytes, at);
            case 6 ->
                replaced(bytes, at, random.nextBoolean() ? at : to, utf8(WORDS.get(random.nextInt(WORDS.size()))));
            case 7 -> {
                String depth = DEPTHS.get(random.nextInt(DEPTHS.size()));
                yield replaced(
                        bytes, at, at, utf8(depth.repeat(1 + random.nextInt(random.nextInt(10) == 0 ? 20_000 : 600))));
            }
            default -> numberReplaced(bytes, at, random);
        };
    }

    /// The first digits that come after a place.
    private static byte[] numberReplaced(byte[] bytes, int at, Random random) {
        int from = IntStream.range(at, bytes.length)
                .filter(i -> bytes[i] >= '0' && bytes[i] <= '9')
                .findFirst()
                .orElse(at);
        return replaced(bytes, from, from + 1, utf8(Integer.toString(random.nextInt(2_000_000) - 1_000)));
    }

    private static byte[] replaced(byte[] bytes, int from, int to, byte... by) {
        return ZipBytes.join(Arrays.copyOf(bytes, from), by, Arrays.copyOfRange(bytes, to, bytes.length));
    }

    /// Of every block that looks like a header.
    private static byte[] withChecksums(byte[] tar) {
        byte[] mended = tar.clone();
        for (int at = 0; at + TarBytes.BLOCK <= mended.length; at += TarBytes.BLOCK) {
            byte[] block = Arrays.copyOfRange(mended, at, at + TarBytes.BLOCK);
            if (new String(block, 257, 5, StandardCharsets.ISO_8859_1).equals("ustar")) {
                TarBytes.sum(block);
                System.arraycopy(block, 0, mended, at, block.length);
            }
        }
        return mended;
    }
}
