package dev.firstpass.server.runtime.engine;

import java.util.Base64;

/// Models that negate two floats, `x` to `y`: what a library says of itself is no proof that it works.
///
/// Pure functions.
public final class TinyModelFiles {
    /// ir_version 8, opset 13, 66 bytes, written by hand.
    private static final String ONNX =
            "CAhCAhANOjoKCwoBeBIBeSIDTmVnEgFnWhMKAXgSDgoMCAESCAoCCAEKAggCYhMKAXkSDgoMCAESCAoCCAEKAggC";

    /// One operation, 138 bytes.
    private static final String SAVED_MODEL =
            "CAEShQEKByIFc2VydmUSNQodCgF4EgtQbGFjZWhvbGRlcioLCgVkdHlwZRICMAEKFAoBeRIDTmVnGgF4KgcKAVQSAjABKkMKD3Nl"
                    + "cnZpbmdfZGVmYXVsdBIwChYKAXgSEQoDeDowEAEaCBICCAESAggCEhYKAXkSEQoDeTowEAEaCBICCAESAggC";

    private TinyModelFiles() {}

    /// An ONNX file, [1,2] -> [1,2].
    public static byte[] negateOnnx() {
        return Base64.getDecoder().decode(ONNX);
    }

    /// A `saved_model.pb` that does the same.
    public static byte[] negateSavedModel() {
        return Base64.getDecoder().decode(SAVED_MODEL);
    }
}
