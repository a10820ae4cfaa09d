package dev.firstpass.loadtest.overload;

import dev.firstpass.loadtest.drive.Ask;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// The requests of docs/batching.md: 35 % clicks, 45 % assets opened, 20 % prefetched; of three sizes, whose areas are
/// 1, 2.25 and 6.25, 60, 28 and 12 %.
///
/// Thread-safe.
final class Mix {
    private static final int[] SIDES = {64, 96, 160};
    private static final double[] SIZES_UP_TO = {0.60, 0.88, 1};
    private static final List<Kind> KINDS = List.of(Kind.CLICK, Kind.ASSET_OPEN, Kind.PREFETCH);
    private static final double[] KINDS_UP_TO = {0.35, 0.80, 1};
    private static final double REFERENCE = 64.0 * 64.0;

    private final String model;
    private final List<Marked> images;

    /// Of images.
    Mix(String model) {
        this(model, Way.IMAGES);
    }

    Mix(String model, Way way) {
        this.model = model;
        this.images = Arrays.stream(SIDES).mapToObj(way::pictures).toList();
    }

    /// How many sizes there are.
    static int sizes() {
        return SIDES.length;
    }

    /// A request to be made.
    ///
    /// @param size index among the sizes
    record Order(Kind kind, int size) {
        /// The smallest size being 1.
        double area() {
            return SIDES[size] * SIDES[size] / REFERENCE;
        }
    }

    /// Somebody's, who waits.
    static Order interactive(Random random) {
        return new Order(KINDS.get(pick(KINDS_UP_TO, random)), pick(SIZES_UP_TO, random));
    }

    /// Nobody's.
    static Order bulk(Random random) {
        return new Order(Kind.BULK, pick(SIZES_UP_TO, random));
    }

    private static int pick(double[] upTo, Random random) {
        double value = random.nextDouble();
        int index = 0;
        while (value >= upTo[index]) {
            index++;
        }
        return index;
    }

    /// @param nowNanos when it is sent, as `System.nanoTime` has it: its timeout counts from then
    /// @param number makes it another one than all others
    Ask ask(Order order, long nowNanos, int number) {
        byte[] image = images.get(order.size).with(nowNanos + order.kind.timeoutNanos(), number);
        return new Ask(model, image, order.kind.isBulk(), order.kind.timeout());
    }
}
