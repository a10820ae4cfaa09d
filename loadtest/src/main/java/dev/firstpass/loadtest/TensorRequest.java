package dev.firstpass.loadtest;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/// One row of seeded noise for a [DetectorModel], as a whole HTTP request of the Open Inference Protocol's binary extension.
///
/// Without state; any thread.
public final class TensorRequest {
    private TensorRequest() {}

    /// @param name the model's in the registry
    /// @param head header lines of the caller, each with its CRLF, or nothing
    /// @return memory outside the heap, ready to be read from its start
    static ByteBuffer of(String name, DetectorModel model, String head) {
        byte[] pixels = pixels(model);
        String json = json(model);
        String text = """
                POST /v2/models/%s/infer HTTP/1.1\r
                Host: 127.0.0.1\r
                %sInference-Header-Content-Length: %d\r
                Content-Length: %d\r
                \r
                %s""".formatted(name, head, json.length(), json.length() + pixels.length, json);
        byte[] start = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocateDirect(start.length + pixels.length)
                .put(start)
                .put(pixels)
                .flip();
    }

    /// The row, always the same.
    public static byte[] pixels(DetectorModel model) {
        byte[] pixels = new byte[model.rowBytes()];
        new Random(1).nextBytes(pixels);
        return pixels;
    }

    /// What stands before it in the body.
    public static String json(DetectorModel model) {
        return """
                {"inputs":[{"name":"images","shape":[1,3,%d,%d],"datatype":"UINT8","parameters":{"binary_data_size":%d}}],\
                "outputs":[{"name":"output0","parameters":{"binary_data":true}}]}""".formatted(model.side(), model.side(), model.rowBytes());
    }
}
