package dev.firstpass.server.cli;

import dev.firstpass.server.cli.ServeOptions.Isolation;
import dev.firstpass.server.cli.ServeOptions.Sandbox;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
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
            "  firstpass serve --model-dir exports/weeds --model-name weeds"
        })
final class ServeCommand implements Callable<Integer> {
    private final Session session;

    /// Hidden, like every option that is refused until there is something behind it.
    @Option(names = "--config", hidden = true, paramLabel = "FILE", description = "Server settings in YAML.")
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

    @Option(names = "--model-dir", paramLabel = "DIR", description = "A model to register and serve at start.")
    private Optional<Path> modelDirectory = Optional.empty();

    @Option(names = "--model-name", paramLabel = "NAME", description = "Its name (default: the folder's).")
    private Optional<String> modelName = Optional.empty();

    @Option(
            names = "--isolation",
            hidden = true,
            paramLabel = "KIND",
            converter = IsolationConverter.class,
            description = "Where models run: worker or in-process.")
    private Optional<Isolation> isolation = Optional.empty();

    @Option(
            names = "--sandbox",
            hidden = true,
            paramLabel = "KIND",
            converter = SandboxConverter.class,
            description = "What to do where workers cannot be walled off: required (stop) or best-effort.")
    private Optional<Sandbox> sandbox = Optional.empty();

    @Option(names = "--insecure", description = "Listen beyond loopback without authentication.")
    private boolean insecure;

    @Option(names = "--exit-when-ready", hidden = true, description = "Stop as soon as the server is ready.")
    private boolean exitWhenReady;

    ServeCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path directory = DataDirectory.resolve(data, session.console().environment());
        port.ifPresent(value -> requirePort("--port", value));
        adminPort.ifPresent(value -> requirePort("--admin-port", value));
        grpcPort.ifPresent(value -> requirePort("--grpc-port", value));
        modelDirectory.ifPresent(Inputs::requireExists);
        ServeOptions options = new ServeOptions(
                config,
                directory,
                host,
                port,
                adminPort,
                grpcPort,
                modelDirectory,
                modelName,
                isolation,
                sandbox,
                insecure);
        try (PublishedServer server = PublishedServer.start(session, options)) {
            session.print(new Ready(server.url(), server.adminUrl()), List.of("ready " + server.url()));
            if (!exitWhenReady) {
                server.awaitSignal();
            }
        }
        return ExitCode.OK;
    }

    static void requirePort(String option, int port) {
        if (port < 0 || port > 65535) {
            throw CliException.usage(option + ": " + port + " (expected: 0..65535)");
        }
    }

    /// What is printed with `--json`.
    record Ready(URI ready, URI admin) {}

    static final class IsolationConverter implements picocli.CommandLine.ITypeConverter<Isolation> {
        @Override
        public Isolation convert(String value) {
            return constant(Isolation.class, value);
        }
    }

    static final class SandboxConverter implements picocli.CommandLine.ITypeConverter<Sandbox> {
        @Override
        public Sandbox convert(String value) {
            return constant(Sandbox.class, value);
        }
    }

    private static <E extends Enum<E>> E constant(Class<E> type, String value) {
        for (E constant : type.getEnumConstants()) {
            if (name(constant).equals(value)) {
                return constant;
            }
        }
        List<String> names = java.util.Arrays.stream(type.getEnumConstants())
                .map(ServeCommand::name)
                .toList();
        throw new picocli.CommandLine.TypeConversionException(
                value + " (expected: " + String.join(" or ", names) + ")");
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
