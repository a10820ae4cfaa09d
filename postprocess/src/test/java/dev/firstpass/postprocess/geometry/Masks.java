package dev.firstpass.postprocess.geometry;

import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/// Masks for tests: from pictures of `0` and `1`, and random ones.
final class Masks {
    private Masks() {}

    static BitMask of(String... rows) {
        BitMask mask = new BitMask(new ImageSize(rows[0].length(), rows.length));
        for (int y = 0; y < rows.length; y++) {
            for (int x = 0; x < rows[y].length(); x++) {
                if (rows[y].charAt(x) == '1') {
                    mask.set(x, y);
                }
            }
        }
        return mask;
    }

    static List<String> picture(BitMask mask) {
        return java.util.stream.IntStream.range(0, mask.size().height())
                .mapToObj(y -> row(mask, y))
                .toList();
    }

    private static String row(BitMask mask, int y) {
        StringBuilder row = new StringBuilder();
        for (int x = 0; x < mask.size().width(); x++) {
            row.append(mask.get(x, y) ? '1' : '0');
        }
        return row.toString();
    }

    /// Noise of every density, and discs: the first is full of corners that touch, the second looks like a
    /// segmenter's.
    static Arbitrary<BitMask> any() {
        Arbitrary<ImageSize> sizes = Combinators.combine(
                        Arbitraries.integers().between(1, 140),
                        Arbitraries.integers().between(1, 40))
                .as(ImageSize::new);
        return Arbitraries.oneOf(
                Combinators.combine(
                                sizes,
                                Arbitraries.longs(),
                                Arbitraries.integers().between(0, 100))
                        .as(Masks::noise),
                Combinators.combine(sizes, Arbitraries.longs()).as(Masks::discs));
    }

    static BitMask noise(ImageSize size, long seed, int percent) {
        Random random = new Random(seed);
        BitMask mask = new BitMask(size);
        for (int y = 0; y < size.height(); y++) {
            for (int x = 0; x < size.width(); x++) {
                if (random.nextInt(100) < percent) {
                    mask.set(x, y);
                }
            }
        }
        return mask;
    }

    /// Up to six rings of random radius, so there are holes, overlaps and parts cut off by the border.
    static BitMask discs(ImageSize size, long seed) {
        Random random = new Random(seed);
        BitMask mask = new BitMask(size);
        int discs = 1 + random.nextInt(6);
        for (int i = 0; i < discs; i++) {
            double cx = random.nextDouble() * size.width();
            double cy = random.nextDouble() * size.height();
            double outer = 1 + random.nextDouble() * size.height() / 2;
            double inner = random.nextBoolean() ? outer * random.nextDouble() : 0;
            for (int y = 0; y < size.height(); y++) {
                for (int x = 0; x < size.width(); x++) {
                    double distance = Math.hypot(x + 0.5 - cx, y + 0.5 - cy);
                    if (distance <= outer && distance >= inner) {
                        mask.set(x, y);
                    }
                }
            }
        }
        return mask;
    }
}
