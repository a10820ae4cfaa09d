package dev.firstpass.server.image;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.MatVector;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.bytedeco.opencv.opencv_core.Size;

/// A picture to draw on: a copy of the image in a size that is good to look at, and strokes whose width follows
/// from that size. Takes asset coordinates and does the scaling itself; draws antialiased at 1/16 pixel.
///
/// Text is drawn with the library's built-in stroke font, so no font has to be installed.
///
/// Owns native memory until it is closed. For one thread.
final class Canvas implements AutoCloseable {
    /// Pictures of small images are enlarged to this, or their tags could not be read.
    private static final int LEAST_SIDE = 800;

    private static final int SUB_PIXEL_BITS = 4;
    private static final int FONT = opencv_imgproc.FONT_HERSHEY_DUPLEX;
    private static final double FILL_OPACITY = 0.3;

    private final Mat picture;
    private final double scale;
    private final int stroke;
    private final double fontScale;

    /// @param maxSide longest side of the picture in pixels
    Canvas(Raster image, int maxSide) {
        ImageSize size = image.size();
        double longest = Math.max(size.width(), size.height());
        double wanted = Math.clamp(longest, Math.min(LEAST_SIDE, maxSide), maxSide);
        this.scale = wanted / longest;
        this.picture = scaled(image.toBgr8(), scale);
        this.stroke = (int) Math.max(2, Math.round(wanted / 480));
        this.fontScale = Math.max(0.5, wanted / 1900);
    }

    private static Mat scaled(Mat image, double scale) {
        if (scale == 1) {
            return image;
        }
        Mat resized = new Mat();
        int width = (int) Math.max(1, Math.rint(image.cols() * scale));
        int height = (int) Math.max(1, Math.rint(image.rows() * scale));
        int method = scale < 1 ? opencv_imgproc.INTER_AREA : opencv_imgproc.INTER_CUBIC;
        try (image;
                Size size = new Size(width, height)) {
            opencv_imgproc.resize(image, resized, size, 0, 0, method);
        }
        return resized;
    }

    /// Size of the picture, in its own pixels.
    ImageSize size() {
        return new ImageSize(picture.cols(), picture.rows());
    }

    /// An asset rectangle in picture pixels.
    Rect toPicture(Rect asset) {
        return new Rect(asset.x() * scale, asset.y() * scale, asset.width() * scale, asset.height() * scale);
    }

    /// Width of a line's colour in picture pixels; its halo adds half as much on each side.
    int stroke() {
        return stroke;
    }

    /// Tints the inside of rings, by the even-odd rule: rings inside rings are holes.
    void tint(List<List<Point>> rings, Ink ink) {
        try (Scalar unset = Scalar.all(0);
                Mat mask = new Mat(picture.rows(), picture.cols(), opencv_core.CV_8UC1, unset);
                MatVector points = vertices(rings);
                Scalar set = Scalar.all(255)) {
            opencv_imgproc.fillPoly(mask, points, set, opencv_imgproc.LINE_8, SUB_PIXEL_BITS, null);
            tint(mask, ink);
        }
    }

    /// Tints a mask and draws a line around it.
    void mask(RunLengths runs, Ink ink) {
        try (Mat mask = scaledMask(runs);
                MatVector contours = new MatVector()) {
            tint(mask, ink);
            opencv_imgproc.findContours(mask, contours, opencv_imgproc.RETR_CCOMP, opencv_imgproc.CHAIN_APPROX_SIMPLE);
            stroked(
                    ink,
                    (color, width) ->
                            opencv_imgproc.polylines(picture, contours, true, color, width, opencv_imgproc.LINE_AA, 0));
        }
    }

    private Mat scaledMask(RunLengths runs) {
        ImageSize size = runs.size();
        Mat mask = new Mat();
        // The runs go down the columns: written into an image lying on its side, which is then turned.
        try (Scalar unset = Scalar.all(0);
                Mat lying = new Mat(size.width(), size.height(), opencv_core.CV_8UC1, unset);
                Mat standing = new Mat();
                Size target = new Size(picture.cols(), picture.rows())) {
            MemorySegment pixels = OpenCv.memory(lying);
            long at = 0;
            boolean set = false;
            for (int count : runs.counts()) {
                if (set) {
                    pixels.asSlice(at, count).fill((byte) 255);
                }
                at += count;
                set = !set;
            }
            opencv_core.transpose(lying, standing);
            opencv_imgproc.resize(standing, mask, target, 0, 0, opencv_imgproc.INTER_LINEAR);
            opencv_imgproc.threshold(mask, mask, 127, 255, opencv_imgproc.THRESH_BINARY);
        }
        return mask;
    }

    private void tint(Mat mask, Ink ink) {
        try (org.bytedeco.opencv.opencv_core.Rect touched = opencv_imgproc.boundingRect(mask)) {
            if (touched.width() == 0) {
                return;
            }
            try (Mat part = new Mat(picture, touched);
                    Mat partMask = new Mat(mask, touched);
                    Scalar value = scalar(ink);
                    Mat color = new Mat(part.rows(), part.cols(), part.type(), value);
                    Mat tinted = new Mat()) {
                opencv_core.addWeighted(part, 1 - FILL_OPACITY, color, FILL_OPACITY, 0, tinted);
                tinted.copyTo(part, partMask);
            }
        }
    }

