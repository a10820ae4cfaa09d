package dev.firstpass.server.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// Where the registry and everything else that lasts is kept: `--data`, else `FIRSTPASS_DATA`, else
/// `${XDG_DATA_HOME:-~/.local/share}/firstpass`.
final class DataDirectory {
    /// Of the option `--data`; the break keeps the path in one piece.
    static final String DESCRIPTION = "Data directory (default: $FIRSTPASS_DATA,%nelse ~/.local/share/firstpass).";

    private DataDirectory() {}

    /// @param given what the user typed after `--data`
    static Path resolve(Optional<Path> given, Map<String, String> environment) {
        return given.or(() -> variable(environment, "FIRSTPASS_DATA").map(Path::of))
                .orElseGet(() -> shareDirectory(environment).resolve("firstpass"))
                .toAbsolutePath()
                .normalize();
    }

    private static Path shareDirectory(Map<String, String> environment) {
        return variable(environment, "XDG_DATA_HOME")
                .map(Path::of)
                .filter(Path::isAbsolute) // The XDG specification says to ignore relative ones.
                .orElseGet(() -> home(environment).resolve(".local").resolve("share"));
    }

    private static Path home(Map<String, String> environment) {
        return variable(environment, "HOME").map(Path::of).orElseGet(() -> Path.of(System.getProperty("user.home")));
    }

    private static Optional<String> variable(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
    }
}
