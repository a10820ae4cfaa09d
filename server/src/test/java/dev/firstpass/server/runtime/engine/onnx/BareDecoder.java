package dev.firstpass.server.runtime.engine.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;

/// Segment Anything's decoder in ONNX Runtime and nothing around it, for what else a click takes to be held against.
///
/// For one thread. Who opens it closes it.
public final class BareDecoder implements AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final OnnxTensor embeddings;

    /// @param threads of a run
    public BareDecoder(Path file, int threads) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            session = environment.createSession(file.toString(), options);
        }
        Random random = new Random(5);
        float[] values = new float[256 * 64 * 64];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() / 10;
        }
        embeddings = tensor(values, 1, 256, 64, 64);
    }

    /// One click in an asset of that size, within 1024 pixels.
    ///
    /// @return nanoseconds that the run took
    public long click(float x, float y, int width, int height) throws OrtException {
        try (OnnxTensor coordinates = tensor(new float[] {x, y, 0, 0}, 1, 2, 2);
                OnnxTensor labels = tensor(new float[] {1, -1}, 1, 2);
                OnnxTensor mask = tensor(new float[256 * 256], 1, 1, 256, 256);
                OnnxTensor hasMask = tensor(new float[1], 1);
                OnnxTensor size = tensor(new float[] {height, width}, 2)) {
            Map<String, OnnxTensor> inputs = Map.of(
                    "image_embeddings", embeddings,
                    "point_coords", coordinates,
                    "point_labels", labels,
                    "mask_input", mask,
                    "has_mask_input", hasMask,
                    "orig_im_size", size);
            long start = System.nanoTime();
            try (OrtSession.Result _ = session.run(inputs)) {
                return System.nanoTime() - start;
            }
        }
    }

    private OnnxTensor tensor(float[] values, long... shape) throws OrtException {
        return OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), shape);
    }

    @Override
    public void close() throws OrtException {
        embeddings.close();
        session.close();
    }
}