    /// Draws a line through points, with a halo.
    void line(List<Point> points, boolean closed, Ink ink) {
        try (MatVector vertices = vertices(List.of(points))) {
            stroked(
                    ink,
                    (color, width) -> opencv_imgproc.polylines(
                            picture, vertices, closed, color, width, opencv_imgproc.LINE_AA, SUB_PIXEL_BITS));
        }
    }

    /// Draws a dot, or a ring.
    void dot(Point at, boolean filled, Ink ink) {
        int radius = 2 * stroke;
        try (org.bytedeco.opencv.opencv_core.Point centre =
                new org.bytedeco.opencv.opencv_core.Point(fixed(at.x()), fixed(at.y()))) {
            stroked(ink, (color, width) -> {
                int thickness = filled ? opencv_imgproc.FILLED : width;
                int grown = filled ? radius + (width - stroke) / 2 : radius;
                opencv_imgproc.circle(
                        picture,
                        centre,
                        grown << SUB_PIXEL_BITS,
                        color,
                        thickness,
                        opencv_imgproc.LINE_AA,
                        SUB_PIXEL_BITS);
            });
        }
    }

    private interface Stroke {
        void draw(Scalar color, int width);
    }

    /// Twice: the halo, then the colour.
    private void stroked(Ink ink, Stroke line) {
        int halo = Math.max(1, stroke / 2);
        try (Scalar under = scalar(ink.contrast());
                Scalar over = scalar(ink)) {
            line.draw(under, stroke + 2 * halo);
            line.draw(over, stroke);
        }
    }

    /// A tag's size in picture pixels.
    ImageSize sizeOf(Tag tag) {
        try (IntPointer baseline = new IntPointer(1L);
                Size text = textSize(tag, baseline)) {
            int padding = padding(tag);
            return new ImageSize(text.width() + 2 * padding, text.height() + baseline.get() / 2 + 2 * padding);
        }
    }

    /// A plate with a text on it.
    ///
    /// @param small for the score alone, where there are many
    record Tag(String text, boolean small, Ink ink) {}

    /// Draws a tag at a place of its size.
    void draw(Tag tag, Rect place) {
        try (org.bytedeco.opencv.opencv_core.Rect plate = new org.bytedeco.opencv.opencv_core.Rect(
                        (int) place.x(), (int) place.y(), (int) place.width(), (int) place.height());
                IntPointer baseline = new IntPointer(1L);
                Size text = textSize(tag, baseline);
                org.bytedeco.opencv.opencv_core.Point start = new org.bytedeco.opencv.opencv_core.Point(
                        plate.x() + padding(tag), plate.y() + padding(tag) + text.height());
                Scalar fill = scalar(tag.ink);
                Scalar contrast = scalar(tag.ink.contrast())) {
            opencv_imgproc.rectangle(picture, plate, fill, opencv_imgproc.FILLED, opencv_imgproc.LINE_8, 0);
            opencv_imgproc.rectangle(picture, plate, contrast, 1, opencv_imgproc.LINE_8, 0);
            opencv_imgproc.putText(
                    picture,
                    tag.text,
                    start,
                    FONT,
                    fontScale(tag),
                    contrast,
                    fontThickness(tag),
                    opencv_imgproc.LINE_AA,
                    false);
        }
    }

    private Size textSize(Tag tag, IntPointer baseline) {
        return opencv_imgproc.getTextSize(tag.text, FONT, fontScale(tag), fontThickness(tag), baseline);
    }

    private double fontScale(Tag tag) {
        return tag.small ? 0.8 * fontScale : fontScale;
    }

    private int fontThickness(Tag tag) {
        return (int) Math.max(1, Math.rint(fontScale(tag) * 1.4));
    }

    private int padding(Tag tag) {
        return (int) Math.ceil(fontScale(tag) * (tag.small ? 4 : 7));
    }

    byte[] png() {
        return ImageEncoder.png(picture);
    }

    /// Thin lines and small letters stay clear in it.
    byte[] jpeg() {
        return ImageEncoder.jpeg(picture);
    }

    private static Scalar scalar(Ink ink) {
        return new Scalar(ink.blue(), ink.green(), ink.red(), 0);
    }

    /// An asset position as the library's fixed point, whose whole numbers are pixel centres.
    private int fixed(double position) {
        return (int) Math.rint((position * scale - 0.5) * (1 << SUB_PIXEL_BITS));
    }

    private MatVector vertices(List<List<Point>> rings) {
        MatVector all = new MatVector();
        for (List<Point> ring : rings) {
            try (Mat vertices = new Mat(ring.size(), 1, opencv_core.CV_32SC2)) {
                MemorySegment memory = OpenCv.memory(vertices);
                for (int i = 0; i < ring.size(); i++) {
                    memory.setAtIndex(
                            ValueLayout.JAVA_INT, 2L * i, fixed(ring.get(i).x()));
                    memory.setAtIndex(
                            ValueLayout.JAVA_INT, 2L * i + 1, fixed(ring.get(i).y()));
                }
                all.push_back(vertices);
            }
        }
        return all;
    }

    @Override
    public void close() {
        picture.close();
    }
}
