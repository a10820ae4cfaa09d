package dev.firstpass.server.runtime.device.worker;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.firstpass.server.runtime.engine.Device;
import java.nio.FloatBuffer;
import java.util.Map;

/// A process that runs an ONNX model by the library alone, with whatever the environment says of telemetry, inside a worker's
/// wall or outside, and then stays until its standard input ends, so that the library can send something. `check_nothing_leaves.py` looks at
/// what comes of it on the network.
///
/// For one thread.
final class TelemetryTrial {
    /// Printed once the model has run.
    private static final String RAN = "ran";

    private TelemetryTrial() {}

    /// @param arguments an ONNX model of one input `x`, FP32 [1]; `walled` or `open`
    public static void main(String[] arguments) throws Exception {
        if (arguments[1].equals("walled")) {
            WorkerFilters.beforeExec(ProcessHandle.current().pid(), Device.cpu())
                    .installOnAllThreads();
        }
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(arguments[0], new OrtSession.SessionOptions());
                OnnxTensor one =
                        OnnxTensor.createTensor(environment, FloatBuffer.wrap(new float[] {1}), new long[] {1})) {
            session.run(Map.of("x", one)).close();
            System.out.println(RAN);
            while (System.in.read() >= 0) {
                // Nothing is asked.
            }
        }
    }
}
