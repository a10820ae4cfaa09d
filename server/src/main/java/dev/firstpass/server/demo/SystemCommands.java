package dev.firstpass.server.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Runs real processes. They inherit the environment, and so the user's settings, and get no input.
///
/// Thread-safe.
public final class SystemCommands implements CommandRunner {
    private final Map<String, String> environment;
    private final Duration limit;

    /// @param environment of this process; its PATH is where programs are looked up
    /// @param limit how long a program may run
    public SystemCommands(Map<String, String> environment, Duration limit) {
        this.environment = Map.copyOf(environment);
        this.limit = limit;
    }

    @Override
    public Outcome run(List<String> command, Path directory) throws IOException, InterruptedException {
        if (!isOnPath(command.getFirst())) {
            return new Outcome.NotFound();
        }
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        OutputTail output = OutputTail.of(process.getInputStream());
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                return new Outcome.TimedOut();
            }
            return new Outcome.Finished(process.exitValue(), output.await());
        } finally {
            end(process);
        }
    }

    private boolean isOnPath(String program) {
        return Stream.of(environment.getOrDefault("PATH", "").split(":"))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, program))
                .anyMatch(file -> Files.isRegularFile(file) && Files.isExecutable(file));
    }

    /// The program and what it started: package managers are scripts that start the real program.
    private static void end(Process process) {
        if (process.isAlive()) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
