package dev.firstpass.server.cli;

import dev.firstpass.server.cli.DoctorCheck.Finding;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What `doctor` looks at apart from the engines.
///
/// Immutable; each check does its work when it is asked to.
///
/// @param data the data directory, which need not exist yet
record MachineChecks(Path data, int port, int adminPort, Map<String, String> environment) {
    private static final int NEEDED_JDK = 25;
    private static final double GIB = 1L << 30;
    private static final double ENOUGH_GIB = 2;
    private static final double TOO_LITTLE_GIB = 0.25;

    List<DoctorCheck> all() {
        return List.of(
                new DoctorCheck("jdk", MachineChecks::jdk),
                new DoctorCheck("machine", MachineChecks::machine),
                new DoctorCheck("telemetry", this::telemetry),
                new DoctorCheck("data", this::dataDirectory),
                new DoctorCheck("disk", this::disk),
                new DoctorCheck("port " + port, () -> portFree(port, "--port")),
                new DoctorCheck("port " + adminPort, () -> portFree(adminPort, "--admin-port")),
                new DoctorCheck("npm", () -> program("npm")),
                new DoctorCheck("maven", () -> program("mvn")));
    }

    private static Finding jdk() {
        String seen = System.getProperty("java.vm.name") + " " + Runtime.version();
        return Runtime.version().feature() >= NEEDED_JDK
                ? Finding.ok(seen)
                : Finding.fail(seen, "install JDK " + NEEDED_JDK + " and set JAVA_HOME to it");
    }

    private static Finding machine() {
        Runtime runtime = Runtime.getRuntime();
        return Finding.ok(String.format(
                Locale.ROOT,
                "%s %s, %d processors, Java heap up to %.1f GiB",
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                runtime.availableProcessors(),
                runtime.maxMemory() / GIB));
    }

    private Finding telemetry() {
        String value = environment.getOrDefault("ORT_DISABLE_TELEMETRY", "");
        return value.equals("1") || value.equals("true")
                ? Finding.ok("ONNX Runtime's is off")
                : Finding.fail(
                        "ONNX Runtime's is not off, so the engine will not be loaded",
                        "start with ./firstpass, or set ORT_DISABLE_TELEMETRY=1");
    }

    private Finding dataDirectory() {
        Path existing = nearestExisting(data);
        try {
            Files.delete(Files.createTempFile(existing, ".firstpass-doctor", ""));
        } catch (IOException e) {
            return Finding.fail(
                    existing + " cannot be written to", "give another --data, or make it writable for this user");
        }
        return Finding.ok(data + (existing.equals(data) ? "" : " (will be made)"));
    }

    private Finding disk() {
        try {
            FileStore store = Files.getFileStore(nearestExisting(data));
            double free = store.getUsableSpace() / GIB;
            String seen = String.format(Locale.ROOT, "%.1f GiB free for the data directory", free);
            if (free < TOO_LITTLE_GIB) {
                return Finding.fail(seen, "free some space, or give another --data");
            }
            return free < ENOUGH_GIB ? Finding.note(seen, "models take space; free some") : Finding.ok(seen);
        } catch (IOException e) {
            return Finding.note("the free space cannot be read: " + ErrorText.of(e), "look with df");
        }
    }

    private static Path nearestExisting(Path path) {
        Path existing = path;
        while (!Files.exists(existing)) {
            Path parent = existing.getParent();
            if (parent == null) {
                return existing;
            }
            existing = parent;
        }
        return existing;
    }

    private Finding portFree(int wanted, String option) {
        try (ServerSocket _ = new ServerSocket(wanted, 1, InetAddress.getLoopbackAddress())) {
            return Finding.ok("free");
        } catch (IOException e) {
            Optional<ServerFile> own = ServerFile.findAlive(data)
                    .filter(file -> isAt(file.url(), wanted) || isAt(file.adminUrl(), wanted));
            return own.isPresent()
                    ? Finding.ok("in use by the server of this data directory, process "
                            + own.get().pid())
                    : Finding.note("in use by another program", "start with another " + option);
        }
    }

    private static boolean isAt(URI url, int port) {
        return url.getPort() == port;
    }

    private Finding program(String name) {
        return Arrays.stream(environment.getOrDefault("PATH", "").split(File.pathSeparator, -1))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder).resolve(name))
                .filter(Files::isExecutable)
                .findFirst()
                .map(path -> Finding.ok(path.toString()))
                .orElseGet(() ->
                        Finding.note("not found on PATH", "install it for 'firstpass demo'; nothing else needs it"));
    }
}
