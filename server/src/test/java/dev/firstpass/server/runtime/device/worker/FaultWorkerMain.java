package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.fault.FaultEngine;
import java.io.IOException;

/// A worker whose engine is a [FaultEngine].
final class FaultWorkerMain {
    private FaultWorkerMain() {}

    public static void main(String[] arguments) throws IOException {
        WorkerMain.work(arguments, (kind, _) -> new FaultEngine(kind));
    }
}
