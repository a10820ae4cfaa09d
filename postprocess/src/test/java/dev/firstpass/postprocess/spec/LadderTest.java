package dev.firstpass.postprocess.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.geometry.ImageSize;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LadderTest {
    private final SizeRule.Ladder ladder = new SizeRule.Ladder(320, 1536);

    @ParameterizedTest
    @CsvSource({
        "4032, 3024",
        "3024, 4032",
        "1920, 1080",
        "1080, 1920",
        "3000, 2000",
        "640, 480",
        "1000, 1000",
        "1280, 1024",
        "1280, 720",
        "500, 375",
        "640, 427"
    })
    void photo_inACommonShape_leavesLessThanTwelvePercentEmpty(int width, int height) {
        ImageSize photo = new ImageSize(width, height);
        double padding = SizeRule.Ladder.padding(ladder.of(photo), photo);
        assertTrue(padding <= 0.12, () -> photo + ": " + padding);
    }

    @Test
    void images_ofAllShapesTo2By1_leaveLessThanTwelvePercentEmptyOnTheWhole() {
        Random random = new Random(3);
        double padded = 0;
        double all = 0;
        for (int image = 0; image < 20_000; image++) {
            int side = 200 + random.nextInt(4000);
            ImageSize asset = new ImageSize(side, (int) (side * (0.5 + 0.5 * random.nextDouble())));
            ImageSize row = ladder.of(asset);
            double pixels = (double) row.width() * row.height();
            padded += SizeRule.Ladder.padding(row, asset) * pixels;
            all += pixels;
        }
        double share = padded / all;
        assertTrue(share <= 0.12, () -> "padding: " + share);
    }

    @Property(tries = 200)
    void rows_areMultiplesOf32_withinTheLadder_andTurnWithTheImage(
            @ForAll @IntRange(min = 1, max = 20_000) int width, @ForAll @IntRange(min = 1, max = 20_000) int height) {
        ImageSize asset = new ImageSize(width, height);
        ImageSize row = ladder.of(asset);
        ImageSize turned = ladder.of(turned(asset));
        int longer = Math.max(row.width(), row.height());
        assertEquals(0, row.width() % 32);
        assertEquals(0, row.height() % 32);
        assertTrue(longer >= 320 && longer <= 1536);
        assertTrue(SizeRule.Ladder.padding(row, asset) >= -1e-9);
        if (width != height) {
            assertEquals(row.height(), turned.width());
            assertEquals(row.width(), turned.height());
        }
    }

    @Test
    void image_takesTheLowestRungThatIsNotMuchSmaller() {
        assertEquals(new ImageSize(320, 320), ladder.of(new ImageSize(10, 10)));
        assertEquals(new ImageSize(480, 480), ladder.of(new ImageSize(500, 500)));
        assertEquals(new ImageSize(640, 640), ladder.of(new ImageSize(510, 510)));
        assertEquals(new ImageSize(1536, 1536), ladder.of(new ImageSize(9000, 9000)));
    }

    @Test
    void oneRung_isForAllImages() {
        SizeRule.Ladder one = new SizeRule.Ladder(512, 512);
        assertEquals(new ImageSize(512, 512), one.of(new ImageSize(30, 30)));
        assertEquals(new ImageSize(512, 384), one.of(new ImageSize(4000, 3000)));
        assertEquals(new ImageSize(288, 512), one.of(new ImageSize(1080, 1920)));
    }

    @Test
    void nonsense_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> new SizeRule.Ladder(0, 320));
        assertThrows(IllegalArgumentException.class, () -> new SizeRule.Ladder(640, 320));
        assertThrows(IllegalArgumentException.class, () -> new SizeRule.Ladder(320, 400));
    }

    private static ImageSize turned(ImageSize size) {
        return new ImageSize(/* width= */ size.height(), /* height= */ size.width());
    }
}
