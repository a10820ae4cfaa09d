package dev.firstpass.loadtest.overload;

import dev.firstpass.loadtest.drive.Arrivals;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// How soon a server is as before once an overload is over: requests come at the usual rate, then for a while at many times
/// what can be done, then at the usual rate again. They come steadily, since with bursts a second would differ from another
/// by itself.
///
/// *Normal* is what no second before the overload was worse than: its 99th percentile of the latency of answered requests, and
/// the share of requests that were answered in time; give or take [#LATENCY] and [#SHARE]. The server is *back to normal* from
/// the first moment on after which each second is. Seconds begin every quarter of a second, and have the requests of all runs
/// that were due in them.
///
/// Immutable.
///
/// @param due when requests were due, of all runs, in nanoseconds since the drive began
/// @param served those that were answered
record Recovery(List<Long> due, List<Served> served) {
    static final Recovery NOTHING = new Recovery(List.of(), List.of());

    /// What must hold.
    static final double MOST_SECONDS = 5;

    static final double USUAL_SECONDS = 6;
    static final double OVERLOAD_SECONDS = 5;
    static final double AFTER_SECONDS = 9;

    /// By how much a normal second's 99th percentile may be over the worst one before.
    static final double LATENCY = 1.1;
    /// By how much its share may be below.
    static final double SHARE = 0.01;

    private static final double END_OF_OVERLOAD = USUAL_SECONDS + OVERLOAD_SECONDS;
    private static final double WINDOW_SECONDS = 1;
    private static final double STEP_SECONDS = 0.25;
    private static final double NANOS = 1e9;

    /// How requests of some time fared.
    ///
    /// @param p99Millis of the latency of those that were answered; endless where none was
    /// @param inTime share that was answered in time
    record Service(double p99Millis, double inTime) {
        private boolean isWithin(Service normal) {
            return p99Millis <= normal.p99Millis * LATENCY && inTime >= normal.inTime - SHARE;
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%.0f ms %.1f %%", p99Millis, 100 * inTime);
        }

        private Service worse(Service other) {
            return new Service(Math.max(p99Millis, other.p99Millis), Math.min(inTime, other.inTime));
        }
    }

    /// When the requests of a run come.
    ///
    /// @param usual requests a second before and after
    /// @param most requests a second between
    /// @return nanoseconds from the start, in order
    static long[] arrivals(double usual, double most, long seed) {
        return Stream.of(
                        part(usual, USUAL_SECONDS, seed, 0),
                        part(most, OVERLOAD_SECONDS, seed + 1, USUAL_SECONDS),
                        part(usual, AFTER_SECONDS, seed + 2, END_OF_OVERLOAD))
                .flatMapToLong(Arrays::stream)
                .toArray();
    }

    private static long[] part(double rate, double seconds, long seed, double from) {
        return Arrays.stream(Arrivals.poisson(rate, seconds, 31 * seed))
                .map(nanos -> nanos + (long) (from * NANOS))
                .toArray();
    }

    /// With a run.
    Recovery with(long[] arrivals, List<Served> answered) {
        return plus(new Recovery(Arrays.stream(arrivals).boxed().toList(), answered));
    }

    Recovery plus(Recovery other) {
        return new Recovery(
                Stream.concat(due.stream(), other.due.stream()).toList(),
                Stream.concat(served.stream(), other.served.stream()).toList());
    }

    /// What no second before the overload was worse than.
    Service normal() {
        return Stream.iterate(0.0, from -> from + WINDOW_SECONDS <= USUAL_SECONDS, from -> from + STEP_SECONDS)
                .map(from -> service(from, from + WINDOW_SECONDS))
                .reduce(new Service(0, 1), Service::worse);
    }

    /// Seconds from the end of the overload until the server was back to normal; not a number if it never was, empty if
    /// nothing ran.
    OptionalDouble seconds() {
        if (due.isEmpty()) {
            return OptionalDouble.empty();
        }
        Service normal = normal();
        OptionalDouble back = OptionalDouble.of(Double.NaN);
        for (double from = AFTER_SECONDS - WINDOW_SECONDS; from >= 0; from -= STEP_SECONDS) {
            double start = END_OF_OVERLOAD + from;
            if (!service(start, start + WINDOW_SECONDS).isWithin(normal)) {
                return back;
            }
            back = OptionalDouble.of(from);
        }
        return back;
    }

    private Service service(double from, double until) {
        double[] latencies = served.stream()
                .filter(one -> isIn(one.dueNanos(), from, until))
                .mapToDouble(one -> one.latencyNanos() / 1e6)
                .sorted()
                .toArray();
        long asked = due.stream().filter(nanos -> isIn(nanos, from, until)).count();
        long inTime = served.stream()
                .filter(one -> one.isInTime() && isIn(one.dueNanos(), from, until))
                .count();
        return new Service(
                latencies.length == 0 ? Double.POSITIVE_INFINITY : latencies[(int) (0.99 * (latencies.length - 1))],
                asked == 0 ? 1 : (double) inTime / asked);
    }

    /// What was normal, and each second since the overload began.
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d requests; normal is %s; during: %s; after: %s",
                due.size(),
                normal(),
                seconds(USUAL_SECONDS, END_OF_OVERLOAD),
                seconds(END_OF_OVERLOAD, END_OF_OVERLOAD + AFTER_SECONDS));
    }

    private String seconds(double from, double until) {
        return Stream.iterate(from, second -> second < until, second -> second + WINDOW_SECONDS)
                .map(second -> service(second, second + WINDOW_SECONDS).toString())
                .collect(Collectors.joining(", "));
    }

    private static boolean isIn(long nanos, double from, double until) {
        return nanos >= from * NANOS && nanos < until * NANOS;
    }
}
