package dev.firstpass.loadtest;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A server in a process of its own, as the launcher starts one, on free ports of loopback.
///
/// For one thread. Who starts it closes it, which ends it.
final class ServerProcess implements AutoCloseable {
    private static final Duration LONGEST_END = Duration.ofSeconds(30);

    private final Process process;
    private final URI url;

    private ServerProcess(Process process, URI url) {
        this.process = process;
        this.url = url;
    }

    /// Returns when it serves. Its settings that are worked out from the machine's cores are left to it; it remembers no
    /// answer, so that every request walks.
    ///
    /// @param data a data directory that nobody else has open
    /// @param options more of them for `serve`
    static ServerProcess start(Path data, List<String> options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseG1GC",
                "-XX:MaxRAMPercentage=40",
                "-Djdk.nio.maxCachedBufferSize=262144",
                "-XX:-UsePerfData",
                "-Djava.awt.headless=true",
                "-Dcom.linecorp.armeria.tlsEngineType=jdk"));
        for (String property :
                List.of("onnxruntime.native.path", "org.bytedeco.javacpp.cachedir", "firstpass.worker.caches")) {
            String value = System.getProperty(property);
            if (value != null) {
                command.add("-D" + property + "=" + value);
            }
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.firstpass.server.cli.Main", "serve"));
        command.addAll(List.of("--data", data.toString(), "--port", "0", "--admin-port", "0"));
        command.addAll(options);
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("FIRSTPASS_RUNTIME_CACHE_BYTES", "0B");
        Process process = builder.start();
        return new ServerProcess(process, Servers.awaitReady(process, process.inputReader(StandardCharsets.UTF_8)));
    }

    URI url() {
        return url;
    }

    /// Seconds of CPU time that it and its workers have used.
    double cpuSeconds() {
        return ServedProcess.cpuSeconds(process.toHandle());
    }

    @Override
    public void close() {
        process.destroy();
        Servers.awaitEnd(process, LONGEST_END);
    }
}
