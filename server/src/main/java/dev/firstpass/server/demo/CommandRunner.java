package dev.firstpass.server.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Runs programs of the user's machine.
@FunctionalInterface
public interface CommandRunner {
    /// Runs a program to its end.
    ///
    /// @param command the program, looked up in the PATH, and its arguments
    /// @param directory where it runs
    /// @throws IOException if it cannot be started for another reason than that it is missing
    /// @throws InterruptedException if the thread is interrupted while waiting; the program has been ended then
    Outcome run(List<String> command, Path directory) throws IOException, InterruptedException;

    /// How a program ended.
    sealed interface Outcome {
        /// There is no such program.
        record NotFound() implements Outcome {}

        /// It was ended because it took too long.
        record TimedOut() implements Outcome {}

        /// @param output the end of what it wrote to either stream
        record Finished(int exitCode, String output) implements Outcome {}
    }
}
