package dev.firstpass.server.cli;

import java.util.Optional;
import java.util.OptionalLong;
import picocli.CommandLine.Option;

/// The option that makes a move of an alias depend on where it is.
///
/// For one thread. picocli fills it.
final class ExpectOption {
    @Option(
            names = "--expect",
            paramLabel = "VERSION",
            description = "Change nothing unless the alias points to this version now.")
    private Optional<Long> expect = Optional.empty();

    OptionalLong version() {
        return expect.map(OptionalLong::of).orElseGet(OptionalLong::empty);
    }
}
