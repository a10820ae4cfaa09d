package dev.firstpass.postprocess.family;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class PlacedRunsTest {
    @Test
    void of_anyPart_isTheSameMaskDrawnOnTheWhole() {
        Random random = new Random(9);
        for (int round = 0; round < 500; round++) {
            ImageSize whole = new ImageSize(1 + random.nextInt(20), 1 + random.nextInt(20));
            int left = random.nextInt(whole.width());
            int top = random.nextInt(whole.height());
            ImageSize size =
                    new ImageSize(1 + random.nextInt(whole.width() - left), 1 + random.nextInt(whole.height() - top));
            int of = 1 + random.nextInt(4);
            BitMask part = new BitMask(size);
            BitMask drawn = new BitMask(whole);
            for (int y = 0; y < size.height(); y++) {
                for (int x = 0; x < size.width(); x++) {
                    if (random.nextInt(of) == 0) {
                        part.set(x, y);
                        drawn.set(left + x, top + y);
                    }
                }
            }
            assertEquals(RunLengths.of(drawn), PlacedRuns.of(RunLengths.of(part), left, top, whole));
        }
    }
}
