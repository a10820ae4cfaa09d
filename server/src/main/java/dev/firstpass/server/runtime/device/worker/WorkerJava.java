package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.image.NativeFolder;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/// The Java virtual machines of a worker process: a small one that walls it in, and the one that works. Each starts from
/// a cache of loaded classes where there is one.
///
/// Pure functions, of this process' properties.
final class WorkerJava {
    /// Property that names the folder of the caches.
    static final String CACHES = "firstpass.worker.caches";

    static final String TRAMPOLINE_CACHE = "trampoline.aot";

    /// Properties that say where native libraries lie.
    private static final String ONNX_RUNTIME = "onnxruntime.native.path";
    private static final String UNPACKED = "org.bytedeco.javacpp.cachedir";
    private static final List<String> PROPERTIES = List.of(
            ONNX_RUNTIME,
            UNPACKED,
            "org.bytedeco.javacpp.maxbytes",
            "org.bytedeco.javacpp.maxphysicalbytes",
            "org.bytedeco.javacpp.platform.extension");

    private static final List<String> TRAMPOLINE_OPTIONS = List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-Xmx16m",
            // It runs for some milliseconds.
            "-Xint",
            "-XX:-UsePerfData",
            "-XX:-UseContainerSupport",
            "-XX:-CreateCoredumpOnCrash",
            "-Xlog:disable",
            "-Xlog:all=error:stderr");

    private static final List<String> WORKER_OPTIONS = List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC",
            "-Xms16m",
            // TensorFlow's Java reads a graph, constants included, as one message.
            "-Xmx1g",
            "-Xss512k",
            "-XX:-UsePerfData",
            // Control groups are read from files that a worker does not see.
            "-XX:-UseContainerSupport",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:+ErrorFileToStderr",
            "-XX:-CreateCoredumpOnCrash",
            "-Xlog:disable",
            "-Xlog:all=error:stderr",
            "-Djava.awt.headless=true");

    private WorkerJava() {}

    /// The command of the first one, to which its arguments are added.
    static List<String> trampoline() {
        return trampoline(from(TRAMPOLINE_CACHE), Trampoline.class);
    }

    /// @param options more of them for Java
    static List<String> trampoline(List<String> options, Class<?> program) {
        List<String> command = java(TRAMPOLINE_OPTIONS);
        command.addAll(options);
        command.addAll(List.of("-cp", ownClasses(), program.getName()));
        return command;
    }

    /// The command of the second one, to which its arguments are added.
    ///
    /// @param temp its folder for temporary files
    /// @param program its main class
    static List<String> worker(WorkerRole role, Path temp, String program) {
        List<String> options = new ArrayList<>(from(cacheOf(role)));
        options.addAll(compiler(role));
        return worker(temp, options, program);
    }

    /// Where native code does the work, the better compiler would only make the start dearer. Rows are written by Java,
    /// and take twice as long without it.
    private static List<String> compiler(WorkerRole role) {
        return switch (role) {
            case ONNX, TENSORFLOW -> List.of("-XX:TieredStopAtLevel=1");
            case DECODER -> List.of();
        };
    }

    /// The same for [WorkerRehearsal].
    ///
    /// @param options more of them for Java
    static List<String> rehearsal(Path temp, List<String> options) {
        return worker(temp, options, WorkerRehearsal.class.getName());
    }

    private static List<String> worker(Path temp, List<String> options, String program) {
        List<String> command = java(WORKER_OPTIONS);
        command.addAll(options);
        // As many as this process was given, which may be fewer than the machine has.
        command.add("-XX:ActiveProcessorCount=" + Runtime.getRuntime().availableProcessors());
        command.add("-Djava.io.tmpdir=" + temp);
        var _ = NativeFolder.chosen();
        for (String property : PROPERTIES) {
            String value = System.getProperty(property);
            if (value != null) {
                command.add("-D" + property + "=" + value);
            }
        }
        command.addAll(List.of("-cp", classPath(), program));
        return command;
    }

    static String cacheOf(WorkerRole role) {
        return role.id() + ".aot";
    }

    private static List<String> java(List<String> options) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        return command;
    }

    /// The option to start from a cache; none where it is not there.
    private static List<String> from(String cache) {
        return property(CACHES).map(folder -> folder.resolve(cache)).filter(Files::isRegularFile).stream()
                .map(file -> "-XX:AOTCache=" + file)
                .toList();
    }

    /// What a worker has to be able to read apart from Java and the class path.
    static List<Path> natives() {
        return Stream.concat(
                        Stream.of(NativeFolder.chosen()),
                        Stream.of(ONNX_RUNTIME, CACHES).flatMap(name -> property(name).stream()))
                .toList();
    }

    private static Optional<Path> property(String name) {
        return Optional.ofNullable(System.getProperty(name)).map(Path::of);
    }

    static String classPath() {
        return System.getProperty("java.class.path");
    }

    /// The part of the class path that this class is in, which is all that the first one needs.
    private static String ownClasses() {
        try {
            return Path.of(Objects.requireNonNull(WorkerJava.class
                                    .getProtectionDomain()
                                    .getCodeSource()
                                    .getLocation())
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
