package dev.firstpass.server.image;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Placement;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.MatVector;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Scalar;

/// Writes a resized image into a model input row: picks the channels, normalises, converts to the row's element
/// type, lays out as planes or interleaved, pads around the image.
///
/// With the library's vectorised loops, and in as few passes over the image as they can do it in, always straight to
/// where the row lies:
///
/// | row | passes |
/// |---|---|
/// | planes of the samples as they are | apart, into the row |
/// | planes, normalised | apart, then each band into the row |
/// | interleaved, in the image's order of channels | into the row |
/// | interleaved, red and blue changed over | changed over, then into the row; one pass where samples stay as they are |
/// | interleaved, else | as planes, then merged into the row |
///
/// Padding is written where there is some, and nowhere else.
///
/// For one thread; one row per object.
final class RowWriter {
    /// What a `Scalar` has values for.
    private static final int MOST_INTERLEAVED = 4;

    private final InputSpec spec;
    private final ImageSize size;
    private final Placement place;
    private final MemorySegment row;
    private final double gain;
    private final PixelMemory memory;
    private final int depth;
    private final boolean real;

    /// @param row native memory, as long as the row
    /// @param gain factor on every pixel before the spec's arithmetic
    RowWriter(InputSpec spec, ImageSize size, Placement place, MemorySegment row, double gain, PixelMemory memory) {
        this.spec = spec;
        this.size = size;
        this.place = place;
        this.row = row;
        this.gain = gain;
        this.memory = memory;
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
        try (BytePointer start = new BytePointer(row.asByteBuffer())) {
            switch (spec.layout()) {
                case NCHW -> {
                    try (Mat planes = new Mat(spec.channels() * size.height(), size.width(), depth, start)) {
                        writePlanes(image, bandOf, planes);
                    }
                }
                case NHWC -> {
                    int type = opencv_core.CV_MAKETYPE(depth, spec.channels());
                    try (Mat interleaved = new Mat(size.height(), size.width(), type, start)) {
                        writeInterleaved(image, bandOf, interleaved);
                    }
                }
            }
        }
    }

    private void writeInterleaved(Mat image, int[] bandOf, Mat row) {
        boolean inOrder = isInOrder(image, bandOf);
        if (!(inOrder || isReversed(image, bandOf)) || !isUniform()) {
            try (Mat planes = new Mat(spec.channels() * size.height(), size.width(), depth)) {
                writePlanes(image, bandOf, planes);
                merge(planes, row);
            }
            return;
        }
        try (Mat picture = picture(row)) {
            if (inOrder) {
                image.convertTo(picture, depth, gain * scale(0), offset(0));
            } else if (staysAsItIs(image, 0)) {
                opencv_imgproc.cvtColor(image, picture, opencv_imgproc.COLOR_RGB2BGR);
            } else {
                try (Mat changed = memory.take(PixelMemory.Use.BANDS, image.rows(), image.cols(), image.type())) {
                    opencv_imgproc.cvtColor(image, changed, opencv_imgproc.COLOR_RGB2BGR);
                    changed.convertTo(picture, depth, gain * scale(0), offset(0));
                }
            }
            pad(picture, row, 0);
        }
    }

    private static boolean isInOrder(Mat image, int[] bandOf) {
        if (image.channels() != bandOf.length || bandOf.length > MOST_INTERLEAVED) {
            return false;
        }
        for (int channel = 0; channel < bandOf.length; channel++) {
            if (bandOf[channel] != channel) {
                return false;
            }
        }
        return true;
    }

    private static boolean isReversed(Mat image, int[] bandOf) {
        return image.channels() == 3 && bandOf.length == 3 && bandOf[0] == 2 && bandOf[1] == 1 && bandOf[2] == 0;
    }

    /// Whether all channels are normalised alike.
    private boolean isUniform() {
        for (int channel = 1; channel < spec.channels(); channel++) {
            if (scale(channel) != scale(0) || offset(channel) != offset(0)) {
                return false;
            }
        }
        return true;
    }

    /// Whether the row's samples are the image's.
    private boolean staysAsItIs(Mat image, int channel) {
        return image.depth() == depth && gain * scale(channel) == 1 && offset(channel) == 0;
    }

