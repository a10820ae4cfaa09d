package dev.firstpass.postprocess.spec;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Placement;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import java.util.List;

/// How a stage wants its pixels: the model's input tensor and how an upright image is brought into it.
///
/// One channel's value is `(pixel * scale - mean) / std` with the pixel in 0..255; integer types take the pixel as it
/// is.
///
/// Immutable.
///
/// @param name the input tensor's name in the model file
/// @param size which size the row's image gets
/// @param resize how the asset is fitted into that size
/// @param sampling where the resampling filter puts pixel centres
/// @param range what counts as the brightest pixel
/// @param padding value of pixels that the letterboxes add, 0..255, before scaling
/// @param reducedDecode whether a JPEG may be decoded at a half, a quarter or an eighth of its size, as long as that is no
///     smaller than the row's image
/// @param crop of [Resize#CROP], what share of the resized asset's shorter side the row's image shows: 0.5 to 1; 1 for all others
public record InputSpec(
        String name,
        SizeRule size,
        Resize resize,
        Sampling sampling,
        int padding,
        ColorOrder color,
        Layout layout,
        ElementType dtype,
        double scale,
        List<Double> mean,
        List<Double> std,
        Range range,
        boolean reducedDecode,
        double crop)
        implements StageSource {
    private static final double LEAST_CROP = 0.5;

    public InputSpec {
        mean = List.copyOf(mean);
        std = List.copyOf(std);
        if (!dtype.isFixedSize()) {
            throw new IllegalArgumentException("dtype: " + dtype + " (expected: numbers)");
        }
        if (padding < 0 || padding > 255) {
            throw new IllegalArgumentException("padding: " + padding + " (expected: 0..255)");
        }
        if (mean.size() != std.size() || mean.isEmpty()) {
            throw new IllegalArgumentException(
                    "mean and std: " + mean.size() + " and " + std.size() + " values (expected: one per channel)");
        }
        if (reducedDecode && sampling == Sampling.ASYMMETRIC) {
            throw new IllegalArgumentException(
                    "reducedDecode: true (expected: false where sampling is asymmetric, which a reduced image would shift)");
        }
        if (!(crop >= LEAST_CROP && crop <= 1)) {
            throw new IllegalArgumentException("crop: " + crop + " (expected: " + LEAST_CROP + " to 1)");
        }
        if (resize != Resize.CROP && crop != 1) {
            throw new IllegalArgumentException("crop: " + crop + " (expected: none where resize is not crop)");
        }
        for (double deviation : std) {
            if (!(deviation > 0)) {
                throw new IllegalArgumentException("std: " + deviation + " (expected: > 0)");
            }
        }
    }

    /// Pixels as they are, decoded at full size, which is what nearly every model wants.
    public InputSpec(
            String name,
            SizeRule size,
            Resize resize,
            Sampling sampling,
            int padding,
            ColorOrder color,
            Layout layout,
            ElementType dtype,
            double scale,
            List<Double> mean,
            List<Double> std) {
        this(
                name,
                size,
                resize,
                sampling,
                padding,
                color,
                layout,
                dtype,
                scale,
                mean,
                std,
                Range.FULL,
                /* reducedDecode= */ false,
                /* crop= */ 1);
    }

    /// This, but that the middle of the asset is shown: see [Resize#CROP].
    public InputSpec withCrop(double share) {
        return new InputSpec(
                name,
                size,
                Resize.CROP,
                sampling,
                padding,
                color,
                layout,
                dtype,
                scale,
                mean,
                std,
                range,
                reducedDecode,
                share);
    }

    public int channels() {
        return mean.size();
    }

    /// Shape of one row whose image has size `image`: [1,C,H,W] or [1,H,W,C].
    public Shape rowShape(ImageSize image) {
        return switch (layout) {
            case NCHW -> Shape.of(1, channels(), image.height(), image.width());
            case NHWC -> Shape.of(1, image.height(), image.width(), channels());
        };
    }

    /// What of an area of the asset is resized: all of it, but for very long ones of which [Resize#CROP] shows only the middle
    /// anyway.
    ///
    /// @param area in whole asset pixels, as what is given back
    public Rect resized(Rect area, ImageSize row) {
        return resize == Resize.CROP ? Placement.middle(area, row) : area;
    }

    /// Where an area of the asset, after [#resized(Rect, ImageSize)], comes to lie in a row; what lies outside is not shown.
    public Placement place(ImageSize area, ImageSize row) {
        return resize.place(area, row, crop);
    }

    public enum Resize {
        /// Keeps the aspect ratio, centres the image and pads the rest.
        LETTERBOX,
        /// Keeps the aspect ratio, puts the image at the top left and pads the rest.
        LETTERBOX_TOP_LEFT,
        /// Keeps the aspect ratio and puts the image at the top left, as LETTERBOX_TOP_LEFT, but with the sides rounded, and with
        /// zeros in the row where it ends, whatever mean and deviation are (Segment Anything).
        LONGEST_SIDE,
        /// Scales each axis by itself.
        STRETCH,
        /// Keeps the aspect ratio, fills the row and shows the middle only.
        CROP;

        /// Where an area of the asset comes to lie in a row.
        ///
        /// @param crop as [InputSpec#crop()]
        public Placement place(ImageSize area, ImageSize row, double crop) {
            return switch (this) {
                case LETTERBOX -> Placement.letterbox(area, row);
                case LETTERBOX_TOP_LEFT -> Placement.letterboxTopLeft(area, row);
                case LONGEST_SIDE -> Placement.longestSide(area, row);
                case STRETCH -> Placement.stretch(row);
                case CROP -> Placement.centreCrop(area, row, crop);
            };
        }
    }

    public enum Sampling {
        /// Bilinear, pixel centres at .5 on both sides (OpenCV, PyTorch with align_corners off, ONNX half_pixel).
        HALF_PIXEL,
        /// Bilinear, pixel i of the row reads the asset at i * W / w (TensorFlow 1 resize_bilinear, ONNX asymmetric).
        ASYMMETRIC
    }

    public enum Range {
        /// A pixel is what the image says.
        FULL,
        /// Pixels are stretched so that the brightest sample of the row's image is 255 (U^2-Net divides by the
        /// maximum).
        BRIGHTEST
    }

    public enum ColorOrder {
        RGB,
        BGR,
        GRAY
    }

    public enum Layout {
        NCHW,
        NHWC
    }
}
