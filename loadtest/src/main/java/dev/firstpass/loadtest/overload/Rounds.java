package dev.firstpass.loadtest.overload;

import picocli.CommandLine.Option;

/// How often and how long what is compared runs.
///
/// Set by picocli; then read only.
final class Rounds {
    @Option(names = "--runs", paramLabel = "N", description = "Of each (default: ${DEFAULT-VALUE}).")
    private int runs = 3;

    @Option(names = "--seconds", paramLabel = "N", description = "Of each run (default: ${DEFAULT-VALUE}).")
    private double seconds;

    /// @param seconds where nothing else is said
    Rounds(double seconds) {
        this.seconds = seconds;
    }

    int runs() {
        return runs;
    }

    double seconds() {
        return seconds;
    }
}
