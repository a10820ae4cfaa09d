package dev.firstpass.server.runtime.device;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.tensor.ElementType;
import java.util.Base64;
import java.util.List;

/// A PNG of a red pixel beside a blue one, to find out whether decoding works at all.
///
/// Pure functions.
public final class TinyImage {
    public static final ImageSize SIZE = new ImageSize(2, 1);

    /// A row of it: three bands of two bytes.
    public static final InputSpec ROW = new InputSpec(
            "pixels",
            new SizeRule.Fixed(SIZE),
            InputSpec.Resize.STRETCH,
            InputSpec.Sampling.HALF_PIXEL,
            0,
            InputSpec.ColorOrder.RGB,
            InputSpec.Layout.NCHW,
            ElementType.UINT8,
            1,
            List.of(0.0, 0.0, 0.0),
            List.of(1.0, 1.0, 1.0));

    /// Bytes of that row, and what they have to be.
    public static final List<Byte> PIXELS = List.of((byte) 255, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 255);

    private TinyImage() {}

    public static byte[] png() {
        return Base64.getDecoder()
                .decode(
                        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAADUlEQVR4nGP4zwAE/wEHAAH/4iOeWQAAAABJRU5ErkJggg==");
    }
}
