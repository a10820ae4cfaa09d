package dev.firstpass.loadtest.gate;

import dev.firstpass.loadtest.statistics.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// When a candidate passes. Each of these must hold with confidence, which is to say that the whole 95 % interval is within
/// the limit:
///
/// - the candidate meets each objective;
/// - at each objective's percentile it takes at most `mostRatio` times as long as the stable version;
/// - at most `mostErrors` more of its requests go without an answer.
///
/// It fails if the whole interval of one of them is beyond its limit. Else nothing is decided, nor is it where there are fewer
/// than [#LEAST_PAIRS] pairs of blocks, too few answers for a percentile, or a stable version that mostly fails itself.
///
/// Immutable.
///
/// @param objectives one at least
/// @param mostErrors as a share of all requests
record Rule(List<Objective> objectives, double mostRatio, double mostErrors) {
    /// Below this a bootstrap has too little to draw from.
    static final int LEAST_PAIRS = 8;

    /// Answers beyond a percentile that it takes to speak of it.
    private static final int LEAST_BEYOND = 10;

    private static final int RESAMPLES = 2000;
    private static final double HOPELESS_ERRORS = 0.1;

    Rule {
        objectives = List.copyOf(objectives);
        if (objectives.isEmpty()) {
            throw new IllegalArgumentException("objectives: none (expected: one or more)");
        }
        if (!(mostRatio > 0) || !(mostErrors >= 0)) {
            throw new IllegalArgumentException(
                    "ratio, errors: " + mostRatio + ", " + mostErrors + " (expected: > 0, >= 0)");
        }
    }

    /// @param pairs in any order
    Judgement judge(List<Pair> pairs, long seed) {
        if (pairs.size() < LEAST_PAIRS) {
            return Judgement.undecided("only " + pairs.size() + " pairs of blocks (expected: at least " + LEAST_PAIRS
                    + "); give it more --seconds, or shorter blocks");
        }
        BlockBootstrap figures = new BlockBootstrap(pairs, RESAMPLES, seed);
        String hopeless = hopeless(figures.stableSample());
        if (!hopeless.isEmpty()) {
            return new Judgement(Verdict.UNDECIDED, hopeless, List.of(errors(figures)));
        }
        String gap = gap(figures);
        if (!gap.isEmpty()) {
            return errorsAlone(figures, gap);
        }
        List<Finding> findings = new ArrayList<>();
        for (Objective objective : objectives) {
            findings.add(Finding.of(
                    objective.name() + " of the candidate",
                    "ms",
                    figures.candidate(objective.part()),
                    objective.millis()));
            findings.add(Finding.of(
                    objective.name() + ", candidate to stable", "times", figures.ratio(objective.part()), mostRatio));
        }
        findings.add(errors(figures));
        Verdict verdict = findings.stream().map(Finding::verdict).reduce(Verdict.PASS, Verdict::and);
        return new Judgement(verdict, why(verdict, figures), findings);
    }

    /// Where latencies say nothing, errors still may.
    private Judgement errorsAlone(BlockBootstrap figures, String gap) {
        Finding errors = errors(figures);
        return errors.verdict() == Verdict.FAIL
                ? new Judgement(Verdict.FAIL, gap, List.of(errors))
                : new Judgement(Verdict.UNDECIDED, gap, List.of(errors));
    }

    private Finding errors(BlockBootstrap figures) {
        Interval more = figures.moreErrors();
        return Finding.of(
                "requests without an answer, candidate over stable",
                "%",
                new Interval(100 * more.value(), 100 * more.low(), 100 * more.high()),
                100 * mostErrors);
    }

    /// What is missing; empty if nothing is.
    private String gap(BlockBootstrap figures) {
        int answered = Math.min(
                figures.stableSample().answered(), figures.candidateSample().answered());
        for (Objective objective : objectives) {
            int least = (int) Math.ceil(LEAST_BEYOND / (1 - objective.part()));
            if (answered < least) {
                return "%d answers are too few for %s (expected: at least %d of each version); give it more --seconds, or a higher --rate"
                        .formatted(answered, objective.name(), least);
            }
        }
        return "";
    }

    /// Why the stable version is no measure of anything; empty if it is one.
    private static String hopeless(ArmSample stable) {
        int all = stable.errors() + stable.answered();
        if (all == 0) {
            return "nothing was sent; give it a higher --rate, or longer blocks";
        }
        double errors = (double) stable.errors() / all;
        return errors <= HOPELESS_ERRORS
                ? ""
                : String.format(
                        Locale.ROOT,
                        "%.0f %% of the stable version's own requests go without an answer: the server is overloaded, or the timeout too short, and there is nothing to hold the candidate against",
                        100 * errors);
    }

    private String why(Verdict verdict, BlockBootstrap figures) {
        for (Objective objective : objectives) {
            if (verdict != Verdict.PASS && figures.stable(objective.part()).low() > objective.millis()) {
                return "the stable version misses " + objective.name()
                        + " as well: the rate may be too high for this server";
            }
        }
        return switch (verdict) {
            case PASS -> "";
            case FAIL -> "the candidate exceeds a limit";
            case UNDECIDED -> "the intervals are too wide to tell; give it more --seconds";
        };
    }
}
