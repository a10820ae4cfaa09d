package dev.firstpass.postprocess.evaluation;

import java.util.SplittableRandom;

/// Draws as many images as there are, with putting back, again and again: what the figures of these draws differ by is what
/// they would differ by on other images (Efron, 1979). Images are drawn and not labels, since those of one image have much
/// in common. The draws of one number of images are always the same, so that two versions are compared on the same draws.
///
/// Pure.
final class Bootstrap {
    static final int DRAWS = 500;

    /// Of fewer images the draws say more than is known.
    static final int LEAST_IMAGES = 10;

    private static final long SEED = 20_261_127;

    private final int images;
    private final long[] seeds = new SplittableRandom(SEED).longs(DRAWS).toArray();

    Bootstrap(int images) {
        this.images = images;
    }

    /// How often each image is in a draw.
    ///
    /// @param number of the draw, 0 to [#DRAWS] - 1
    int[] draw(int number) {
        SplittableRandom random = new SplittableRandom(seeds[number]);
        int[] times = new int[images];
        for (int i = 0; i < images; i++) {
            times[random.nextInt(images)]++;
        }
        return times;
    }
}
