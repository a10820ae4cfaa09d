package dev.firstpass.server.cli;

import dev.firstpass.registry.store.RegistrySettings;
import dev.firstpass.server.config.ServerSettings;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/// The options that say where a command's work is done, and the decision: `--server`, else the running server that
/// owns the data directory, else this process.
///
/// For one thread. picocli fills it.
final class Target {
    @Option(names = "--data", paramLabel = "DIR", description = DataDirectory.DESCRIPTION)
    private Optional<Path> data = Optional.empty();

    @Option(
            names = "--server",
            paramLabel = "URL",
            description = "Talk to this server: to its data listener (port 8080) for pre-labels, to its management"
                    + " listener (port 8081) for models and predictions. Default: the running server that owns the data directory, else"
                    + " work in this process.")
    private Optional<URI> server = Optional.empty();

    RegistryAccess registry(Session session) {
        Optional<Endpoint> at = named(session).or(() -> running(session).map(ServerFile::management));
        return at.<RegistryAccess>map(RemoteRegistry::new)
                .orElseGet(() -> session.parts().openRegistry(directory(session), settings(session)));
    }

    PrelabelAccess prelabels(Session session) {
        Optional<Endpoint> at = named(session).or(() -> running(session).map(ServerFile::data));
        return at.<PrelabelAccess>map(RemotePrelabels::new)
                .orElseGet(
                        () -> session.parts().openPrelabels(directory(session), settings(session), session.progress()));
    }

    PredictionAccess predictions(Session session) {
        Optional<Endpoint> at = named(session).or(() -> running(session).map(ServerFile::management));
        return at.<PredictionAccess>map(RemotePredictions::new)
                .orElseGet(() -> session.parts().openPredictions(directory(session)));
    }

    private Optional<Endpoint> named(Session session) {
        return server.map(url -> Endpoint.of(url, session.console().environment()));
    }

    Path directory(Session session) {
        return DataDirectory.resolve(data, session.console().environment());
    }

    /// As a server that is started with this environment has it.
    private static RegistrySettings settings(Session session) {
        return ServerSettings.fromEnvironment(session.console().environment()).registry();
    }

    private Optional<ServerFile> running(Session session) {
        Optional<ServerFile> named = ServerFile.findAlive(directory(session));
        Optional<ServerFile> running = named.filter(ServerFile::isAnswering);
        if (running.isEmpty()) {
            named.ifPresent(server -> session.say(server + " is said to have this data directory, and does not answer"
                    + server.certificate()
                            .map(file -> ", or shows another certificate than that in " + file)
                            .orElse("")));
        }
        return running;
    }
}
