package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.registry.EngineKind;
import java.util.Locale;

/// What a worker process is for. Each loads the native code of its role and no other's, so that a flaw in one reaches
/// the memory of no other, and so that two engines never share one accelerator's process.
enum WorkerRole {
    ONNX,
    TENSORFLOW,
    /// Images to rows.
    DECODER;

    static WorkerRole of(EngineKind engine) {
        return switch (engine) {
            case ONNX -> ONNX;
            case TENSORFLOW -> TENSORFLOW;
        };
    }

    /// The name in thread names, metrics and logs.
    String id() {
        return name().toLowerCase(Locale.ROOT);
    }
}
