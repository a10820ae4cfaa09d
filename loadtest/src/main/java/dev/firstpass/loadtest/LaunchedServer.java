package dev.firstpass.loadtest;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A server that the launcher of some checkout became, on free ports of loopback.
///
/// For one thread. Who starts it closes it, which ends it.
final class LaunchedServer implements AutoCloseable {
    private static final String READY = "ready ";

    private final Process process;
    private final URI url;

    private LaunchedServer(Process process, URI url) {
        this.process = process;
        this.url = url;
    }

    /// Returns when it is ready.
    ///
    /// @param tree the checkout
    /// @param data a data directory that nobody else has open
    /// @param asksForTokens whether it knows tokens and asks for them
    static LaunchedServer start(Path tree, Path data, boolean asksForTokens) throws IOException {
        ProcessBuilder builder =
                command(tree, List.of("serve", "--data", data.toString(), "--port", "0", "--admin-port", "0"));
        if (asksForTokens) {
            builder.environment().put("FIRSTPASS_SECURITY_AUTHENTICATION", "tokens");
        }
        Process process = builder.start();
        BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        String line = lines.readLine();
        if (line == null || !line.startsWith(READY)) {
            throw new IOException(tree + ": the server did not start: " + line);
        }
        return new LaunchedServer(
                process, URI.create(line.substring(READY.length()).strip()));
    }

    /// What another command of the checkout prints.
    ///
    /// @throws IOException if it fails
    static String run(Path tree, List<String> arguments) throws IOException, InterruptedException {
        Process process = command(tree, arguments).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(tree + ": " + arguments + " ended with " + process.exitValue());
        }
        return printed;
    }

    private static ProcessBuilder command(Path tree, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(tree.resolve("firstpass").toString()));
        command.addAll(arguments);
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    }

    int port() {
        return url.getPort();
    }

    /// Seconds of CPU time that it and its workers have used.
    double cpuSeconds() {
        return ServedProcess.cpuSeconds(process.toHandle());
    }

    /// How many of them Java's compilers have used.
    double compilerSeconds() {
        return ServedProcess.compilerSeconds(process.toHandle());
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
