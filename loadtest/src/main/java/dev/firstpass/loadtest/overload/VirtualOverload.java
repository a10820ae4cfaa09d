package dev.firstpass.loadtest.overload;

import dev.firstpass.loadtest.drive.Arrivals;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.runtime.batch.schedule.BatchLimits;
import dev.firstpass.server.runtime.batch.schedule.BatchPolicy;
import dev.firstpass.server.runtime.batch.schedule.Buckets;
import dev.firstpass.server.runtime.batch.schedule.Refusals;
import dev.firstpass.server.runtime.batch.schedule.Schedule;
import dev.firstpass.server.runtime.batch.schedule.Schedules;
import java.util.function.ToDoubleFunction;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// What the server's schedule makes of the very requests that `paced.sh` sends at overload, in virtual time: the same each
/// time, however busy the machine is.
///
/// Immutable.
///
/// @param devices how many virtual GPUs
/// @param seconds of each run
/// @param runs of each phase
record VirtualOverload(int devices, double seconds, int runs) {
    /// The server's, with room for as many rows as a server has where nothing else is said: what waits at the end of an
    /// overload is what keeps the requests after it waiting.
    private record AsServed(int rows) implements Schedules {
        @Override
        public <T> Schedule<T> make(
                Buckets buckets,
                int devices,
                BatchLimits limits,
                BatchPolicy policy,
                ToDoubleFunction<String> weights,
                Refusals<T> refusals) {
            BatchPolicy roomy = policy.withRoom(policy.room().withRows(rows), 1);
            return BY_DEADLINE.make(buckets, devices, limits, roomy, weights, refusals);
        }
    }

    private static final Schedules SCHEDULES =
            new AsServed(RuntimeConfig.forCores(1).queueCapacity());

    /// Answered in time a second, in the mean of the runs.
    double goodput(Phase phase) {
        return seeds().mapToObj(seed -> run(phase, seed))
                .mapToDouble(VirtualRun.Outcome::goodput)
                .average()
                .orElse(Double.NaN);
    }

    /// The most in time, a second, of phases that ask for up to 300 a second and GPU.
    double peak() {
        return Stream.of(Phase.FULL, Phase.CAPABLE, Phase.OVER)
                .mapToDouble(this::goodput)
                .max()
                .orElse(Double.NaN);
    }

    /// Rows of all runs that were given to a device after their deadline.
    int late(Phase phase) {
        return seeds().mapToObj(seed -> run(phase, seed))
                .mapToInt(VirtualRun.Outcome::late)
                .sum();
    }

    /// The usual load, an overload and the usual load again, in all runs.
    Recovery recovery(Phase overload) {
        return seeds().mapToObj(seed -> {
                    long[] arrivals = Recovery.arrivals(Phase.FULL.rate() * devices, overload.rate() * devices, seed);
                    return Recovery.NOTHING.with(arrivals, run(arrivals, seed).served());
                })
                .reduce(Recovery.NOTHING, Recovery::plus);
    }

    private LongStream seeds() {
        return LongStream.rangeClosed(1, runs);
    }

    private VirtualRun.Outcome run(Phase phase, long seed) {
        return run(Arrivals.bursts(phase.rate() * devices, seconds, seed), seed);
    }

    private VirtualRun.Outcome run(long[] arrivals, long seed) {
        return VirtualRun.of(SCHEDULES, devices, arrivals, Phases.orders(arrivals.length, seed), 0, seconds, seed);
    }
}
