package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.device.nvidia.GpuName;
import dev.firstpass.server.runtime.linux.SharedMemory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// How a worker process is started: by way of [Trampoline], with this process' own Java and class path, little memory
/// for Java, and of the environment nothing but what libraries need, so that a worker does not have the server's
/// secrets.
///
/// Immutable.
///
/// @param program the main class of the worker
/// @param walled whether it walls itself in; only tests want it otherwise
/// @param root of the file system that a GPU's files are looked for in; another only in tests
record WorkerCommand(WorkerOptions options, String program, boolean walled, Path root) {
    private static final Set<String> INHERITED = Set.of(
            "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "MALLOC_ARENA_MAX", "OMP_NUM_THREADS", "TF_CPP_MIN_LOG_LEVEL");

    WorkerCommand(WorkerOptions options, String program, boolean walled) {
        this(options, program, walled, Path.of("/"));
    }

    WorkerCommand(WorkerOptions options) {
        this(options, WorkerMain.class.getName(), true);
    }

    /// The process that a worker is from its first to its last moment.
    ProcessBuilder process(WorkerRole role, WorkerFolder folder, SharedMemory slab, SharedMemory channel) {
        List<String> command = new ArrayList<>(WorkerJava.trampoline());
        if (walled) {
            WorkerView.rules(folder, WorkerJava.natives(), device(role), new CudaView(root, options.environment()))
                    .forEach(rule -> command.add(Trampoline.argument(rule)));
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
                folder.outside().toString(),
                DeviceArgument.of(device(role).device())));
        return withEnvironment(command, device(role));
    }

    /// Images are decoded on the CPU.
    private WorkerDevice device(WorkerRole role) {
        return switch (role) {
            case ONNX, TENSORFLOW -> options.device();
            case DECODER -> WorkerDevice.cpu();
        };
    }

    /// A process that has of the environment no more than libraries need, and no GPU.
    static ProcessBuilder withEnvironment(List<String> command) {
        return withEnvironment(command, WorkerDevice.cpu());
    }

    private static ProcessBuilder withEnvironment(List<String> command, WorkerDevice device) {
        ProcessBuilder builder = new ProcessBuilder(command);
        Map<String, String> all = Map.copyOf(builder.environment());
        builder.environment().clear();
        builder.environment().putAll(environment(all, device));
        return builder;
    }

    /// What a worker has of an environment.
    ///
    /// CUDA would keep kernels that it had to compile for a GPU, in the user's home. A cache in the worker's own folder would
    /// end with it; one that several workers write to would let one that was taken over hand code to the next. So there
    /// is none, and a GPU that is newer than the engines' kernels compiles them at each start.
    static Map<String, String> environment(Map<String, String> all, WorkerDevice device) {
        Map<String, String> environment = new HashMap<>(all);
        environment.keySet().retainAll(INHERITED);
        environment.put("ORT_DISABLE_TELEMETRY", "1");
        switch (device) {
            // No GPU has this number.
            case WorkerDevice.Cpu _ -> environment.put(GpuName.VARIABLE, "-1");
            case WorkerDevice.Cuda cuda -> {
                environment.put("CUDA_DEVICE_ORDER", "PCI_BUS_ID");
                environment.put(GpuName.VARIABLE, cuda.visible().text());
                environment.put("CUDA_CACHE_DISABLE", "1");
            }
        }
        return environment;
    }
}
