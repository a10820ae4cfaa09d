package dev.firstpass.server.rollout;

/// Whether a version fails more often than is tolerated: a sequential test, as [Imbalance] is, for a canary that has so
/// many of the assets that there is too little to compare it with. It bets on a rate of a fifth, and on four times the
/// tolerated one.
///
/// For one thread.
final class Excess {
    private static final double BAD = 0.2;
    private static final double MORE = 4;

    private final double tolerated;
    private final double[] supposed;
    private final double[] logRatios = new double[2];

    /// @param tolerated share of requests that may fail, above 0; from a fifth on nothing is too much
    Excess(double tolerated) {
        this.tolerated = tolerated;
        this.supposed = new double[] {BAD, Math.min(BAD, MORE * tolerated)};
    }

    void add(boolean isFailure) {
        if (tolerated < BAD) {
            for (int i = 0; i < supposed.length; i++) {
                logRatios[i] +=
                        isFailure ? Math.log(supposed[i] / tolerated) : Math.log((1 - supposed[i]) / (1 - tolerated));
            }
        }
    }

    /// @param alpha probability of saying so although failures are as rare as is tolerated
    boolean isProven(double alpha) {
        return Evidence.ofMean(logRatios) >= -Math.log(alpha);
    }
}
