package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.linux.SharedMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// How a worker process is started: by way of [Trampoline], with this process' own Java and class path, little memory
/// for Java, and of the environment nothing but what libraries need, so that a worker does not have the server's
/// secrets.
///
/// Immutable.
///
/// @param program the main class of the worker
/// @param walled whether it walls itself in; only tests want it otherwise
record WorkerCommand(WorkerOptions options, String program, boolean walled) {
    private static final Set<String> INHERITED = Set.of(
            "LANG",
            "LC_ALL",
            "TZ",
            "LD_LIBRARY_PATH",
            "MALLOC_ARENA_MAX",
            "OMP_NUM_THREADS",
            "TF_CPP_MIN_LOG_LEVEL",
            "CUDA_VISIBLE_DEVICES");

    WorkerCommand(WorkerOptions options) {
        this(options, WorkerMain.class.getName(), true);
    }

    /// The process that a worker is from its first to its last moment.
    ProcessBuilder process(WorkerRole role, WorkerFolder folder, SharedMemory slab, SharedMemory channel) {
        List<String> command = new ArrayList<>(WorkerJava.trampoline());
        if (walled) {
            WorkerView.rules(folder, WorkerJava.natives()).forEach(rule -> command.add(Trampoline.argument(rule)));
        }
        command.add(Trampoline.END);
        command.addAll(WorkerJava.worker(role, folder.temp(), program));
        command.add(Trampoline.END);
        command.addAll(List.of(
                Long.toString(ProcessHandle.current().pid()),
                slab.path(),
                Long.toString(slab.segment().byteSize()),
                channel.path(),
                Long.toString(channel.segment().byteSize()),
                Integer.toString(options.engineThreads()),
                role.name(),
                folder.outside().toString()));
        return withEnvironment(command);
    }

    /// A process that has of the environment no more than libraries need.
    static ProcessBuilder withEnvironment(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().retainAll(INHERITED);
        builder.environment().put("ORT_DISABLE_TELEMETRY", "1");
        return builder;
    }
}
