package dev.firstpass.server.runtime.batch.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class ShapeLadderTest {
    private final ShapeLadder ladder = ShapeLadder.between(320, 1536);

    @Test
    void photos_inCommonShapes_leaveLessThanTwelvePercentEmpty() {
        int[][] shapes = {
            {3024, 4032},
            {4032, 3024},
            {1080, 1920},
            {1920, 1080},
            {2000, 3000},
            {480, 640},
            {1000, 1000},
            {1024, 1280},
            {720, 1280},
            {375, 500},
            {427, 640}
        };
        for (int[] shape : shapes) {
            int bucket = ladder.of(shape[0], shape[1]);
            double padding = ladder.padding(bucket, shape[0], shape[1]);
            assertTrue(padding <= 0.12, () -> shape[0] + "x" + shape[1] + ": " + padding);
        }
    }

    @Test
    void images_ofAllShapesTo2By1_leaveLessThanTwelvePercentEmptyOnTheWhole() {
        Random random = new Random(3);
        double padded = 0;
        double all = 0;
        for (int image = 0; image < 20_000; image++) {
            int side = 200 + random.nextInt(4000);
            int other = (int) (side * (0.5 + 0.5 * random.nextDouble()));
            int bucket = ladder.of(other, side);
            padded += ladder.padding(bucket, other, side) * ladder.pixels(bucket);
            all += ladder.pixels(bucket);
        }
        double share = padded / all;
        assertTrue(share <= 0.12, () -> "padding: " + share);
    }

    @Property(tries = 200)
    void buckets_areMultiplesOf32_andTurnWithTheImage(
            @ForAll @IntRange(min = 1, max = 20_000) int height, @ForAll @IntRange(min = 1, max = 20_000) int width) {
        int bucket = ladder.of(height, width);
        assertEquals(0, ladder.height(bucket) % 32);
        assertEquals(0, ladder.width(bucket) % 32);
        int turned = ladder.of(width, height);
        assertEquals(ladder.height(bucket), ladder.width(turned));
        assertEquals(ladder.width(bucket), ladder.height(turned));
        assertTrue(ladder.padding(bucket, height, width) >= -1e-9);
    }

    @Test
    void image_muchSmallerThanAModelsInput_takesTheLowestRung() {
        assertEquals(320, ladder.height(ladder.of(10, 10)));
        assertEquals(1536, ladder.width(ladder.of(9000, 9000)));
    }

    @Test
    void ladder_withoutRungs_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> ShapeLadder.between(321, 400));
        assertThrows(IllegalArgumentException.class, () -> ladder.of(0, 5));
    }
}
