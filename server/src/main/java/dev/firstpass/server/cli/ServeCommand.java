package dev.firstpass.server.cli;

import dev.firstpass.server.config.ServerSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `serve`: the server.
///
/// For one thread.
@Command(
        name = "serve",
        description = {
            "Start the server; one line 'ready URL' on stdout says that requests are served.",
            "SIGTERM and Ctrl-C drain it: requests under way end, new ones are refused."
        },
        footer = {
            "",
            "Examples:",
            "  firstpass serve",
            "  firstpass serve --port 9090 --data /srv/firstpass",
            "  firstpass serve --config /etc/firstpass.yaml",
            "  firstpass serve --model-dir exports/weeds --model-name weeds"
        })
final class ServeCommand implements Callable<Integer> {
    private final Session session;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Settings in YAML (default: $FIRSTPASS_CONFIG, else none). Above it stand FIRSTPASS_..."
                    + " variables, and above those the command line. docs/settings.md lists them all.")
    private Optional<Path> config = Optional.empty();

    @Option(names = "--data", paramLabel = "DIR", description = DataDirectory.DESCRIPTION)
    private Optional<Path> data = Optional.empty();

    @Option(names = "--host", paramLabel = "HOST", description = "Address to listen on (default: 127.0.0.1).")
    private Optional<String> host = Optional.empty();

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "Port for pre-labels and the page (default: 8080; 0: any free one).")
    private Optional<Integer> port = Optional.empty();

    @Option(
            names = "--admin-port",
            paramLabel = "PORT",
            description = "Port for the registry and metrics, on loopback (default: 8081; 0: any free one).")
    private Optional<Integer> adminPort = Optional.empty();

    @Option(names = "--grpc-port", paramLabel = "PORT", description = "One more port for gRPC (default: none).")
    private Optional<Integer> grpcPort = Optional.empty();

    @Option(
            names = "--model-dir",
            paramLabel = "DIR",
            description = "A model to register and serve at start, or a folder of models.")
    private Optional<Path> modelDirectory = Optional.empty();

    @Option(
            names = "--model-name",
            paramLabel = "NAME",
            description = "The name of the one model (default: the folder's).")
    private Optional<String> modelName = Optional.empty();

    @Option(
            names = "--isolation",
            paramLabel = "KIND",
            description = "Where models run: worker (default), processes behind walls, or in-process, without any.")
    private Optional<String> isolation = Optional.empty();

    @Option(
            names = "--devices",
            paramLabel = "DEVICES",
            description =
                    "What models run on: auto (default: a GPU in a build for GPUs), or a list: cuda:0,cuda:1,cpu.")
    private Optional<String> devices = Optional.empty();

    @Option(
            names = "--sandbox",
            paramLabel = "KIND",
            description = "Where workers cannot be walled in: required (default) stops, best-effort goes on without.")
    private Optional<String> sandbox = Optional.empty();

    @Option(names = "--insecure", description = "Listen beyond loopback without authentication.")
    private boolean insecure;

    @Option(names = "--exit-when-ready", hidden = true, description = "Stop as soon as the server is ready.")
    private boolean exitWhenReady;

    ServeCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        ServerSettings settings = settings();
        settings.modelDir().ifPresent(Inputs::requireExists);
        Path directory =
                DataDirectory.resolve(settings.data(), session.console().environment());
        try (PublishedServer server = PublishedServer.start(session, directory, settings)) {
            session.print(new Ready(server.url(), server.adminUrl()), List.of("ready " + server.url()));
            if (!exitWhenReady) {
                server.awaitSignal();
            }
            return server.drain();
        }
    }

    private ServerSettings settings() {
        Map<String, String> environment = session.console().environment();
        return ServerSettings.read(
                config.or(() -> ServerSettings.file(environment)),
                environment,
                typed(),
                Runtime.getRuntime().availableProcessors());
    }

    /// Key of a setting -> what stands on the command line.
    private Map<String, String> typed() {
        Map<String, String> typed = new LinkedHashMap<>();
        data.ifPresent(value -> typed.put("data", value.toString()));
        host.ifPresent(value -> typed.put("host", value));
        port.ifPresent(value -> typed.put("port", value.toString()));
        adminPort.ifPresent(value -> typed.put("admin-port", value.toString()));
        grpcPort.ifPresent(value -> typed.put("grpc-port", value.toString()));
        modelDirectory.ifPresent(value -> typed.put("model-dir", value.toString()));
        modelName.ifPresent(value -> typed.put("model-name", value));
        isolation.ifPresent(value -> typed.put("isolation", value));
        sandbox.ifPresent(value -> typed.put("sandbox", value));
        devices.ifPresent(value -> typed.put("devices", value));
        if (insecure) {
            typed.put("insecure", "true");
        }
        return typed;
    }

    /// What is printed with `--json`.
    record Ready(URI ready, URI admin) {}
}
