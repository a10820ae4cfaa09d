package dev.firstpass.loadtest.gate;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Made-up blocks: latencies are lognormal, and each pair of blocks has a slowness of its own, which both versions feel.
///
/// Pure functions.
final class Blocks {
    static final double SPREAD = 0.5;

    private Blocks() {}

    /// @param slower the candidate's latencies, times
    /// @param moods how much pairs differ: the standard deviation of a logarithm
    static List<Pair> pairs(int count, int requests, double slower, double moods, Random random) {
        List<Pair> pairs = new ArrayList<>();
        for (int pair = 0; pair < count; pair++) {
            double mood = Math.exp(moods * random.nextGaussian());
            pairs.add(new Pair(block(requests, mood, random), block(requests, mood * slower, random)));
        }
        return pairs;
    }

    static Block block(int requests, double factor, Random random) {
        double[] millis = new double[requests];
        for (int i = 0; i < requests; i++) {
            millis[i] = 100 * factor * Math.exp(SPREAD * random.nextGaussian());
        }
        return new Block(millis, 0);
    }

    static List<Pair> withErrors(List<Pair> pairs, int stable, int candidate) {
        return pairs.stream()
                .map(pair -> new Pair(
                        new Block(pair.stable().millis(), stable),
                        new Block(pair.candidate().millis(), candidate)))
                .toList();
    }
}
