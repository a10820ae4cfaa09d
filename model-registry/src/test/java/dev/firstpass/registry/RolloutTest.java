package dev.firstpass.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.RegistryException.ArgumentInvalid;
import java.util.List;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class RolloutTest {
    private static final ModelName COCO = new ModelName("coco");
    private static final int ASSETS = 100_000;

    /// Names as tools give them, one after the other and at random.
    @Test
    void meetsCanary_ofManyAssets_isThePercentage() {
        for (int percent : List.of(0, 1, 5, 10, 20, 50, 90, 99, 100)) {
            Rollout rollout = new Rollout(2, percent);
            assertEquals(percent, percentOf(rollout, COCO, i -> "img_%06d.jpg".formatted(i)), 0.5);
            assertEquals(percent, percentOf(rollout, COCO, i -> new UUID(i, ~i).toString()), 0.5);
        }
    }

    @Property
    void meetsCanary_whenThePercentageGrows_assetsOnlyJoin(
            @ForAll String asset, @ForAll @IntRange(max = 100) int one, @ForAll @IntRange(max = 100) int other) {
        Rollout less = new Rollout(2, Math.min(one, other));
        Rollout more = new Rollout(2, Math.max(one, other));

        assertTrue(!less.meetsCanary(COCO, asset) || more.meetsCanary(COCO, asset));
    }

    @Test
    void meetsCanary_ofAllOrNone_hasNoExceptions() {
        Rollout none = new Rollout(2, 0);
        Rollout all = new Rollout(2, 100);
        IntStream.range(0, ASSETS).mapToObj(Integer::toString).forEach(asset -> {
            assertTrue(!none.meetsCanary(COCO, asset));
            assertTrue(all.meetsCanary(COCO, asset));
        });
    }

    /// An asset that is among the first of one model is no likelier to be among the first of another.
    @Test
    void meetsCanary_ofTwoModels_areIndependent() {
        Rollout half = new Rollout(2, 50);
        long both = IntStream.range(0, ASSETS)
                .mapToObj(Integer::toString)
                .filter(asset -> half.meetsCanary(COCO, asset) && half.meetsCanary(new ModelName("weeds"), asset))
                .count();
        assertEquals(25, 100.0 * both / ASSETS, 0.5);
    }

    /// Replicas, and later releases, must come to the same answer: worked out by Python's hashlib.
    @Test
    void meetsCanary_ofKnownAssets_staysAsItIs() {
        assertEquals(
                "[8, 25, 63, 80]",
                List.of("a.jpg", "b.jpg", "c.jpg", "\u00e9.png").stream()
                        .map(asset -> leastPercent(asset))
                        .toList()
                        .toString());
    }

    private static int leastPercent(String asset) {
        return IntStream.rangeClosed(0, 100)
                .filter(percent -> new Rollout(2, percent).meetsCanary(COCO, asset))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void rollout_ofMoreThanAll_isRefused() {
        assertThrows(ArgumentInvalid.class, () -> new Rollout(2, 101));
        assertThrows(ArgumentInvalid.class, () -> new Rollout(2, -1));
    }

    private static double percentOf(Rollout rollout, ModelName name, IntFunction<String> asset) {
        long canary = IntStream.range(0, ASSETS)
                .filter(i -> rollout.meetsCanary(name, asset.apply(i)))
                .count();
        return 100.0 * canary / ASSETS;
    }
}
