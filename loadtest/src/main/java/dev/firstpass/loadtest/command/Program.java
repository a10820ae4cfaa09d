package dev.firstpass.loadtest.command;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine;

/// How a command is started.
///
/// Pure functions, but for [#main].
public final class Program {
    private Program() {}

    /// Runs it and ends the process with its exit code.
    public static void main(Callable<Integer> command, String... arguments) {
        System.exit(line(command).execute(arguments));
    }

    /// What its caller can mend is said in one line, on stderr; for all else there is a stack trace. The exit code of both is
    /// the command's `exitCodeOnExecutionException`.
    public static CommandLine line(Callable<Integer> command) {
        return new CommandLine(command).setExecutionExceptionHandler((failure, line, _) -> {
            if (failure instanceof IOException || failure instanceof IllegalArgumentException) {
                line.getErr().println(line.getCommandName() + ": " + failure.getMessage());
                return line.getCommandSpec().exitCodeOnExecutionException();
            }
            throw failure;
        });
    }
}
