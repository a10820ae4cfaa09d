package dev.firstpass.loadtest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongToDoubleFunction;
import java.util.stream.Stream;

/// A [TensorService] in a process of its own, and what it and its workers cost.
///
/// For one thread. Who starts it closes it.
final class ServedProcess implements AutoCloseable {
    private static final double TICKS_PER_SECOND = 100;
    private static final Duration LONGEST_END = Duration.ofSeconds(30);

    private final Process process;
    private final int port;

    private ServedProcess(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /// Started as this process was: the same Java, options and class path.
    ///
    /// @param arguments of the service
    static ServedProcess start(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElseThrow());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> !argument.startsWith("--add-modules"))
                .forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("firstpass.classes", System.getProperty("java.class.path"))));
        command.add(TensorService.class.getName());
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = out.readLine();
        if (line == null) {
            throw new IOException("the server did not start: exit code "
                    + process.onExit().join().exitValue());
        }
        return new ServedProcess(process, Integer.parseInt(line));
    }

    int port() {
        return port;
    }

    /// Seconds of CPU time that it and its workers have used.
    double cpuSeconds() {
        return cpuSeconds(process.toHandle());
    }

    /// How many of them Java's compilers have used, which is what a server costs only while it is young.
    double compilerSeconds() {
        return compilerSeconds(process.toHandle());
    }

    /// How many seconds of CPU time Java's compilers have used in a server and its workers.
    static double compilerSeconds(ProcessHandle process) {
        return overAll(process, ServedProcess::compilerSeconds);
    }

    /// Seconds of CPU time that a server and its workers have used.
    static double cpuSeconds(ProcessHandle process) {
        return overAll(process, pid -> cpuSeconds(Path.of("/proc/" + pid + "/stat")));
    }

    private static double overAll(ProcessHandle process, LongToDoubleFunction seconds) {
        try (Stream<ProcessHandle> workers = process.descendants()) {
            return Stream.concat(Stream.of(process.pid()), workers.map(ProcessHandle::pid))
                    .mapToDouble(seconds::applyAsDouble)
                    .sum();
        }
    }

    private static double compilerSeconds(long pid) {
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
            return threads.filter(ServedProcess::isCompiler)
                    .mapToDouble(thread -> cpuSeconds(thread.resolve("stat")))
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isCompiler(Path thread) {
        try {
            return Files.readString(thread.resolve("comm")).contains("CompilerThre");
        } catch (IOException _) {
            // It has ended.
            return false;
        }
    }

    private static double cpuSeconds(Path file) {
        try {
            String stat = Files.readString(file);
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        Servers.awaitEnd(process, LONGEST_END);
    }
}
