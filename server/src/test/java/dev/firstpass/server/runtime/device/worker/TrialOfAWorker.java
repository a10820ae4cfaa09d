package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.registry.EngineKind;

/// A process that starts a worker, has it answer, and says what is around it.
final class TrialOfAWorker {
    private TrialOfAWorker() {}

    public static void main(String[] arguments) {
        WorkerTrial trial = WorkerTrial.of(EngineKind.ONNX, System.getenv());
        System.out.println(trial.walls().summary());
    }
}
