package dev.firstpass.server.logging;

import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/// How many lines of one kind there may be: [#MOST] in ten seconds. Whoever fails request after request fills no disk.
///
/// Thread-safe.
final class LineLimits {
    static final int MOST = 100;

    private static final long PERIOD_NANOS = Duration.ofSeconds(10).toNanos();

    /// Beyond this many kinds, which our own code does not have, all others are one.
    private static final int MOST_KINDS = 1000;

    private final Map<String, Kind> kinds = new ConcurrentHashMap<>();
    private final LongAdder leftOut = new LongAdder();

    /// @param now as `System.nanoTime` tells
    /// @return empty where the line is to be left out; else how many were left out since the last one
    OptionalLong admit(String kind, long now) {
        Kind known = kinds.get(kind);
        if (known == null) {
            known = kinds.computeIfAbsent(kinds.size() < MOST_KINDS ? kind : "", _ -> new Kind(now));
        }
        OptionalLong before = known.admit(now);
        if (before.isEmpty()) {
            leftOut.increment();
        }
        return before;
    }

    /// How many lines were left out in all.
    long leftOut() {
        return leftOut.sum();
    }

    private static final class Kind {
        private long since;
        private int lines;
        private long untold;

        Kind(long now) {
            this.since = now;
        }

        synchronized OptionalLong admit(long now) {
            if (now - since >= PERIOD_NANOS) {
                since = now;
                lines = 0;
            }
            if (lines >= MOST) {
                untold++;
                return OptionalLong.empty();
            }
            lines++;
            long before = untold;
            untold = 0;
            return OptionalLong.of(before);
        }
    }
}
