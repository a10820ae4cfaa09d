package dev.firstpass.loadtest;

import java.io.IOException;
import java.time.Duration;
import java.util.function.DoubleSupplier;

/// Has a server work until Java's compilers have next to nothing of its time: a young one costs as much again.
///
/// Without state; any thread.
final class WarmUp {
    private static final Duration AT_A_TIME = Duration.ofSeconds(10);
    private static final int MOST_TIMES = 8;
    private static final double QUIET_COMPILERS = 0.02;

    private WarmUp() {}

    /// Requests for so long.
    interface Load {
        void run(Duration time) throws IOException;
    }

    /// Ends after 80 s at the latest.
    ///
    /// @param cpuSeconds that the server and its workers have used
    /// @param compilerSeconds how many of them Java's compilers have
    static void run(DoubleSupplier cpuSeconds, DoubleSupplier compilerSeconds, Load load) throws IOException {
        for (int i = 0; i < MOST_TIMES; i++) {
            double cpu = cpuSeconds.getAsDouble();
            double compilers = compilerSeconds.getAsDouble();
            load.run(AT_A_TIME);
            if (compilerSeconds.getAsDouble() - compilers < QUIET_COMPILERS * (cpuSeconds.getAsDouble() - cpu)) {
                return;
            }
        }
    }
}
