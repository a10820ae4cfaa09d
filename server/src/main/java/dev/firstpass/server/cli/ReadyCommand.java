package dev.firstpass.server.cli;

import dev.firstpass.server.failure.Words;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `ready`: whether a server takes requests, for scripts and for where there is no curl.
///
/// For one thread.
@Command(
        name = "ready",
        description = {
            "Ask a server whether it takes requests: exit code 0 if it does, 1 if it does not or is not there.",
            "Without --server that is the one that owns the data directory, else http://127.0.0.1:8080.",
            "No token is needed."
        },
        footer = {
            "",
            "Examples:",
            "  firstpass ready",
            "  firstpass ready --server http://firstpass.labels.svc:8080 --timeout 60s"
        })
final class ReadyCommand implements Callable<Integer> {
    private static final Pattern TIME = Pattern.compile("([0-9]{1,5})(s|m)");
    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final URI USUAL = URI.create("http://127.0.0.1:8080");

    private final Session session;

    @Mixin
    private DataOption data = new DataOption();

    @Option(names = "--server", paramLabel = "URL", description = "Its data listener.")
    private Optional<URI> server = Optional.empty();

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "How long to ask again where it says no (default: ${DEFAULT-VALUE}).")
    private String timeout = "0s";

    ReadyCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws InterruptedException {
        long end = System.nanoTime() + duration().toNanos();
        Endpoint endpoint = endpoint();
        boolean ready = HttpCalls.isReady(endpoint);
        while (!ready && System.nanoTime() < end) {
            Thread.sleep(PAUSE);
            endpoint = endpoint();
            ready = HttpCalls.isReady(endpoint);
        }
        URI asked = endpoint.root();
        session.print(new Result(asked, ready), List.of(asked + (ready ? " is ready" : " is not ready")));
        return ready ? ExitCode.OK : ExitCode.FAILED;
    }

    /// Found anew each time, since a server that starts says only later where it is.
    private Endpoint endpoint() {
        Map<String, String> environment = session.console().environment();
        return server.map(url -> Endpoint.of(url, environment))
                .or(() -> ServerFile.findAlive(data.directory(session)).map(ServerFile::data))
                .orElseGet(() -> Endpoint.of(USUAL, environment));
    }

    private Duration duration() {
        Matcher parts = TIME.matcher(timeout);
        if (!parts.matches()) {
            throw CliException.usage(
                    "--timeout: " + Words.quoted(timeout) + " (expected: seconds or minutes such as 30s or 2m)");
        }
        long amount = Long.parseLong(parts.group(1));
        return parts.group(2).equals("m") ? Duration.ofMinutes(amount) : Duration.ofSeconds(amount);
    }

    record Result(URI server, boolean ready) {}
}
