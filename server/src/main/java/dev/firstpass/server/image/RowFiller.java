package dev.firstpass.server.image;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Placement;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.image.ImageException.UnsupportedType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.bytedeco.opencv.opencv_core.Size;

/// Brings a raster, or a crop of it, into one model input row as an [InputSpec] says: resize, padding, colour
/// order, normalisation, element type, layout.
///
/// **Resampling** is plain bilinear also where the image shrinks a lot, without a filter against aliasing, because
/// that is what the models saw in training. HALF_PIXEL rounds 8-bit images to 8 bits after the resize, as OpenCV
/// and with it Ultralytics do; 16-bit images (value / 257) and ASYMMETRIC stay float up to the row.
///
/// **Channels**: RGB and BGR take red, green and blue, or grey three times; GRAY is 0.299 R + 0.587 G + 0.114 B; a
/// model with more channels takes a multi-band image with exactly as many bands, in the file's order.
///
/// **Integer rows** take the nearest integer, the even one of two that are as near.
///
/// Pure functions; nothing is kept. They keep the calling thread busy for some milliseconds.
public final class RowFiller {
    private RowFiller() {}

    /// Size of the row's image for a whole asset.
    public static ImageSize rowSize(InputSpec spec, ImageSize asset) {
        return spec.size().of(asset);
    }

    /// Size of the row's image for a crop of an asset, or for the whole of it where there is none.
    ///
    /// @throws IllegalArgumentException if the crop does not touch the asset
    public static ImageSize rowSize(InputSpec spec, ImageSize asset, Optional<Rect> crop) {
        return rowSize(spec, crop.map(rect -> sizeOf(wholePixels(rect, asset))).orElse(asset));
    }

    /// The same for any part of an asset.
    public static ImageSize rowSize(InputSpec spec, ImageSize asset, RowSource source) {
        return switch (source) {
            case RowSource.Whole _ -> rowSize(spec, asset);
            case RowSource.Crop(Rect area) -> rowSize(spec, asset, Optional.of(area));
            case RowSource.Turned turned -> {
                // Refused where it does not touch the asset.
                wholePixels(turned.area().bounds(), asset);
                yield rowSize(spec, sizeOf(turned));
            }
        };
    }

    /// Sides of a turned part in whole pixels, at least 1.
    private static ImageSize sizeOf(RowSource.Turned turned) {
        return new ImageSize((int) Math.max(1, Math.rint(turned.area().width())), (int)
                Math.max(1, Math.rint(turned.area().height())));
    }

    private static ImageSize sizeOf(Rect wholePixels) {
        return new ImageSize((int) wholePixels.width(), (int) wholePixels.height());
    }

    /// Shape of a row: batch axis of 1, then channels, height and width as the layout says.
    public static Shape rowShape(InputSpec spec, ImageSize row) {
        return switch (spec.layout()) {
            case NCHW -> Shape.of(1, spec.channels(), row.height(), row.width());
            case NHWC -> Shape.of(1, row.height(), row.width(), spec.channels());
        };
    }

    /// Bytes of a row, densely packed.
    public static long rowBytes(InputSpec spec, ImageSize row) {
        return spec.dtype().bytes(rowShape(spec, row));
    }

    /// The whole pixels of an asset that a crop touches.
    ///
    /// @throws IllegalArgumentException if the crop touches none
    public static Rect wholePixels(Rect crop, ImageSize asset) {
        double left = Math.max(0, Math.floor(crop.x()));
        double top = Math.max(0, Math.floor(crop.y()));
        double right = Math.min(asset.width(), Math.ceil(crop.right()));
        double bottom = Math.min(asset.height(), Math.ceil(crop.bottom()));
        if (!(right > left) || !(bottom > top)) {
            throw new IllegalArgumentException("crop: " + crop + " (expected: to touch the image of " + asset.width()
                    + "x" + asset.height() + ")");
        }
        return Rect.ofCorners(left, top, right, bottom);
    }

