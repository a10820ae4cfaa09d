package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.engines.Engines;
import dev.firstpass.server.runtime.linux.ParentProcess;
import dev.firstpass.server.runtime.linux.SharedMemory;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/// The worker process. It takes orders on stdin, answers on the pipe that stdout was, and ends with the thread that
/// started it or when stdin does.
///
/// For one thread.
public final class WorkerMain {
    private static final int PARENT_IS_GONE = 3;

    private WorkerMain() {}

    /// @param arguments pid of the server; path and size of the slab; path and size of the channel; threads of a run;
    ///     role
    public static void main(String[] arguments) throws IOException {
        work(arguments, (kind, threads) -> Engines.load(kind, System.getenv(), threads));
    }

    /// As `main`, with other engines.
    static void work(String[] arguments, Worker.EngineSource engines) throws IOException {
        if (!ParentProcess.dieWith(Long.parseLong(arguments[0]))) {
            Runtime.getRuntime().halt(PARENT_IS_GONE);
        }
        try (OutputStream answers = new FileOutputStream("/proc/self/fd/1");
                SharedMemory slab = SharedMemory.open(arguments[1], Long.parseLong(arguments[2]));
                SharedMemory channel = SharedMemory.open(arguments[3], Long.parseLong(arguments[4]))) {
            ParentProcess.sendStdoutToStderr();
            new Worker(slab, channel, new Frames(System.in, answers), engines)
                    .serve(WorkerRole.valueOf(arguments[6]), Integer.parseInt(arguments[5]));
            // Sessions are let go as they are: the process that held them ends.
            System.exit(0);
        }
    }
}
