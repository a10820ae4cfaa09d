package dev.firstpass.loadtest.gate;

import java.util.List;

/// A verdict and what it rests on.
///
/// Immutable.
///
/// @param why one sentence; empty where the findings say all
record Judgement(Verdict verdict, String why, List<Finding> findings) {
    Judgement {
        findings = List.copyOf(findings);
    }

    static Judgement undecided(String why) {
        return new Judgement(Verdict.UNDECIDED, why, List.of());
    }
}
