package dev.firstpass.server.cli;

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
}
