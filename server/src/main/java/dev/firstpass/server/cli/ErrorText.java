package dev.firstpass.server.cli;

import dev.firstpass.registry.RegistryException;
import dev.firstpass.server.config.SettingsException;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.listen.ListenerException;
import dev.firstpass.server.runtime.engine.EngineException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;

/// Turns what a command threw into one line for a person and an exit code for a script.
final class ErrorText {
    private ErrorText() {}

    static String of(Throwable error) {
        return switch (error) {
            case CliException e -> String.valueOf(e.getMessage());
            case SettingsException e -> String.valueOf(e.getMessage());
            case FailureException e -> of(e.failure());
            case RegistryException e -> String.valueOf(e.getMessage());
            case ListenerException e -> String.valueOf(e.getMessage());
            case EngineException e -> String.valueOf(e.getMessage());
            case UncheckedIOException e -> of(Objects.requireNonNull(e.getCause()));
            case NoSuchFileException e -> "no such file: " + e.getFile();
            case AccessDeniedException e -> "permission denied: " + e.getFile();
            case FileAlreadyExistsException e -> "exists already: " + e.getFile();
            case FileSystemException e ->
                e.getFile() + ": " + Objects.requireNonNullElse(e.getReason(), "cannot be used");
            case IOException e ->
                Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
            default -> "internal error: " + error + " (--debug shows where)";
        };
    }

    private static String of(Failure failure) {
        return failure.reason() + ": " + failure.detail()
                + failure.field().map(field -> " [" + field + "]").orElse("") + ". "
                + mend(failure.reason());
    }

    /// What the caller can do, at a terminal.
    private static String mend(Reason reason) {
        return switch (reason) {
            case MODEL_NOT_FOUND, VERSION_NOT_FOUND -> "'firstpass models list' lists models, versions and aliases.";
            case TOKEN_NOT_FOUND -> "'firstpass token list' lists the tokens.";
            case FORMAT_UNKNOWN -> "'firstpass formats' lists the formats.";
            case ROUTE_NOT_FOUND ->
                "Pre-labels are made by the data listener (port 8080), models are kept by the management listener"
                        + " (port 8081).";
            default -> reason.mend();
        };
    }

    static int exitCode(Throwable error) {
        return switch (error) {
            case CliException e -> e.exitCode();
            case SettingsException _ -> ExitCode.USAGE;
            case RegistryException.ArgumentInvalid _ -> ExitCode.USAGE;
            case FailureException e ->
                switch (e.failure().reason()) {
                    case ARGUMENT_INVALID, FORMAT_UNKNOWN -> ExitCode.USAGE;
                    default -> ExitCode.FAILED;
                };
            default -> ExitCode.FAILED;
        };
    }
}
