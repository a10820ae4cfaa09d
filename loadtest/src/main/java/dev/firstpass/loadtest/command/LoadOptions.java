package dev.firstpass.loadtest.command;

import dev.firstpass.loadtest.drive.Targets;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Option;

/// Of the commands that load a running server: which one, with what, and where the figures go.
///
/// Set by picocli; then read only.
public final class LoadOptions {
    @Option(
            names = "--target",
            paramLabel = "URL",
            description = "The server's data listener (default: ${DEFAULT-VALUE}).")
    private String target = "http://127.0.0.1:8080";

    @Option(names = "--photos", paramLabel = "DIR", description = "Images to send (default: the demo's photos).")
    private Optional<Path> photos = Optional.empty();

    @Option(
            names = "--timeout",
            paramLabel = "MS",
            description = "After which an answer is of no use, in milliseconds (default: the server's).")
    private Optional<Long> timeoutMillis = Optional.empty();

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description = "Also write a page, for instance ${COMMAND-NAME}.html.")
    private Optional<Path> report = Optional.empty();

    @Option(names = "--json", paramLabel = "FILE", description = "Also write the figures as JSON.")
    private Optional<Path> json = Optional.empty();

    @Option(names = "--seed", paramLabel = "N", description = "Of the random moments (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    /// As it was written.
    public String target() {
        return target;
    }

    /// The server's root, with a slash at its end.
    ///
    /// @throws IllegalArgumentException if it is no such address
    public URI root() {
        return Targets.root(target);
    }

    /// Looks at the server.
    ///
    /// @throws IllegalArgumentException if a model cannot be asked there
    public void require(String... models) throws InterruptedException {
        URI root = root();
        for (String model : models) {
            Optional<String> problem = Targets.problem(root, model);
            if (problem.isPresent()) {
                throw new IllegalArgumentException(problem.get());
            }
        }
    }

    /// The folder they are in; empty for the demo's.
    public Optional<Path> photos() {
        return photos;
    }

    public Optional<Duration> timeout() {
        return timeoutMillis.map(Duration::ofMillis);
    }

    public Optional<Path> report() {
        return report;
    }

    public Optional<Path> json() {
        return json;
    }

    public long seed() {
        return seed;
    }
}
