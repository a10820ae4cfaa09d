package dev.firstpass.server.image;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever the bytes: an image, or one of our own exceptions; never another one, never an endless loop. With `-Dfirstpass.long=true` two
/// minutes of each kind of mutation instead of a second.
@Timeout(value = 4, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class HostileBytesTest {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long SEED = 8;
    private static final ImageLimits SMALL = new ImageLimits(1_000_000, 8_000_000, 65_535);

    static final List<String> FILES = List.of(
            "base.png",
            "interlaced.png",
            "palette.png",
            "bilevel.png",
            "baseline.jpg",
            "progressive.jpg",
            "gray.jpg",
            "cmyk.jpg",
            "lzw.tif",
            "lzw16.tif",
            "deflate.tif",
            "group4.tif",
            "jpeg.tif",
            "cmyk.tif",
            "palette.tif",
            "plain.bmp",
            "rle.bmp",
            "lossy.webp",
            "lossless.webp",
            "alpha.webp");

    private final ImageDecoder decoder = new ImageDecoder(SMALL);

    static Stream<String> files() {
        return FILES.stream();
    }

    @ParameterizedTest
    @MethodSource("files")
    void decode_ofEveryCut_neverSucceeds(String name) {
        byte[] image = TestImages.file(name);
        for (int length = 0; length < image.length; length += 1 + image.length / 300) {
            assertRefused(name, Arrays.copyOf(image, length));
        }
        assertRefused(name, Arrays.copyOf(image, image.length - 1));
    }

    private void assertRefused(String name, byte[] cut) {
        assertThrows(
                ImageException.class,
                () -> decoder.decode(cut).close(),
                () -> name + " cut to " + cut.length + " bytes was decoded");
    }

    @Test
    void decode_ofTiffOfEachKindCut_neverSucceeds() {
        for (TiffFile tiff : tiffKinds()) {
            byte[] image = tiff.bytes();
            for (int length = 0; length < image.length; length += 1 + image.length / 100) {
                assertRefused("tiff", Arrays.copyOf(image, length));
            }
        }
    }

    private static List<TiffFile> tiffKinds() {
        TiffFile planar = new TiffFile();
        planar.planar = true;
        TiffFile tiled = new TiffFile();
        tiled.tileSide = 16;
        TiffFile wide = new TiffFile();
        wide.bands = 6;
        wide.bits = 16;
        TiffFile packed = new TiffFile();
        packed.compression = 32_773;
        TiffFile deflated = new TiffFile();
        deflated.compression = 8;
        return List.of(new TiffFile(), planar, tiled, wide, packed, deflated);
    }

    @Test
    void probe_ofMutatedBytes_throwsNothingButImageExceptions() {
        fuzz("mutated headers of images", 3000, random -> probe(mutated(any(random), random)));
    }

    @Test
    void decode_ofMutatedBytes_throwsNothingButImageExceptions() {
        fuzz("mutated images", 1500, random -> {
            try (Raster raster = decoder.decode(mutated(any(random), random))) {
                assertTrue(raster.size().pixels() <= SMALL.maxPixels(), () -> "decoded " + raster.size());
            }
        });
    }

    @Test
    void probe_ofRandomBytesBehindASignature_throwsNothingButImageExceptions() {
        List<byte[]> signatures = List.of(
                new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff},
                Arrays.copyOf(TestImages.file("base.png"), 8),
                new byte[] {'I', 'I', '*', 0, 8, 0, 0, 0},
                new byte[] {'B', 'M', 0, 0, 0, 0, 0, 0, 0, 0},
                Arrays.copyOf(TestImages.file("lossy.webp"), 12));
        fuzz("noise behind a signature", 500, random -> {
            byte[] noise = new byte[random.nextInt(2000)];
            random.nextBytes(noise);
            probe(TestImages.concat(signatures.get(random.nextInt(signatures.size())), noise));
        });
    }

    private static void probe(byte[] bytes) {
        ImageHeader _ = new ImageProbe(SMALL).probe(bytes);
    }

    private static byte[] any(Random random) {
        return TestImages.file(FILES.get(random.nextInt(FILES.size())));
    }

    /// So many times, or for two minutes; what fails names its seed.
    private void fuzz(String what, int few, Consumer<Random> once) {
        boolean isLong = Boolean.getBoolean("firstpass.long");
        // What is loaded at the first image is no time of any other.
        FILES.forEach(name -> decoder.decode(TestImages.file(name)).close());
        long began = System.nanoTime();
        long longest = 0;
        int executions = 0;
        int images = 0;
        while (isLong ? System.nanoTime() - began < LONG.toNanos() : executions < few) {
            long seed = SEED + executions++;
            long before = System.nanoTime();
            try {
                once.accept(new Random(seed));
                images++;
            } catch (ImageException _) {
                // One of ours: that is the contract.
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed " + seed, e);
            }
            longest = Math.max(longest, System.nanoTime() - before);
        }
        System.out.printf(
                "%s: %d, %d of them taken, 0 faults, the longest %d ms%n",
                what, executions, images, longest / 1_000_000);
        assertTrue(longest < PATIENCE.toNanos(), "an image took " + longest / 1_000_000 + " ms");
    }

    /// Flipped bits, numbers at the edge of their range, a piece cut out or doubled.
    private static byte[] mutated(byte[] image, Random random) {
        byte[] bytes = image.clone();
        for (int i = random.nextInt(8); i >= 0; i--) {
            // Headers and directories stand at the ends of a file.
            int at = switch (random.nextInt(3)) {
                case 0 -> random.nextInt(Math.min(64, bytes.length));
                case 1 -> bytes.length - 1 - random.nextInt(Math.min(256, bytes.length));
                default -> random.nextInt(bytes.length);
            };
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) 0xff;
                case 2 -> bytes[at] = 0;
                default -> bytes[at] = (byte) random.nextInt();
            }
        }
        if (random.nextInt(4) == 0) {
            int from = random.nextInt(bytes.length);
            int to = Math.min(bytes.length, from + random.nextInt(100));
            byte[] piece = Arrays.copyOfRange(bytes, from, to);
            byte[] rest = Arrays.copyOfRange(bytes, to, bytes.length);
            bytes = random.nextBoolean()
                    ? TestImages.concat(Arrays.copyOf(bytes, from), rest)
                    : TestImages.concat(Arrays.copyOf(bytes, to), piece, rest);
        }
        return bytes;
    }
}
