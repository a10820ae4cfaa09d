package dev.firstpass.server.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;

/// Progress as plain lines, for logs and pipes: one when work begins, one every few seconds, one when it ends. Work
/// that takes less than a second leaves its first line only.
///
/// Thread-safe.
final class LineProgress implements Progress {
    private static final Duration INTERVAL = Duration.ofSeconds(5);
    private static final Duration WORTH_AN_END = Duration.ofSeconds(1);

    private final PrintStream err;
    private final InstantSource clock;

    LineProgress(PrintStream err, InstantSource clock) {
        this.err = err;
        this.clock = clock;
    }

    @Override
    public Task begin(String what, long total, Unit unit) {
        err.println(what + " ...");
        return new Lines(what, total, unit);
    }

    static String amount(long units, Unit unit) {
        return switch (unit) {
            case BYTES -> String.format(Locale.ROOT, "%.1f MB", units / 1e6);
            case PHOTOS -> units + (units == 1 ? " photo" : " photos");
            case STEPS -> Long.toString(units);
        };
    }

    private final class Lines implements Task {
        private final String what;
        private final long total;
        private final Unit unit;
        private final Instant begin = clock.instant();
        private Instant lastLine = begin;
        private long done;
        private boolean failed;

        Lines(String what, long total, Unit unit) {
            this.what = what;
            this.total = total;
            this.unit = unit;
        }

        @Override
        public synchronized void advance(long units) {
            done += units;
            Instant now = clock.instant();
            if (Duration.between(lastLine, now).compareTo(INTERVAL) >= 0) {
                lastLine = now;
                err.println(what + ": " + soFar());
            }
        }

        @Override
        public synchronized void failed() {
            failed = true;
        }

        @Override
        public synchronized void close() {
            Duration taken = Duration.between(begin, clock.instant());
            if (!failed && taken.compareTo(WORTH_AN_END) >= 0) {
                String end = unit == Unit.STEPS ? "done" : amount(done, unit);
                err.println(String.format(Locale.ROOT, "%s: %s in %.1f s", what, end, taken.toMillis() / 1e3));
            }
        }

        private String soFar() {
            String all = amount(total, unit);
            return switch (unit) {
                case BYTES -> amount(done, unit) + (total > 0 ? " of " + all : "");
                case PHOTOS, STEPS -> total > 0 ? done + " of " + all : amount(done, unit);
            };
        }
    }
}
