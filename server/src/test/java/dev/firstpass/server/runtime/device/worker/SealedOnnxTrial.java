package dev.firstpass.server.runtime.device.worker;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A process that opens ONNX models by name, then from their bytes, then forbids itself to open any file and does it
/// from their bytes again: whether ONNX Runtime needs a file to open a model, and what each way costs. See
/// `docs/adr/0011-engines-open-files.md`.
///
/// For one thread. Needs `ORT_DISABLE_TELEMETRY=1` in its environment.
final class SealedOnnxTrial {
    /// Printed at the end; what goes wrong ends the process before.
    static final String DONE = "all were opened and run with no file";

    private static final int ROUNDS = 15;

    /// For axes that the model leaves open, but the first.
    private static final long USUAL_SIDE = 320;

    private final OrtEnvironment environment =
            OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "trial");

    private SealedOnnxTrial() {}

    /// @param files ONNX models in one file each
    public static void main(String[] files) throws IOException, OrtException {
        new SealedOnnxTrial().run(List.of(files));
    }

    private void run(List<String> files) throws IOException, OrtException {
        Map<String, ByteBuffer> models = new HashMap<>();
        for (String file : files) {
            try (FileChannel channel = FileChannel.open(Path.of(file))) {
                models.put(file, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
            }
        }
        List<Double> byName = new ArrayList<>();
        List<Double> fromBytes = new ArrayList<>();
        for (String file : files) {
            byName.add(millis(options -> environment.createSession(file, options)));
            fromBytes.add(millis(options -> environment.createSession(models.get(file), options)));
        }
        Seal.close();
        for (int i = 0; i < files.size(); i++) {
            ByteBuffer model = models.get(files.get(i));
            double sealed = millis(options -> environment.createSession(model, options));
            System.out.printf(
                    Locale.ROOT,
                    "%s: by name %.1f ms; from bytes %.2f of that; sealed %.2f%n",
                    Path.of(files.get(i)).getFileName(),
                    byName.get(i),
                    fromBytes.get(i) / byName.get(i),
                    sealed / byName.get(i));
        }
        System.out.println(DONE);
        System.exit(0);
    }

    /// Of opening alone, the median.
    private double millis(Opening opening) throws OrtException {
        List<Long> times = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
                options.setIntraOpNumThreads(2);
                long start = System.nanoTime();
                try (OrtSession session = opening.with(options)) {
                    times.add(System.nanoTime() - start);
                    runOnce(session);
                }
            }
        }
        times.sort(Long::compare);
        return times.get(ROUNDS / 2) / 1e6;
    }

    private void runOnce(OrtSession session) throws OrtException {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        try {
            for (var input : session.getInputInfo().entrySet()) {
                inputs.put(input.getKey(), zeros((TensorInfo) input.getValue().getInfo()));
            }
            session.run(inputs).close();
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    private OnnxTensor zeros(TensorInfo info) throws OrtException {
        long[] shape = info.getShape().clone();
        long count = 1;
        for (int axis = 0; axis < shape.length; axis++) {
            if (shape[axis] < 0) {
                shape[axis] = axis == 0 ? 1 : USUAL_SIDE;
            }
            count *= shape[axis];
        }
        ByteBuffer zeros = ByteBuffer.allocateDirect(Math.toIntExact(count * info.type.size));
        return OnnxTensor.createTensor(environment, zeros, shape, info.type);
    }

    @FunctionalInterface
    private interface Opening {
        OrtSession with(OrtSession.SessionOptions options) throws OrtException;
    }
}
