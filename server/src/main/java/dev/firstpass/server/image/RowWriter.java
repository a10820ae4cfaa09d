package dev.firstpass.server.image;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;

/// Writes a resized image into a model input row: picks the channels, normalises, converts to the row's element
/// type, lays out as planes or interleaved, pads around the image.
///
/// Works line by line through small heap arrays, which the JIT turns into plain array loops, and copies each
/// finished line into the row in one go. 8-bit images go through one table of 256 values per channel, so a value
/// is computed in double precision whatever the pixel count.
///
/// For one thread; one row per object.
final class RowWriter {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final InputSpec spec;
    private final ImageSize size;
    private final Placement place;
    private final MemorySegment row;
    private final int channels;
    private final boolean planes;
    private final double[] factor;
    private final float[] padding;
    private final double[] offset;
    private final float[][] table;

    /// @param gain factor on every pixel before the spec's arithmetic
    RowWriter(InputSpec spec, ImageSize size, Placement place, MemorySegment row, double gain) {
        this.spec = spec;
        this.size = size;
        this.place = place;
        this.row = row;
        this.channels = spec.channels();
        this.planes = spec.layout() == InputSpec.Layout.NCHW;
        this.factor = new double[channels];
        this.padding = new float[channels];
        this.offset = new double[channels];
        this.table = new float[channels][256];
        for (int channel = 0; channel < channels; channel++) {
            boolean real = isReal(spec);
            double mean = spec.mean().get(channel);
            double std = spec.std().get(channel);
            factor[channel] = real ? gain * spec.scale() / std : gain;
            offset[channel] = real ? -mean / std : 0;
            padding[channel] = (float) (real ? (spec.padding() * spec.scale() - mean) / std : spec.padding());
            for (int value = 0; value < 256; value++) {
                double pixel = value * gain;
                table[channel][value] = (float) (real ? (pixel * spec.scale() - mean) / std : pixel);
            }
        }
    }

    private static boolean isReal(InputSpec spec) {
        return switch (spec.dtype()) {
            case FLOAT32, FLOAT16 -> true;
            case UINT8, INT32 -> false;
            case FLOAT64, INT8, INT16, INT64, BOOL ->
                throw new IllegalArgumentException(
                        "dtype: " + spec.dtype() + " (expected: FLOAT32, FLOAT16, UINT8 or INT32)");
        };
    }

    /// @param image of the placement's size, continuous, 8-bit or float samples on the 0..255 scale
    /// @param bandOf the image's band for each channel
    void write(Mat image, int[] bandOf) {
        float[] line = new float[channels * size.width()];
        for (int channel = 0; channel < channels; channel++) {
            int from = planes ? channel * size.width() : channel;
            int step = planes ? 1 : channels;
            for (int x = 0; x < size.width(); x++) {
                line[from + x * step] = padding[channel];
            }
        }
        Encoder encoder = new Encoder(line.length);
        encoder.encode(line);
        for (int y = 0; y < size.height(); y++) {
            if (y < place.top() || y >= place.top() + place.height()) {
                encoder.put(y);
            }
        }
        Source source = new Source(image);
        for (int y = 0; y < place.height(); y++) {
            source.read(y);
            for (int channel = 0; channel < channels; channel++) {
                int from = planes ? channel * size.width() + place.left() : place.left() * channels + channel;
                source.normalise(channel, bandOf[channel], line, from, planes ? 1 : channels);
            }
            encoder.encode(line);
            encoder.put(place.top() + y);
        }
    }

    /// One line of the resized image at a time.
    private final class Source {
        private final MemorySegment memory;
        private final int bands;
        private final boolean bytes;
        private final byte[] byteLine;
        private final float[] floatLine;

        Source(Mat image) {
            this.memory = OpenCv.memory(image);
            this.bands = image.channels();
            this.bytes = image.depth() == opencv_core.CV_8U;
            int samples = place.width() * bands;
            this.byteLine = new byte[bytes ? samples : 0];
            this.floatLine = new float[bytes ? 0 : samples];
        }

        void read(int y) {
            long first = (long) y * place.width() * bands;
            if (bytes) {
                MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, first, byteLine, 0, byteLine.length);
            } else {
                MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, 4 * first, floatLine, 0, floatLine.length);
            }
        }

        void normalise(int channel, int band, float[] out, int from, int step) {
            int width = place.width();
            int at = from;
            if (bytes) {
                float[] values = table[channel];
                for (int x = 0, i = band; x < width; x++, i += bands) {
                    out[at] = values[byteLine[i] & 0xff];
                    at += step;
                }
            } else {
                for (int x = 0, i = band; x < width; x++, i += bands) {
                    out[at] = (float) (floatLine[i] * factor[channel] + offset[channel]);
                    at += step;
                }
            }
        }
    }

    /// The row's element type.
    private final class Encoder {
        private final byte[] bytes;
        private final short[] halves;
        private final int[] ints;
        private float[] floats = new float[0];

        Encoder(int elements) {
            this.bytes = new byte[spec.dtype() == ElementType.UINT8 ? elements : 0];
            this.halves = new short[spec.dtype() == ElementType.FLOAT16 ? elements : 0];
            this.ints = new int[spec.dtype() == ElementType.INT32 ? elements : 0];
        }

        /// Takes one line of all channels.
        void encode(float[] line) {
            floats = line;
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) Math.clamp((int) (line[i] + 0.5f), 0, 255);
            }
            for (int i = 0; i < halves.length; i++) {
                halves[i] = Float.floatToFloat16(line[i]);
            }
            for (int i = 0; i < ints.length; i++) {
                ints[i] = (int) (line[i] + 0.5f);
            }
        }

        /// Puts the line taken last at `y`: one piece per plane, or all of it.
        void put(int y) {
            int pieces = planes ? channels : 1;
            int length = planes ? size.width() : size.width() * channels;
            for (int piece = 0; piece < pieces; piece++) {
                long to = ((long) piece * size.height() + y) * length;
                int from = piece * length;
                switch (spec.dtype()) {
                    case FLOAT32 -> MemorySegment.copy(floats, from, row, F32, 4 * to, length);
                    case FLOAT16 -> MemorySegment.copy(halves, from, row, I16, 2 * to, length);
                    case INT32 -> MemorySegment.copy(ints, from, row, I32, 4 * to, length);
                    case UINT8 -> MemorySegment.copy(bytes, from, row, ValueLayout.JAVA_BYTE, to, length);
                    case FLOAT64, INT8, INT16, INT64, BOOL ->
                        throw new IllegalStateException(spec.dtype().name());
                }
            }
        }
    }
}
