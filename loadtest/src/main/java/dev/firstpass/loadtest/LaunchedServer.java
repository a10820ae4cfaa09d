package dev.firstpass.loadtest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A server that the launcher of some checkout became, on free ports of loopback.
///
/// For one thread. Who starts it closes it, which ends it.
public final class LaunchedServer implements AutoCloseable {
    private static final Duration LONGEST_END = Duration.ofSeconds(60);
    private static final Redirect NOWHERE = Redirect.DISCARD;

    private final Process process;
    private final URI url;
    private final URI adminUrl;

    private LaunchedServer(Process process, URI url, URI adminUrl) {
        this.process = process;
        this.url = url;
        this.adminUrl = adminUrl;
    }

    /// Returns when it is ready; nobody reads what it logs.
    ///
    /// @param tree the checkout
    /// @param data a data directory that nobody else has open
    /// @param settings variables of its environment, beside those of this process
    public static LaunchedServer start(Path tree, Path data, Map<String, String> settings) throws IOException {
        return start(tree, data, settings, NOWHERE);
    }

    /// Returns when it is ready.
    ///
    /// @param tree the checkout
    /// @param data a data directory that nobody else has open
    /// @param settings variables of its environment, beside those of this process
    /// @param log where its log goes
    public static LaunchedServer start(Path tree, Path data, Map<String, String> settings, Redirect log)
            throws IOException {
        ProcessBuilder builder =
                command(tree, List.of("serve", "--data", data.toString(), "--port", "0", "--admin-port", "0"), log);
        builder.environment().putAll(settings);
        Process process = builder.start();
        URI url = Servers.awaitReady(process, process.inputReader(StandardCharsets.UTF_8));
        JsonNode addresses =
                new JsonMapper().readTree(data.resolve("server.json").toFile());
        return new LaunchedServer(
                process, url, URI.create(addresses.path("adminUrl").asText()));
    }

    /// What another command of the checkout prints.
    ///
    /// @throws IOException if it fails
    public static String run(Path tree, List<String> arguments) throws IOException, InterruptedException {
        Process process = command(tree, arguments, NOWHERE).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(tree + ": " + arguments + " ended with " + process.exitValue());
        }
        return printed;
    }

    /// Registers a model in a data directory that no server has open.
    ///
    /// @throws IOException if it is refused
    public static void register(Path tree, Path data, String name, Path model)
            throws IOException, InterruptedException {
        var _ = run(tree, List.of("models", "register", name, model.toString(), "--data", data.toString()));
    }

    /// Makes a token in a data directory that no server has open.
    ///
    /// @throws IOException if it is refused
    public static String token(Path tree, Path data, List<String> scopes) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("token", "create", "load", "--data", data.toString()));
        scopes.forEach(scope -> arguments.addAll(List.of("--scope", scope)));
        return run(tree, arguments).strip();
    }

    private static ProcessBuilder command(Path tree, List<String> arguments, Redirect log) {
        List<String> command = new ArrayList<>(List.of(tree.resolve("firstpass").toString()));
        command.addAll(arguments);
        return new ProcessBuilder(command).redirectError(log);
    }

    public int port() {
        return url.getPort();
    }

    /// Where requests go.
    public URI url() {
        return url;
    }

    /// Where it is managed.
    public URI adminUrl() {
        return adminUrl;
    }

    /// Its process; those of its workers are its descendants.
    public ProcessHandle process() {
        return process.toHandle();
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
    public void close() {
        process.destroy();
        Servers.awaitEnd(process, LONGEST_END);
    }
}
