package dev.firstpass.loadtest.overload;

import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Of the commands that print a table for each number of virtual GPUs.
///
/// Set by picocli; then read only.
final class Tables {
    @Option(
            names = "--devices",
            split = ",",
            paramLabel = "N",
            description = "How many virtual GPUs, one table for each number (default: 1,4).")
    private List<Integer> devices = List.of(1, 4);

    @Mixin
    private Rounds rounds = new Rounds(6);

    /// Of each phase.
    int runs() {
        return rounds.runs();
    }

    /// Of each run.
    double seconds() {
        return rounds.seconds();
    }

    /// @return the command's exit code
    int each(Table table) throws IOException, InterruptedException {
        for (int count : devices) {
            table.print(count);
        }
        return 0;
    }

    @FunctionalInterface
    interface Table {
        /// @param count of virtual GPUs
        void print(int count) throws IOException, InterruptedException;
    }
}
