package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.geometry.ImageSize;

/// Reads Label Studio's brush stream, literal blocks included: the way back, written from the format's description
/// and not from the encoder.
final class BrushRleDecoder {
    private final int[] bytes;
    private int bit;

    private BrushRleDecoder(int[] bytes) {
        this.bytes = bytes;
    }

    /// The alpha channel, row by row.
    static int[] alpha(int[] bytes, ImageSize size) {
        int[] samples = new BrushRleDecoder(bytes).samples();
        if (samples.length != 4 * size.pixels()) {
            throw new AssertionError("samples: " + samples.length + " (expected: " + 4 * size.pixels() + ")");
        }
        int[] alpha = new int[samples.length / 4];
        for (int i = 0; i < alpha.length; i++) {
            alpha[i] = samples[4 * i + 3];
        }
        return alpha;
    }

    private int[] samples() {
        int[] samples = new int[read(32)];
        int sampleBits = read(5) + 1;
        int[] lengthBits = {read(4) + 1, read(4) + 1, read(4) + 1, read(4) + 1};
        int at = 0;
        while (at < samples.length) {
            boolean repeated = read(1) == 1;
            int length = read(lengthBits[read(2)]) + 1;
            int sample = repeated ? read(sampleBits) : 0;
            for (int i = 0; i < length; i++) {
                samples[at++] = repeated ? sample : read(sampleBits);
            }
        }
        return samples;
    }

    private int read(int count) {
        int value = 0;
        for (int i = 0; i < count; i++, bit++) {
            value = value << 1 | ((bytes[bit >> 3] >> (7 - (bit & 7))) & 1);
        }
        return value;
    }
}
