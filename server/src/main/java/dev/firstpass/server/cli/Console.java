package dev.firstpass.server.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// The surroundings of one run of the command line, so that tests can give it others.
///
/// Immutable; the streams are thread-safe and owned by the process.
///
/// @param out results, and nothing else
/// @param err everything that is no result: progress, warnings, errors
/// @param environment of the process
/// @param terminal whether a person watches `err`
/// @param columns width of that terminal in characters
record Console(PrintStream out, PrintStream err, Map<String, String> environment, boolean terminal, int columns) {
    private static final int DEFAULT_COLUMNS = 80;

    Console {
        environment = Map.copyOf(environment);
    }

    /// The console of this process. The launcher says whether stderr is a terminal, because the JDK cannot.
    static Console ofProcess() {
        return new Console(
                utf8(FileDescriptor.out),
                utf8(FileDescriptor.err),
                System.getenv(),
                Boolean.getBoolean("firstpass.terminal"),
                Integer.getInteger("firstpass.columns", DEFAULT_COLUMNS));
    }

    private static PrintStream utf8(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }
}