    /// Fills a row and says how the asset's pixels map to the row's.
    ///
    /// A crop is widened to whole pixels first ([#wholePixels]); the row's size follows from that.
    ///
    /// @param crop in asset pixels; the whole asset where there is none
    /// @param row native memory of at least [#rowBytes] bytes, which are overwritten; bytes after those stay. Borrowed
    ///     for the call
    /// @throws UnsupportedType if the image has not the bands that the model needs
    /// @throws IllegalArgumentException if the row is too small, the element type is none of FLOAT32, FLOAT16,
    ///     UINT8 and INT32, or the crop does not touch the image
    public static ImageTransform fill(Raster raster, InputSpec spec, Optional<Rect> crop, MemorySegment row) {
        return fill(raster, spec, crop, row, PixelMemory.FRESH);
    }

    /// The same with memory that is used for row after row.
    ///
    /// @param buffers nobody else's meanwhile
    /// @throws IllegalArgumentException for a crop of a raster that was decoded at a part of its size as well
    public static ImageTransform fill(
            Raster raster, InputSpec spec, Optional<Rect> crop, MemorySegment row, PixelBuffers buffers) {
        return fill(raster, spec, crop, row, (PixelMemory) buffers);
    }

    /// The same for any part of an asset.
    public static ImageTransform fill(
            Raster raster, InputSpec spec, RowSource source, MemorySegment row, PixelBuffers buffers) {
        return switch (source) {
            case RowSource.Whole _ -> fill(raster, spec, Optional.empty(), row, buffers);
            case RowSource.Crop(Rect area) -> fill(raster, spec, Optional.of(area), row, buffers);
            case RowSource.Turned turned -> fillTurned(raster, spec, turned, row, buffers);
        };
    }

    /// Bilinear, as everything here; half-pixel, whatever the spec says. Only what of the asset the part reaches is looked at.
    private static ImageTransform fillTurned(
            Raster raster, InputSpec spec, RowSource.Turned turned, MemorySegment row, PixelMemory memory) {
        if (raster.isReduced()) {
            throw new IllegalArgumentException("part: " + turned + " (expected: none of a reduced image)");
        }
        ImageSize asset = raster.size();
        ImageSize rowSize = rowSize(spec, asset, turned);
        long bytes = rowBytes(spec, rowSize);
        if (row.byteSize() < bytes) {
            throw new IllegalArgumentException("row: " + row.byteSize() + " bytes (expected: >= " + bytes + ")");
        }
        Placement shown = spec.place(sizeOf(turned), rowSize).within(rowSize);
        ImageTransform transform = transform(spec, asset, turned);
        int[] bandOf = bandsFor(spec, raster);
        Rect bounds = turned.area().bounds();
        Rect reached =
                wholePixels(new Rect(bounds.x() - 1, bounds.y() - 1, bounds.width() + 2, bounds.height() + 2), asset);
        try (Mat part = part(raster, reached);
                Mat source = upTo255(part);
                Mat image = turned(source, reached, transform, shown)) {
            RowWriter writer = new RowWriter(spec, rowSize, shown, row.asSlice(0, bytes), gain(spec, image), memory);
            if (spec.color() == InputSpec.ColorOrder.GRAY && raster.bands() >= 3) {
                try (Mat gray = gray(image, raster.colorBands())) {
                    writer.write(gray, bandOf);
                }
            } else {
                writer.write(image, bandOf);
            }
        }
        return transform;
    }

    /// The library counts from the centres of pixels, and from the corner of what it is given.
    private static Mat turned(Mat source, Rect reached, ImageTransform transform, Placement shown) {
        double x0 = transform.xx() * (reached.x() + 0.5) + transform.xy() * (reached.y() + 0.5) + transform.x0();
        double y0 = transform.yx() * (reached.x() + 0.5) + transform.yy() * (reached.y() + 0.5) + transform.y0();
        try (DoublePointer numbers = new DoublePointer(
                        transform.xx(),
                        transform.xy(),
                        x0 - 0.5 - shown.left(),
                        transform.yx(),
                        transform.yy(),
                        y0 - 0.5 - shown.top());
                Mat matrix = new Mat(2, 3, opencv_core.CV_64F, numbers);
                Size size = new Size(shown.width(), shown.height());
                Scalar none = new Scalar()) {
            Mat image = new Mat();
            opencv_imgproc.warpAffine(
                    source, image, matrix, size, opencv_imgproc.INTER_LINEAR, opencv_core.BORDER_REPLICATE, none);
            return image;
        }
    }

