package dev.firstpass.server.rollout;

/// Whether events befall a canary more often than its share of the assets explains: a sequential test that may be looked
/// at after each event.
///
/// If both versions are alike, an asset to which something happens is one of the canary's with the probability that is
/// the canary's share, whatever the load and however often such things happen at all. The test bets against that, one
/// event after the other, that they are 2, 5 or 20 times as frequent under the canary: the mean of the three likelihood
/// ratios is a martingale that begins at 1, so by Ville's inequality the probability that it ever reaches 1/alpha is alpha
/// at most. Each asset may count once only, as one that is asked for again and again would be evidence that it is not.
///
/// For one thread.
final class Imbalance {
    private static final double[] TIMES = {2, 5, 20};

    private final double share;
    private final double[] logRatios = new double[TIMES.length];

    /// @param share of the assets that meet the canary, 0 to 1; at either end nothing can be told
    Imbalance(double share) {
        this.share = share;
    }

    void add(boolean isCanary) {
        if (share > 0 && share < 1) {
            for (int i = 0; i < TIMES.length; i++) {
                double supposed = TIMES[i] * share / (TIMES[i] * share + 1 - share);
                logRatios[i] += isCanary ? Math.log(supposed / share) : Math.log((1 - supposed) / (1 - share));
            }
        }
    }

    /// @param alpha probability of saying so although both versions are alike
    boolean isProven(double alpha) {
        return Evidence.ofMean(logRatios) >= -Math.log(alpha);
    }
}
