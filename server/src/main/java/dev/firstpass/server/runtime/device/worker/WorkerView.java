package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.linux.Landlock.Access;
import dev.firstpass.server.runtime.linux.Landlock.Rule;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The files that a worker may reach: Java, the system's libraries, the program itself, and its own folder.
///
/// Pure functions, of this process' properties.
final class WorkerView {
    /// Without the random devices ONNX Runtime and TensorFlow end or wait for seconds. The others tell how many
    /// processors and how much memory there are.
    private static final List<String> SYSTEM = List.of(
            "/etc/ld.so.cache",
            "/dev/urandom",
            "/dev/random",
            "/dev/zero",
            "/proc/cpuinfo",
            "/proc/meminfo",
            "/proc/stat",
            "/sys/devices/system");

    /// Configuration that distributions keep elsewhere and link to.
    private static final List<String> JAVA_CONFIGURATION =
            List.of("conf/security/java.security", "conf/logging.properties", "lib/security/default.policy");

    private static final Pattern LIBRARY = Pattern.compile("(/.*)/[^/]+\\.so(\\.[0-9.]+)?");

    private WorkerView() {}

    /// @param natives files and folders that libraries have been unpacked to
    /// @param device that the worker runs models on
    /// @param cuda what it needs for a GPU
    static List<Rule> rules(WorkerFolder folder, List<Path> natives, WorkerDevice device, CudaView cuda) {
        List<Rule> rules = rules(folder, natives);
        switch (device) {
            case WorkerDevice.Cpu _ -> {}
            case WorkerDevice.Cuda gpu -> rules.addAll(cuda.rules(gpu));
        }
        return rules;
    }

    private static List<Rule> rules(WorkerFolder folder, List<Path> natives) {
        List<Rule> rules = new ArrayList<>();
        Path java = Path.of(System.getProperty("java.home"));
        add(rules, Access.EXECUTE, java.toString());
        systemLibraries(java).forEach(library -> add(rules, Access.EXECUTE, library));
        JAVA_CONFIGURATION.forEach(file -> add(rules, Access.READ, real(java.resolve(file))));
        SYSTEM.forEach(file -> add(rules, Access.READ, file));
        add(rules, Access.WRITE, "/dev/null");
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> !entry.isEmpty())
                .forEach(entry ->
                        add(rules, Access.READ, Path.of(entry).toAbsolutePath().toString()));
        natives.forEach(path -> add(rules, Access.READ, path.toAbsolutePath().toString()));
        add(rules, Access.READ, folder.models().toString());
        add(rules, Access.WRITE, folder.temp().toString());
        add(rules, Access.WRITE, folder.scratch().toString());
        return rules;
    }

    private static void add(List<Rule> rules, Access access, String path) {
        rules.add(new Rule(path, access));
    }

    private static String real(Path file) {
        try {
            return file.toRealPath().toString();
        } catch (IOException _) {
            return file.toString();
        }
    }

    /// The folders that this process has its libraries from, Java's and what was unpacked left out.
    private static Set<String> systemLibraries(Path java) {
        Set<String> folders = new LinkedHashSet<>();
        try (Stream<String> mapped = Files.lines(Path.of("/proc/self/maps"))) {
            mapped.map(line -> line.substring(line.indexOf('/') < 0 ? line.length() : line.indexOf('/')))
                    .map(LIBRARY::matcher)
                    .filter(Matcher::matches)
                    .map(library -> library.group(1))
                    .filter(path -> isSystem(path) && !path.startsWith(real(java)))
                    .forEach(folders::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return folders;
    }

    private static boolean isSystem(String path) {
        return Stream.of("/lib", "/usr/lib", "/usr/local/lib", "/nix/store", "/gnu/store")
                .anyMatch(path::startsWith);
    }
}
