package dev.firstpass.server.image;

import dev.firstpass.server.image.ImageException.Undecodable;
import dev.firstpass.server.image.ImageHeader.Alpha;
import org.bytedeco.javacpp.BytePointer;
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
        ImageHeader header = probe.probe(bytes);
        OpenCv.ready();
        return new Raster(Turn.upright(opaque(stored(bytes, header), header), header.orientation()));
    }

    private Mat stored(byte[] bytes, ImageHeader header) {
        Mat stored = switch (header.type()) {
            case TIFF -> tiff(bytes);
            case PNG -> library(PngWalk.essential(bytes), header);
            case JPEG, BMP, WEBP -> library(bytes, header);
        };
        int depth = stored.depth();
        if (stored.cols() != header.storedSize().width()
                || stored.rows() != header.storedSize().height()) {
            stored.close();
            throw new Undecodable(header.type() + ": the decoded size differs from the header's");
        }
        if (depth != opencv_core.CV_8U && depth != opencv_core.CV_16U) {
            stored.close();
            throw new Undecodable(header.type() + ": decoded samples are neither 8 nor 16 bits");
        }
        return stored;
    }

    private Mat tiff(byte[] bytes) {
        TiffDirectory tiff = TiffDirectory.read(bytes, limits);
        if (!tiff.isPlain()) {
            return library(tiff.withoutOrientation(), tiff.header());
        }
        int depth = tiff.bits == 16 ? opencv_core.CV_16U : opencv_core.CV_8U;
        Mat samples = new Mat(tiff.height, tiff.width, opencv_core.CV_MAKETYPE(depth, tiff.samples));
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
    private static Mat library(byte[] bytes, ImageHeader header) {
        try (BytePointer copy = new BytePointer(bytes);
                Mat encoded = new Mat(1, bytes.length, opencv_core.CV_8UC1, copy)) {
            Mat decoded = opencv_imgcodecs.imdecode(encoded, opencv_imgcodecs.IMREAD_UNCHANGED);
            if (decoded.empty()) {
                decoded.close();
                throw new Undecodable(header.type() + ": the image data is not valid");
            }
            return decoded;
        } catch (ImageException e) {
            throw e;
        } catch (RuntimeException e) {
            if (String.valueOf(e.getMessage()).contains("Insufficient memory")) {
                throw new IllegalStateException("no memory for an image of " + header.storedSize(), e);
            }
            throw new Undecodable(header.type() + ": the image data is not valid");
        }
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
