package dev.firstpass.server.image;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.server.image.ImageException.Undecodable;
import dev.firstpass.server.image.ImageHeader.Alpha;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.ToIntFunction;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;

/// From the bytes of an image to its pixels: the only way, and none of its steps can be left out.
///
/// 1. [ImageProbe]: format, limits, completeness.
/// 2. Decoding as stored: by OpenCV, or by [TiffPixels] for plain TIFF.
/// 3. CMYK and palettes become RGB; alpha is blended over white ([AlphaBlend]).
/// 4. Turning upright for all eight orientations.
///
/// Samples of 16 bits stay 16 bits; 1, 2 and 4 bits become 8, full scale to full scale. Colour profiles and gamma
/// chunks are not applied: models are trained on plain sample values. Nor is a PNG's transparent colour: its pixels
/// keep that colour. Of several pages or frames the first is taken.
///
/// Thread-safe; runs on the calling thread, which it keeps busy for 3 to 20 ms per megapixel.
public final class ImageDecoder {
    private final ImageLimits limits;
    private final ImageProbe probe;

    public ImageDecoder(ImageLimits limits) {
        this.limits = limits;
        this.probe = new ImageProbe(limits);
    }

    /// What the image says of itself: the probe that [#decode] begins with, alone.
    ///
    /// @throws ImageException if it cannot be read, is cut off, or is over the limits
    public ImageHeader probe(byte[] bytes) {
        return probe.probe(bytes);
    }

    /// The upright pixels; the caller closes them. On failure nothing is left allocated.
    ///
    /// @throws ImageException if the bytes cannot be read, are cut off, or announce more than the limits allow
    public Raster decode(byte[] bytes) {
        return decode(bytes, _ -> 1, PixelMemory.FRESH);
    }

    /// The same for an image that is on its way into rows.
    ///
    /// @param reduction by what the sides of a JPEG of that upright size are divided while it is decoded: 1, 2, 4 or 8
    /// @param buffers that the pixels lie in until the raster is closed
    public Raster decode(byte[] bytes, ToIntFunction<ImageSize> reduction, PixelBuffers buffers) {
        return decode(bytes, reduction, (PixelMemory) buffers);
    }

    private Raster decode(byte[] bytes, ToIntFunction<ImageSize> reduction, PixelMemory memory) {
        ImageHeader header = probe.probe(bytes);
        OpenCv.ready();
        ImageSize size = header.uprightSize();
        Reduction by = header.type() == ImageType.JPEG ? Reduction.of(reduction.applyAsInt(size)) : Reduction.NONE;
        Mat stored = opaque(stored(bytes, header, by, memory), header);
        return new Raster(Turn.upright(stored, header.orientation(), memory), size);
    }

    private Mat stored(byte[] bytes, ImageHeader header, Reduction reduction, PixelMemory memory) {
        Mat stored = switch (header.type()) {
            case TIFF -> tiff(bytes, memory);
            case PNG -> library(PngWalk.essential(bytes), header, reduction, memory);
            case JPEG, BMP, WEBP -> library(bytes, header, reduction, memory);
        };
        int depth = stored.depth();
        ImageSize expected = reduction.of(header.storedSize());
        if (stored.cols() != expected.width() || stored.rows() != expected.height()) {
            stored.close();
            throw new Undecodable(header.type() + ": the decoded size differs from the header's");
        }
        if (depth != opencv_core.CV_8U && depth != opencv_core.CV_16U) {
            stored.close();
            throw new Undecodable(header.type() + ": decoded samples are neither 8 nor 16 bits");
        }
        return stored;
    }

    private Mat tiff(byte[] bytes, PixelMemory memory) {
        TiffDirectory tiff = TiffDirectory.read(bytes, limits);
        if (!tiff.isPlain()) {
            return library(tiff.withoutOrientation(), tiff.header(), Reduction.NONE, memory);
        }
        int depth = tiff.bits == 16 ? opencv_core.CV_16U : opencv_core.CV_8U;
        Mat samples = memory.take(
                PixelMemory.Use.STORED, tiff.height, tiff.width, opencv_core.CV_MAKETYPE(depth, tiff.samples));
        try {
            new TiffPixels(tiff, bytes, OpenCv.memory(samples)).decode();
            if (tiff.samples == 3) {
                opencv_imgproc.cvtColor(samples, samples, opencv_imgproc.COLOR_RGB2BGR);
            } else if (tiff.samples == 4 && tiff.alpha() != Alpha.NONE) {
                opencv_imgproc.cvtColor(samples, samples, opencv_imgproc.COLOR_RGBA2BGRA);
            }
            return samples;
        } catch (RuntimeException | Error e) {
            samples.close();
            throw e;
        }
    }

    /// As the library decodes it, orientation not applied.
    private static Mat library(byte[] bytes, ImageHeader header, Reduction reduction, PixelMemory memory) {
        Mat decoded = expected(header, reduction, memory);
        try (Mat encoded = memory.take(PixelMemory.Use.ENCODED, 1, bytes.length, opencv_core.CV_8UC1)) {
            MemorySegment.copy(bytes, 0, OpenCv.memory(encoded), ValueLayout.JAVA_BYTE, 0, bytes.length);
            // Whether it worked says what is returned alone: where it did not, `decoded` may be full of another image.
            try (Mat result = opencv_imgcodecs.imdecode(encoded, reduction.flags(header.bands() == 1), decoded)) {
                if (result.empty()) {
                    throw new Undecodable(header.type() + ": the image data is not valid");
                }
            }
            return decoded;
        } catch (ImageException e) {
            decoded.close();
            throw e;
        } catch (RuntimeException e) {
            decoded.close();
            if (String.valueOf(e.getMessage()).contains("Insufficient memory")) {
                throw new IllegalStateException("no memory for an image of " + header.storedSize(), e);
            }
            throw new Undecodable(header.type() + ": the image data is not valid");
        }
    }

    /// A matrix like the one that the header announces, which the library decodes into. Where it decodes to something else,
    /// it takes other memory.
    private static Mat expected(ImageHeader header, Reduction reduction, PixelMemory memory) {
        if (header.alpha() != Alpha.NONE) {
            return new Mat();
        }
        ImageSize size = reduction.of(header.storedSize());
        int depth = header.bitsPerSample() == 16 ? opencv_core.CV_16U : opencv_core.CV_8U;
        return memory.take(
                PixelMemory.Use.STORED, size.height(), size.width(), opencv_core.CV_MAKETYPE(depth, header.bands()));
    }

    /// The bands that [ImageHeader#bands()] promises, three of them in the order blue, green, red. Takes over
    /// `stored`, and gives it back where nothing is to be done.
    private static Mat opaque(Mat stored, ImageHeader header) {
        int channels = stored.channels();
        int bands = header.bands();
        if (channels == bands) {
            return stored;
        }
        try (stored) {
            if (header.alpha() != Alpha.NONE && channels == bands + 1) {
                return AlphaBlend.overWhite(stored, header.alpha());
            }
            Mat converted = new Mat();
            opencv_imgproc.cvtColor(stored, converted, conversion(channels, bands));
            return converted;
        }
    }

    private static int conversion(int channels, int bands) {
        boolean gray = bands == 1;
        return switch (channels) {
            case 1 -> opencv_imgproc.COLOR_GRAY2BGR;
            case 3 -> opencv_imgproc.COLOR_BGR2GRAY;
            case 4 -> gray ? opencv_imgproc.COLOR_BGRA2GRAY : opencv_imgproc.COLOR_BGRA2BGR;
            default -> throw new IllegalStateException(channels + " channels (expected: 1, 3 or 4)");
        };
    }
}
