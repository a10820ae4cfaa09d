package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.fault.FaultEngine;
import java.io.IOException;
import java.util.List;

/// A worker whose engine is a [FaultEngine].
final class FaultWorkerMain {
    private FaultWorkerMain() {}

    public static void main(String[] arguments) throws IOException {
        WorkerMain.run(arguments, (role, _) -> switch (role) {
            case ONNX -> List.of(new FaultEngine(EngineKind.ONNX));
            case TENSORFLOW -> List.of(new FaultEngine(EngineKind.TENSORFLOW));
            case DECODER -> List.of();
        });
    }
}
