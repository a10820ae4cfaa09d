package dev.firstpass.server.runtime.supervision;

import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/// Notices that a version brings its worker down time after time, and not on some inputs only: it has lost five
/// workers within five minutes and has had fewer than ten good runs for each. A version that is found out stays so.
///
/// The time has to leave room for what a loss takes: two starts of a worker, and the model opened in each, which for a large
/// one is half a minute together.
///
/// Only losses count that are this version's own doing beyond doubt, because it was alone in its worker.
///
/// Thread-safe.
public final class CrashLoop {
    private static final int LOSSES = 5;
    private static final Duration WITHIN = Duration.ofMinutes(5);
    private static final int GOOD_RUNS_PER_LOSS = 10;

    private final LongSupplier nanoClock;
    private final Runnable whenFoundOut;
    private final LongAdder goodRuns = new LongAdder();
    /// The last ones, the oldest first.
    private final ArrayDeque<Loss> losses = new ArrayDeque<>();

    private volatile boolean foundOut;

    /// @param whenFoundOut called once, on the thread that tells of the last loss; does not block
    public CrashLoop(LongSupplier nanoClock, Runnable whenFoundOut) {
        this.nanoClock = nanoClock;
        this.whenFoundOut = whenFoundOut;
    }

    /// A run went well.
    public void worked() {
        goodRuns.increment();
    }

    /// The version has brought its worker down.
    public void lost() {
        if (isNowFoundOut()) {
            whenFoundOut.run();
        }
    }

    private synchronized boolean isNowFoundOut() {
        if (foundOut) {
            return false;
        }
        Loss now = new Loss(nanoClock.getAsLong(), goodRuns.sum());
        losses.add(now);
        if (losses.size() > LOSSES) {
            losses.removeFirst();
        }
        Loss first = losses.getFirst();
        foundOut = losses.size() == LOSSES
                && now.atNanos - first.atNanos <= WITHIN.toNanos()
                && now.goodRuns - first.goodRuns < (long) LOSSES * GOOD_RUNS_PER_LOSS;
        return foundOut;
    }

    /// @throws FailureException MODEL_NOT_READY once the version is found out
    public void check() {
        if (foundOut) {
            throw refusal().asException();
        }
    }

    /// What those hear who ask for such a version.
    public static Failure refusal() {
        return Failure.of(
                Reason.MODEL_NOT_READY,
                "the model version has failed: its process ended " + LOSSES + " times within " + WITHIN.toMinutes()
                        + " min");
    }

    /// @param goodRuns there had been until then
    private record Loss(long atNanos, long goodRuns) {}
}
