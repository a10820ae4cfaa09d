package dev.firstpass.server.runtime.device.worker;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// How a worker process is started: this process' own Java and class path, little memory for Java, and of the
/// environment nothing but what libraries need, so that a worker does not have the server's secrets.
///
/// Immutable.
///
/// @param engineThreads that one model run may use
/// @param environment of this process
/// @param main class that the worker begins with
record WorkerCommand(int engineThreads, Map<String, String> environment, String main) {
    private static final Set<String> INHERITED = Set.of(
            "LANG",
            "LC_ALL",
            "TZ",
            "LD_LIBRARY_PATH",
            "MALLOC_ARENA_MAX",
            "OMP_NUM_THREADS",
            "TF_CPP_MIN_LOG_LEVEL",
            "CUDA_VISIBLE_DEVICES");

    /// Properties that say where native libraries lie.
    private static final List<String> PROPERTIES = List.of(
            "onnxruntime.native.path",
            "org.bytedeco.javacpp.cachedir",
            "org.bytedeco.javacpp.maxbytes",
            "org.bytedeco.javacpp.maxphysicalbytes");

    private static final List<String> OPTIONS = List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC",
            "-Xms16m",
            // TensorFlow's Java reads a graph, constants included, as one message.
            "-Xmx1g",
            "-Xss512k",
            // Its Java does little; native code does the work.
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:+ErrorFileToStderr",
            "-XX:-CreateCoredumpOnCrash",
            "-Djava.awt.headless=true");

    WorkerCommand(int engineThreads, Map<String, String> environment) {
        this(engineThreads, environment, WorkerMain.class.getName());
    }

    /// @param temp its folder for temporary files
    ProcessBuilder process(Path temp, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(OPTIONS);
        command.add("-Djava.io.tmpdir=" + temp);
        for (String property : PROPERTIES) {
            String value = System.getProperty(property);
            if (value != null) {
                command.add("-D" + property + "=" + value);
            }
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().retainAll(INHERITED);
        builder.environment().put("ORT_DISABLE_TELEMETRY", "1");
        return builder;
    }
}
