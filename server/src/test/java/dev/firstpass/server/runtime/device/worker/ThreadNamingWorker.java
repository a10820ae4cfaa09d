package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.registry.EngineKind;
import java.io.IOException;
import java.util.List;

/// A worker whose engine is a [ThreadNamingEngine].
final class ThreadNamingWorker {
    private ThreadNamingWorker() {}

    public static void main(String[] arguments) throws IOException {
        WorkerMain.run(arguments, (role, _) -> switch (role) {
            case ONNX -> List.of(new ThreadNamingEngine(EngineKind.ONNX));
            case TENSORFLOW -> List.of(new ThreadNamingEngine(EngineKind.TENSORFLOW));
            case DECODER -> List.of();
        });
    }
}