    private static ImageTransform fill(
            Raster raster, InputSpec spec, Optional<Rect> crop, MemorySegment row, PixelMemory memory) {
        ImageSize asset = raster.size();
        ImageSize rowSize = rowSize(spec, asset, crop);
        Rect area = spec.resized(areaOf(asset, crop), rowSize);
        long bytes = rowBytes(spec, rowSize);
        if (row.byteSize() < bytes) {
            throw new IllegalArgumentException("row: " + row.byteSize() + " bytes (expected: >= " + bytes + ")");
        }
        Placement place = spec.place(sizeOf(area), rowSize);
        Placement shown = place.within(rowSize);
        int[] bandOf = bandsFor(spec, raster);
        boolean mixed = spec.color() == InputSpec.ColorOrder.GRAY && raster.bands() >= 3;
        try (Mat part = part(raster, area);
                Mat resized = resized(part, spec.sampling(), place, memory);
                Mat image = cut(resized, place, shown)) {
            RowWriter writer = new RowWriter(spec, rowSize, shown, row.asSlice(0, bytes), gain(spec, image), memory);
            if (mixed) {
                try (Mat gray = gray(image, raster.colorBands())) {
                    writer.write(gray, bandOf);
                }
            } else {
                writer.write(image, bandOf);
            }
        }
        return place.transform(asset, area, rowSize);
    }

    /// What of a resized image lies within the row, not copied.
    private static Mat cut(Mat resized, Placement place, Placement shown) {
        if (shown.equals(place)) {
            return new Mat(resized);
        }
        try (org.bytedeco.opencv.opencv_core.Rect roi = new org.bytedeco.opencv.opencv_core.Rect(
                shown.left() - place.left(), shown.top() - place.top(), shown.width(), shown.height())) {
            return new Mat(resized, roi);
        }
    }

    /// The pixels of an area, not copied.
    private static Mat part(Raster raster, Rect area) {
        ImageSize size = raster.size();
        if (area.width() == size.width() && area.height() == size.height()) {
            return new Mat(raster.mat());
        }
        if (raster.isReduced()) {
            throw new IllegalArgumentException("crop: " + area + " (expected: none of a reduced image)");
        }
        try (org.bytedeco.opencv.opencv_core.Rect roi = new org.bytedeco.opencv.opencv_core.Rect(
                (int) area.x(), (int) area.y(), (int) area.width(), (int) area.height())) {
            return new Mat(raster.mat(), roi);
        }
    }

    /// By what the sides of a JPEG may be divided while it is decoded, for rows of the whole of it: 1, 2, 4 or 8. What comes
    /// out is no smaller than what the row shows of it; 1 where that is the middle of a very long image.
    ///
    /// @param asset the upright image's size
    public static int reduction(InputSpec spec, ImageSize asset) {
        if (!spec.reducedDecode()) {
            return 1;
        }
        Rect whole = new Rect(0, 0, asset.width(), asset.height());
        if (!spec.resized(whole, rowSize(spec, asset)).equals(whole)) {
            return 1;
        }
        Placement place = spec.place(asset, rowSize(spec, asset));
        int divisor = 8;
        while (divisor > 1 && (asset.width() / divisor < place.width() || asset.height() / divisor < place.height())) {
            divisor /= 2;
        }
        return divisor;
    }

    /// How the asset's pixels map to those of the row that [#fill] makes; needs no pixels.
    ///
    /// @throws IllegalArgumentException if the crop does not touch the asset
    public static ImageTransform transform(InputSpec spec, ImageSize asset, Optional<Rect> crop) {
        ImageSize rowSize = rowSize(spec, asset, crop);
        Rect area = spec.resized(areaOf(asset, crop), rowSize);
        return spec.place(sizeOf(area), rowSize).transform(asset, area, rowSize);
    }

