package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.fault.FlawedEngine;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// A worker whose engines are the real ones with a flaw, which models meet that are quite sure of what they find.
public final class FlawedWorkerMain {
    /// Models that give this score or more meet the flaw.
    public static final float SURE = 0.9f;

    private FlawedWorkerMain() {}

    public static void main(String[] arguments) throws IOException {
        WorkerMain.run(
                arguments,
                (role, threads) -> WorkerMain.engines(role, threads).stream()
                        .map(engine -> (Engine) new FlawedEngine(engine, FlawedWorkerMain::isSure))
                        .toList());
    }

    private static boolean isSure(List<BatchTensor> outputs) {
        return outputs.stream()
                .filter(output -> output.name().equals("scores"))
                .anyMatch(output -> output.data().get(ValueLayout.JAVA_FLOAT, 0) >= SURE);
    }
}
