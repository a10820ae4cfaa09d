package dev.firstpass.loadtest.overload;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.loadtest.Servers;
import dev.firstpass.loadtest.paced.Tally;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A server with virtual GPUs, in a process of its own.
///
/// For one thread. Who starts it closes it.
final class ServerProcess implements AutoCloseable {
    static final String MODEL = "paced";

    private static final Duration LONGEST_END = Duration.ofSeconds(30);

    private final Process process;
    private final BufferedReader answers;
    private final BufferedWriter orders;
    private final URI url;
    private final JsonMapper json = new JsonMapper();

    /// Returns when it serves.
    ///
    /// @param command that starts one as `paced-server.sh` does
    /// @param devices how many virtual GPUs
    ServerProcess(List<String> command, int devices) throws IOException {
        List<String> whole = new ArrayList<>(command);
        whole.addAll(List.of("--devices", Integer.toString(devices), "--model", MODEL + "=1"));
        this.process = new ProcessBuilder(whole)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        this.answers = process.inputReader(StandardCharsets.UTF_8);
        this.orders = process.outputWriter(StandardCharsets.UTF_8);
        this.url = Servers.awaitReady(process, answers);
    }

    URI url() {
        return url;
    }

    /// What its devices have done so far.
    Tally tally() throws IOException {
        orders.write("tally\n");
        orders.flush();
        for (String line = answers.readLine(); line != null; line = answers.readLine()) {
            if (line.startsWith("{")) {
                return json.readValue(line, Tally.class);
            }
        }
        throw new EOFException("the server ended");
    }

    /// CPU time that it has used so far.
    long cpuNanos() {
        return process.info().totalCpuDuration().orElseThrow().toNanos();
    }

    @Override
    public void close() throws IOException {
        orders.close();
        Servers.awaitEnd(process, LONGEST_END);
    }
}