    /// The same for any part of an asset.
    public static ImageTransform transform(InputSpec spec, ImageSize asset, RowSource source) {
        return switch (source) {
            case RowSource.Whole _ -> transform(spec, asset, Optional.empty());
            case RowSource.Crop(Rect area) -> transform(spec, asset, Optional.of(area));
            case RowSource.Turned turned -> {
                ImageSize rowSize = rowSize(spec, asset, turned);
                Placement place = spec.place(sizeOf(turned), rowSize);
                ImageSize placed = new ImageSize(place.width(), place.height());
                yield ImageTransform.rotatedCrop(asset, turned.area(), placed)
                        .andThen(ImageTransform.scaling(placed, rowSize, 1, 1, place.left(), place.top()));
            }
        };
    }

    private static Rect areaOf(ImageSize asset, Optional<Rect> crop) {
        return wholePixels(crop.orElseGet(() -> new Rect(0, 0, asset.width(), asset.height())), asset);
    }

    /// The factor that makes the brightest sample 255 where the spec wants it so; an image all black stays black.
    private static double gain(InputSpec spec, Mat image) {
        return switch (spec.range()) {
            case FULL -> 1;
            case BRIGHTEST -> {
                try (Mat samples = image.reshape(1);
                        DoublePointer least = new DoublePointer(1);
                        DoublePointer most = new DoublePointer(1)) {
                    opencv_core.minMaxLoc(samples, least, most, null, null, null);
                    yield most.get() > 0 ? 255 / most.get() : 1;
                }
            }
        };
    }

    /// The raster's band for each of the model's channels.
    private static int[] bandsFor(InputSpec spec, Raster raster) {
        int[] color = raster.colorBands();
        int channels = spec.channels();
        if (spec.color() == InputSpec.ColorOrder.GRAY) {
            return new int[channels];
        }
        if (channels == 3) {
            return spec.color() == InputSpec.ColorOrder.RGB ? color : new int[] {color[2], color[1], color[0]};
        }
        if (channels == raster.bands()) {
            return IntStream.range(0, channels).toArray();
        }
        throw new UnsupportedType("image: " + raster.bands() + " bands (expected: " + channels + " for this model)");
    }

    private static Mat resized(Mat part, InputSpec.Sampling sampling, Placement place, PixelMemory memory) {
        return switch (sampling) {
            case ASYMMETRIC -> AsymmetricResize.resize(part, place.width(), place.height(), memory);
            case HALF_PIXEL -> halfPixel(part, place, memory);
        };
    }

    private static Mat halfPixel(Mat part, Placement place, PixelMemory memory) {
        try (Mat source = upTo255(part);
                Size size = new Size(place.width(), place.height())) {
            if (part.cols() == place.width() && part.rows() == place.height()) {
                return new Mat(source);
            }
            Mat resized = memory.take(PixelMemory.Use.RESIZED, place.height(), place.width(), source.type());
            opencv_imgproc.resize(source, resized, size, 0, 0, opencv_imgproc.INTER_LINEAR);
            return resized;
        }
    }

    /// 16-bit samples as floats on the scale of 8 bits; 8-bit ones as they are, not copied.
    private static Mat upTo255(Mat part) {
        if (part.depth() != opencv_core.CV_16U) {
            return new Mat(part);
        }
        Mat scaled = new Mat();
        part.convertTo(scaled, opencv_core.CV_32F, 1 / 257.0, 0);
        return scaled;
    }

    private static Mat gray(Mat image, int[] color) {
        Mat gray = new Mat();
        if (image.channels() == 3) {
            opencv_imgproc.cvtColor(image, gray, opencv_imgproc.COLOR_BGR2GRAY);
            return gray;
        }
        try (Mat red = new Mat();
                Mat green = new Mat();
                Mat blue = new Mat();
                Mat sum = new Mat()) {
            opencv_core.extractChannel(image, red, color[0]);
            opencv_core.extractChannel(image, green, color[1]);
            opencv_core.extractChannel(image, blue, color[2]);
            opencv_core.addWeighted(red, 0.299, green, 0.587, 0, sum, opencv_core.CV_32F);
            opencv_core.addWeighted(sum, 1, blue, 0.114, 0, gray, opencv_core.CV_32F);
        }
        return gray;
    }
}
