package dev.firstpass.server.runtime.batch.schedule.simulation;

import java.util.List;

/// Runs of several seeds, and what they have in common.
///
/// @param seconds of each
record Trials(int devices, int seeds, double seconds) {
    static final double ENOUGH = 0.99;

    private static final double RESOLUTION = 0.005;

    /// Makes a contender.
    @FunctionalInterface
    interface Maker {
        Contender make(int devices, long seed);
    }

    /// Of the interactive rows, at a rate.
    ///
    /// @param inTime share of them
    /// @param goodput a second
    /// @param bulk area a second, 640 x 640 being 1
    /// @param late rows that were run after their deadline
    record Outcome(double inTime, double goodput, double bulk, long late) {}

    Outcome at(Maker maker, double rate, boolean bulk) {
        long asked = 0;
        long inTime = 0;
        long late = 0;
        double bulkArea = 0;
        for (long seed = 1; seed <= seeds; seed++) {
            List<Ask> asks = Traffic.of(rate, seconds, seed, "labelers");
            Run run = new Run(maker.make(devices, seed), asks, devices, bulk, seconds, seed);
            asked += run.asked();
            inTime += run.inTime();
            late += run.late();
            bulkArea += run.bulkArea();
        }
        double all = seeds * seconds;
        return new Outcome((double) inTime / asked, inTime / all, bulkArea / all, late);
    }

    /// Rows a second that are asked for in fact: bursts are few, so some seeds have more of them than others.
    double asked(double rate) {
        long asked = 0;
        for (long seed = 1; seed <= seeds; seed++) {
            asked += Traffic.of(rate, seconds, seed, "labelers").size();
        }
        return asked / (seeds * seconds);
    }

    /// The highest rate at which 99 % come in time, to half a percent.
    double capacity(Maker maker, boolean bulk, double most) {
        double low = 0;
        double high = most;
        while (high - low > RESOLUTION * high) {
            double middle = (low + high) / 2;
            if (at(maker, middle, bulk).inTime() >= ENOUGH) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
