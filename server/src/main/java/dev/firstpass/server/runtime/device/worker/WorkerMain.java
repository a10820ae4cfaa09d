package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.image.NativeFolder;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engines.Engines;
import dev.firstpass.server.runtime.linux.DescriptorOutput;
import dev.firstpass.server.runtime.linux.KernelException;
import dev.firstpass.server.runtime.linux.ParentProcess;
import dev.firstpass.server.runtime.linux.SharedMemory;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// The worker process. It takes orders on stdin, answers on the pipe that stdout was, and ends with the thread that
/// started it or when stdin does.
///
/// For one thread.
public final class WorkerMain {
    /// Which of the arguments says what models run on.
    static final int DEVICE = 8;

    private static final int PARENT_IS_GONE = 3;

    private WorkerMain() {}

    /// @param arguments pid of the server; descriptor and size of the slab; descriptor and size of the channel; threads of
    ///     a run; role; what it must not be able to read; what models run on; what [Trampoline] could not do
    public static void main(String[] arguments) throws IOException {
        Device device = DeviceArgument.device(arguments[DEVICE]);
        run(arguments, (role, threads) -> engines(role, threads, device));
    }

    static List<Engine> engines(WorkerRole role, int threads) {
        return engines(role, threads, Device.cpu());
    }

    private static List<Engine> engines(WorkerRole role, int threads, Device device) {
        return switch (role) {
            case ONNX -> List.of(Engines.loadOnnx(System.getenv(), threads, device, starter()));
            case TENSORFLOW -> {
                NativeFolder.adopt();
                yield List.of(Engines.load(EngineKind.TENSORFLOW, System.getenv(), threads, device));
            }
            case DECODER -> List.of();
        };
    }

    /// A thread that never becomes less important, and so do none of those that it starts.
    private static Executor starter() {
        ThreadPoolExecutor starter = new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().name("starter").daemon().factory());
        // Else the first who needs it would start it, and hand his priority down.
        var _ = starter.prestartCoreThread();
        return starter;
    }

    /// A worker with engines of one's own, for tests.
    ///
    /// @param arguments as `main` has them
    static void run(String[] arguments, Worker.Loader loader) throws IOException {
        if (!ParentProcess.dieWith(Long.parseLong(arguments[0]))) {
            Runtime.getRuntime().halt(PARENT_IS_GONE);
        }
        WallState walls = wallIn(Path.of(arguments[7]), arguments[9]);
        try (OutputStream answers = DescriptorOutput.ofStdout();
                SharedMemory slab = SharedMemory.of(Integer.parseInt(arguments[1]), Long.parseLong(arguments[2]));
                SharedMemory channel = SharedMemory.of(Integer.parseInt(arguments[3]), Long.parseLong(arguments[4]))) {
            ParentProcess.sendStdoutToStderr();
            new Worker(slab, channel, new Frames(System.in, answers), walls, loader)
                    .serve(WorkerRole.valueOf(arguments[6]), Integer.parseInt(arguments[5]));
            // Sessions are let go as they are: the process that held them ends.
            System.exit(0);
        }
    }

    /// The rest of the walls, and the proof, before anything native is loaded.
    private static WallState wallIn(Path outside, String missing) {
        List<String> gaps = missing.isEmpty() ? List.of() : List.of(missing);
        if (gaps.isEmpty()) {
            try {
                WorkerFilters.afterExec().installOnAllThreads();
            } catch (KernelException e) {
                gaps = List.of("seccomp on all threads: " + e.getMessage());
            }
        }
        return new WallTrial(outside).run(gaps);
    }
}
