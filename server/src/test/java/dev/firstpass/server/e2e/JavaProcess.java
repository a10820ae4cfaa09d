package dev.firstpass.server.e2e;

import dev.firstpass.server.QuickWorkers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Java in a process of its own, on the class path of the test.
///
/// For one thread. Who starts it closes it, which kills what has not ended by itself.
public final class JavaProcess implements AutoCloseable {
    /// What the launcher gives the server as well.
    private static final List<String> ALWAYS = List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:-UsePerfData",
            "-Djava.awt.headless=true");

    /// A process that lives for seconds spends more on compiling well than that saves.
    private static final List<String> COMPILER =
            Boolean.getBoolean("firstpass.long") ? List.of() : List.of("-XX:TieredStopAtLevel=1");

    private final Process process;
    private final BufferedReader out;
    private final Path err;

    private JavaProcess(Process process, Path err) {
        this.process = process;
        this.out = process.inputReader(StandardCharsets.UTF_8);
        this.err = err;
    }

    /// `java` with the test's class path, ready to be run: `options`, then the class `main` with its arguments.
    public static List<String> command(List<String> options, String main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ALWAYS);
        command.addAll(COMPILER);
        command.addAll(QuickWorkers.options());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
        command.addAll(List.of(arguments));
        return command;
    }

    /// @param environment all of it: nothing is inherited
    /// @param err where its stderr goes
    public static JavaProcess start(List<String> command, Map<String, String> environment, Path err)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return new JavaProcess(builder.start(), err);
    }

    long pid() {
        return process.pid();
    }

    /// The next line of its stdout.
    public String read() throws IOException {
        String line = out.readLine();
        if (line == null) {
            throw new IllegalStateException("the process has ended: " + errors());
        }
        return line;
    }

    public void write(String line) throws IOException {
        OutputStream in = process.getOutputStream();
        in.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        in.flush();
    }

    String errors() throws IOException {
        return Files.readString(err);
    }

    /// Asks it to end, as `kill` does.
    void terminate() {
        process.destroy();
    }

    /// @return its exit code
    int await() throws InterruptedException {
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
            throw new IllegalStateException("the process does not end");
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