    private double scale(int channel) {
        return real ? spec.scale() / spec.std().get(channel) : 1;
    }

    private double offset(int channel) {
        return real ? -spec.mean().get(channel) / spec.std().get(channel) : 0;
    }

    /// @param planes one below the other
    private void writePlanes(Mat image, int[] bandOf, Mat planes) {
        int bands = image.channels();
        if (bands == 1) {
            for (int channel = 0; channel < spec.channels(); channel++) {
                writePlane(image, planes, channel);
            }
        } else if (isPermutation(bandOf, bands) && isUniform() && staysAsItIs(image, 0)) {
            splitInto(image, bandOf, planes);
        } else {
            try (Mat apart = memory.take(PixelMemory.Use.BANDS, bands * image.rows(), image.cols(), image.depth());
                    MatVector each = rowsOf(apart, bands)) {
                opencv_core.split(image, each);
                for (int channel = 0; channel < spec.channels(); channel++) {
                    try (Mat band = each.get(bandOf[channel])) {
                        writePlane(band, planes, channel);
                    }
                }
            }
        }
    }

    private static boolean isPermutation(int[] bandOf, int bands) {
        boolean[] seen = new boolean[bands];
        for (int band : bandOf) {
            if (seen[band]) {
                return false;
            }
            seen[band] = true;
        }
        return bandOf.length == bands;
    }

    /// Each band to its place in the row, in one pass.
    private void splitInto(Mat image, int[] bandOf, Mat planes) {
        Mat[] pictureOf = new Mat[bandOf.length];
        for (int channel = 0; channel < bandOf.length; channel++) {
            try (Mat plane = plane(planes, channel)) {
                pictureOf[bandOf[channel]] = picture(plane);
            }
        }
        try (MatVector pictures = new MatVector(pictureOf)) {
            opencv_core.split(image, pictures);
        } finally {
            closeAll(pictureOf);
        }
        for (int channel = 0; channel < bandOf.length; channel++) {
            try (Mat plane = plane(planes, channel);
                    Mat picture = picture(plane)) {
                pad(picture, plane, channel);
            }
        }
    }

    /// Normalises the band into its place in the plane, and puts the padding around it.
    private void writePlane(Mat band, Mat planes, int channel) {
        try (Mat plane = plane(planes, channel);
                Mat picture = picture(plane)) {
            band.convertTo(picture, depth, gain * scale(channel), offset(channel));
            pad(picture, plane, channel);
        }
    }

    /// The part of the row that is not padding.
    private Mat picture(Mat whole) {
        try (Rect part = new Rect(place.left(), place.top(), place.width(), place.height())) {
            return new Mat(whole, part);
        }
    }

    private void pad(Mat picture, Mat whole, int channel) {
        if (place.width() == size.width() && place.height() == size.height()) {
            return;
        }
        boolean isZero = spec.resize() == InputSpec.Resize.LONGEST_SIDE;
        try (Scalar padding = Scalar.all(isZero ? 0 : spec.padding() * scale(channel) + offset(channel))) {
            opencv_core.copyMakeBorder(
                    picture,
                    whole,
                    place.top(),
                    size.height() - place.top() - place.height(),
                    place.left(),
                    size.width() - place.left() - place.width(),
                    opencv_core.BORDER_CONSTANT | opencv_core.BORDER_ISOLATED,
                    padding);
        }
    }

    private void merge(Mat planes, Mat interleaved) {
        try (MatVector all = rowsOf(planes, spec.channels())) {
            opencv_core.merge(all, interleaved);
        }
    }

    /// A matrix cut into `count` of as many rows each, not copied.
    private static MatVector rowsOf(Mat all, int count) {
        int rows = all.rows() / count;
        Mat[] each = new Mat[count];
        for (int i = 0; i < count; i++) {
            each[i] = all.rowRange(i * rows, (i + 1) * rows);
        }
        try {
            return new MatVector(each);
        } finally {
            closeAll(each);
        }
    }

    private static void closeAll(Mat[] mats) {
        for (Mat mat : mats) {
            mat.close();
        }
    }

    private Mat plane(Mat planes, int channel) {
        return planes.rowRange(channel * size.height(), (channel + 1) * size.height());
    }
}
