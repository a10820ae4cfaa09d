package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.runtime.device.Slab;
import java.util.concurrent.CountDownLatch;

/// A process that starts a worker, says which, and waits to be killed.
final class ServerWithWorker {
    private ServerWithWorker() {}

    public static void main(String[] arguments) throws InterruptedException {
        try (Slab slab = new Slab(1 << 20, 1 << 20);
                WorkerDeviceHost host = WorkerDeviceHost.begin(
                        "cpu", ImageLimits.DEFAULT, slab, 2, TestWorkers.options(), _ -> () -> {}, System::nanoTime)) {
            host.warmUp();
            System.out.println(host.workerPid(EngineKind.ONNX).orElseThrow());
            new CountDownLatch(1).await();
        }
    }
}
