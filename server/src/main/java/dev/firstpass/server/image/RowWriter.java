package dev.firstpass.server.image;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.MatVector;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Scalar;

/// Writes a resized image into a model input row: picks the channels, normalises, converts to the row's element
/// type, lays out as planes or interleaved, pads around the image.
///
/// Plane by plane, with the library's vectorised loops: a band of the image becomes a channel in one pass, written
/// where it shall lie. A row of interleaved channels is made of planes as well, and these are merged into it.
///
/// For one thread; one row per object.
final class RowWriter {
    private final InputSpec spec;
    private final ImageSize size;
    private final Placement place;
    private final MemorySegment row;
    private final double gain;
    private final int depth;
    private final boolean real;

    /// @param row native memory, as long as the row
    /// @param gain factor on every pixel before the spec's arithmetic
    RowWriter(InputSpec spec, ImageSize size, Placement place, MemorySegment row, double gain) {
        this.spec = spec;
        this.size = size;
        this.place = place;
        this.row = row;
        this.gain = gain;
        this.depth = depth(spec.dtype());
        this.real = spec.dtype() == ElementType.FLOAT32 || spec.dtype() == ElementType.FLOAT16;
    }

    private static int depth(ElementType type) {
        return switch (type) {
            case FLOAT32 -> opencv_core.CV_32F;
            case FLOAT16 -> opencv_core.CV_16F;
            case UINT8 -> opencv_core.CV_8U;
            case INT32 -> opencv_core.CV_32S;
            case BFLOAT16, FLOAT64, UINT16, UINT32, UINT64, INT8, INT16, INT64, BOOL, STRING ->
                throw new IllegalArgumentException("dtype: " + type + " (expected: FLOAT32, FLOAT16, UINT8 or INT32)");
        };
    }

    /// @param image of the placement's size, 8-bit or float samples on the 0..255 scale
    /// @param bandOf the image's band for each channel
    void write(Mat image, int[] bandOf) {
        try (BytePointer memory = new BytePointer(row.asByteBuffer());
                MatVector bands = new MatVector()) {
            opencv_core.split(image, bands);
            switch (spec.layout()) {
                case NCHW -> {
                    try (Mat planes = new Mat(spec.channels() * size.height(), size.width(), depth, memory)) {
                        fill(planes, bands, bandOf);
                    }
                }
                case NHWC -> {
                    int type = opencv_core.CV_MAKETYPE(depth, spec.channels());
                    try (Mat planes = new Mat(spec.channels() * size.height(), size.width(), depth);
                            Mat interleaved = new Mat(size.height(), size.width(), type, memory)) {
                        fill(planes, bands, bandOf);
                        merge(planes, interleaved);
                    }
                }
            }
        }
    }

    /// @param planes one below the other
    private void fill(Mat planes, MatVector bands, int[] bandOf) {
        for (int channel = 0; channel < spec.channels(); channel++) {
            try (Mat plane = plane(planes, channel);
                    Mat band = bands.get(bandOf[channel])) {
                fill(plane, band, channel);
            }
        }
    }

    /// Normalises the band into its place in the plane, and puts the padding around it.
    private void fill(Mat plane, Mat band, int channel) {
        double scale = real ? spec.scale() / spec.std().get(channel) : 1;
        double offset = real ? -spec.mean().get(channel) / spec.std().get(channel) : 0;
        try (Rect part = new Rect(place.left(), place.top(), place.width(), place.height());
                Mat picture = new Mat(plane, part);
                Scalar padding = Scalar.all(spec.padding() * scale + offset)) {
            band.convertTo(picture, depth, gain * scale, offset);
            opencv_core.copyMakeBorder(
                    picture,
                    plane,
                    place.top(),
                    size.height() - place.top() - place.height(),
                    place.left(),
                    size.width() - place.left() - place.width(),
                    opencv_core.BORDER_CONSTANT | opencv_core.BORDER_ISOLATED,
                    padding);
        }
    }

    private void merge(Mat planes, Mat interleaved) {
        Mat[] single = new Mat[spec.channels()];
        for (int channel = 0; channel < single.length; channel++) {
            single[channel] = plane(planes, channel);
        }
        try (MatVector all = new MatVector(single)) {
            opencv_core.merge(all, interleaved);
        } finally {
            for (Mat plane : single) {
                plane.close();
            }
        }
    }

    private Mat plane(Mat planes, int channel) {
        return planes.rowRange(channel * size.height(), (channel + 1) * size.height());
    }
}
