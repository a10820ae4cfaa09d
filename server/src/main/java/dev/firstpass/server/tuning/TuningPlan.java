package dev.firstpass.server.tuning;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/// What is tried.
///
/// Immutable.
///
/// @param cores of the machine
/// @param isCpu whether models run on those cores; a GPU's runs have no threads to choose
/// @param mostRows in one run
/// @param time for all measurements together; opening the model comes on top
public record TuningPlan(int cores, boolean isCpu, int mostRows, Duration time) {
    /// A machine with more cores has more ways to share them out than anybody would wait for.
    private static final int MOST_THREAD_COUNTS = 4;

    private static final int GPU_SESSIONS = 2;

    /// Sessions side by side, and threads of each run.
    public record Way(int sessions, int threads) {}

    public TuningPlan {
        if (cores < 1 || mostRows < 1 || !time.isPositive()) {
            throw new IllegalArgumentException(
                    "plan: " + cores + " cores, " + mostRows + " rows, " + time + " (expected: >= 1, >= 1, > 0)");
        }
    }

    /// Threads that runs are tried with: powers of two up to the cores, and all of them; the largest few.
    List<Integer> threads() {
        if (!isCpu) {
            return List.of(1);
        }
        TreeSet<Integer> threads = new TreeSet<>(List.of(cores));
        for (int power = 1; power < cores; power *= 2) {
            threads.add(power);
        }
        List<Integer> all = new ArrayList<>(threads);
        if (all.size() > MOST_THREAD_COUNTS) {
            List<Integer> some = new ArrayList<>(all.subList(all.size() - MOST_THREAD_COUNTS + 1, all.size()));
            some.addFirst(1);
            return List.copyOf(some);
        }
        return List.copyOf(all);
    }

    /// Sessions that are tried with so many threads each: one alone, and as many as fill the cores.
    List<Integer> sessions(int threads) {
        int fill = isCpu ? Math.max(1, cores / threads) : GPU_SESSIONS;
        return fill == 1 ? List.of(1) : List.of(1, fill);
    }

    /// Rows of runs that are tried for a stage: powers of two, and the most.
    ///
    /// @param claimed most rows, as the manifest has it
    List<Integer> batches(int claimed) {
        int most = Math.min(claimed, mostRows);
        TreeSet<Integer> batches = new TreeSet<>(List.of(most));
        for (int rows = 1; rows < most; rows *= 2) {
            batches.add(rows);
        }
        return List.copyOf(batches);
    }

    int ways() {
        return threads().stream().mapToInt(each -> sessions(each).size()).sum();
    }
}
