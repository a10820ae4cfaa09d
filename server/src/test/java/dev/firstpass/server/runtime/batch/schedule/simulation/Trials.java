package dev.firstpass.server.runtime.batch.schedule.simulation;

import java.util.List;
import java.util.function.LongFunction;

/// Runs of several seeds, and what they have in common.
///
/// @param contenders makes one by a seed
record Trials(LongFunction<Contender> contenders, int devices, int seeds, double seconds) {
    private static final double ENOUGH = 0.99;

    /// Of the interactive rows, at a rate.
    record Outcome(double inTime, double goodput, double bulk, double meanBatch, long late) {}

    Outcome at(double rate, boolean bulk) {
        long asked = 0;
        long inTime = 0;
        long late = 0;
        double bulkArea = 0;
        double batch = 0;
        for (long seed = 1; seed <= seeds; seed++) {
            List<Ask> asks = Traffic.of(rate, seconds, seed, "labelers");
            Run run = new Run(contenders.apply(seed), asks, devices, bulk, seconds, seed);
            asked += run.asked();
            inTime += run.inTime();
            late += run.late();
            bulkArea += run.bulkArea();
            batch += run.meanBatch() / seeds;
        }
        double all = seeds * seconds;
        return new Outcome((double) inTime / asked, inTime / all, bulkArea / all, batch, late);
    }

    /// The highest rate at which 99 % come in time, to half a percent.
    double capacity(boolean bulk, double most) {
        double low = 0;
        double high = most;
        while (high - low > 0.005 * high) {
            double middle = (low + high) / 2;
            if (at(middle, bulk).inTime() >= ENOUGH) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
