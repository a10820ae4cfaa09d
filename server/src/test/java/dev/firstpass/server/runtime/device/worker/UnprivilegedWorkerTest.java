package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The walls need no rights. Most people run the build without any, and see it in every other test; root sees it here.
@Timeout(60)
final class UnprivilegedWorkerTest {
    private static final List<String> AS_NOBODY =
            List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all");

    @TempDir
    Path folder = Path.of("");

    @Test
    void worker_ofNobody_isWalledInAsWell() throws Exception {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "this user is not root");
        assumeTrue(Files.exists(Path.of("/usr/bin/setpriv")), "setpriv is missing");
        String classes = classPathOfNobody();
        assumeTrue(classes.contains("onnxruntime"), "another user cannot read the class path");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));

        String said = asNobody(Stream.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Djava.io.tmpdir=" + folder,
                        "-Dorg.bytedeco.javacpp.cachedir=" + folder.resolve("unpacked"),
                        "-cp",
                        classes,
                        TrialOfAWorker.class.getName())
                .toList());

        assertTrue(said.contains("walled in: tried and refused: connecting"), said);
    }

    private static String classPathOfNobody() throws Exception {
        List<String> command = new ArrayList<>(
                List.of("sh", "-c", "for file; do [ ! -r \"$file\" ] || printf %s: \"$file\"; done", "sh"));
        command.addAll(List.of(System.getProperty("java.class.path").split(File.pathSeparator, -1)));
        return asNobody(command);
    }

    private static String asNobody(List<String> command) throws Exception {
        Process process = new ProcessBuilder(
                        Stream.concat(AS_NOBODY.stream(), command.stream()).toList())
                .redirectErrorStream(true)
                .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
