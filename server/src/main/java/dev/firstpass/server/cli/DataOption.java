package dev.firstpass.server.cli;

import dev.firstpass.registry.Storage;
import dev.firstpass.server.config.ServerSettings;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/// `--data` alone, for commands that work on files.
///
/// For one thread. picocli fills it.
final class DataOption {
    @Option(names = "--data", paramLabel = "DIR", description = DataDirectory.DESCRIPTION)
    private Optional<Path> data = Optional.empty();

    Path directory(Session session) {
        return DataDirectory.resolve(data, session.console().environment());
    }

    /// Where the registry is kept: as a server that is started with this environment has it.
    Storage storage(Session session) {
        return ServerSettings.fromEnvironment(session.console().environment())
                .registry()
                .storage();
    }
}
