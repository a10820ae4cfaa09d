package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.registry.Sha256;
import dev.firstpass.server.image.NativeFolder;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The libraries that a role's native code is in. A walled worker can read but not unpack them, so that has to be done
/// before; once for all servers of this user and this version.
///
/// Pure functions, of files and of this process' properties.
final class WorkerNatives {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerNatives.class);
    private static final Pattern PACKED = Pattern.compile("(tensorflow|javacpp|opencv|openblas).*\\.jar");
    private static final long LONGEST_MINUTES = 5;
    private static final int STAMP_DIGITS = 16;

    private WorkerNatives() {}

    /// Unpacks what has not been: some seconds the first time, nothing afterwards.
    ///
    /// @param folder where files may be put for the time being
    /// @throws WorkerLostException if that does not work
    static void prepare(WorkerRole role, Path folder) {
        boolean isPacked = switch (role) {
            // A folder of unpacked libraries is named, or it unpacks them to its folder for temporary files.
            case ONNX -> false;
            case TENSORFLOW, DECODER -> true;
        };
        Path stamp = NativeFolder.chosen().resolve(".unpacked-" + role.id() + "-" + version());
        if (!isPacked || Files.exists(stamp)) {
            return;
        }
        LOG.info("unpacking the libraries of {} to {}", role.id(), stamp.getParent());
        try {
            rehearse(role, folder, List.of());
            Files.createDirectories(stamp.resolveSibling("."));
            Files.writeString(stamp, "");
        } catch (IOException e) {
            throw new WorkerLostException("its libraries cannot be unpacked", e);
        }
    }

    /// Has a worker's part played through, without walls.
    ///
    /// @param options for Java
    static void rehearse(WorkerRole role, Path parent, List<String> options) throws IOException {
        try (WorkerFolder folder = WorkerFolder.make(parent)) {
            run(
                    WorkerJava.rehearsal(folder.temp(), options),
                    List.of(role.name(), folder.models().toString()));
        }
    }

    /// Runs a program to its end.
    static void run(List<String> command, List<String> arguments) throws IOException {
        ProcessBuilder builder = WorkerCommand.withEnvironment(
                Stream.concat(command.stream(), arguments.stream()).toList());
        Process process = builder.redirectErrorStream(true).start();
        try {
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(LONGEST_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
                throw new IOException(
                        "a rehearsal failed: " + said.lines().limit(20).collect(Collectors.joining(" / ")));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("a rehearsal was interrupted", e);
        } finally {
            process.destroyForcibly();
        }
    }

    /// Of the libraries, by the names of their jars.
    private static String version() {
        String jars = Stream.of(WorkerJava.classPath().split(File.pathSeparator, -1))
                .flatMap(entry -> Optional.ofNullable(Path.of(entry).getFileName()).stream())
                .map(Path::toString)
                .filter(PACKED.asMatchPredicate())
                .sorted()
                .collect(Collectors.joining("\n"));
        return Sha256.of(jars.getBytes(StandardCharsets.UTF_8)).substring(0, STAMP_DIGITS);
    }
}
