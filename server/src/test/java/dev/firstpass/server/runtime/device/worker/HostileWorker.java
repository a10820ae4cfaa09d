package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.engine.tensorflow.TensorFlowEngine;
import java.io.IOException;
import java.util.List;

/// A worker without the lists of what models may do: one engine that trespasses, and a TensorFlow that opens anything.
final class HostileWorker {
    private HostileWorker() {}

    public static void main(String[] arguments) throws IOException {
        WorkerMain.run(arguments, (role, threads) -> switch (role) {
            case ONNX -> List.of(new TrespassingEngine());
            case TENSORFLOW -> List.of(TensorFlowEngine.withoutOperationList(threads));
            case DECODER -> List.of();
        });
    }
}
