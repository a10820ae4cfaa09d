package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.engine.EngineException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A worker that, instead of loading an engine, tells what it was started for and with, and that all of this can be said
/// by the error of an engine. One that was started without a limit for TensorFlow ends without a word.
final class TellingWorkerMain {
    private static final int DEVICE = 8;

    private TellingWorkerMain() {}

    public static void main(String[] arguments) throws IOException {
        WorkerMain.run(arguments, (role, _) -> switch (role) {
            case DECODER -> List.of();
            case ONNX, TENSORFLOW -> {
                if (arguments[DEVICE].endsWith(" 0")) {
                    Runtime.getRuntime().halt(9);
                }
                Map<String, String> environment = new TreeMap<>(System.getenv());
                environment.keySet().removeIf(name -> !name.startsWith("CUDA"));
                throw new EngineException(arguments[DEVICE] + " " + environment);
            }
        });
    }
}
