package dev.firstpass.server.image;

import dev.firstpass.postprocess.geometry.Orientation;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.MatVector;

/// Turns stored pixels upright, without loss.
final class Turn {
    /// The most bands that the library's transpose takes in one go.
    private static final int MAX_BANDS_AT_ONCE = 4;

    private static final int ABOUT_X = 0;
    private static final int ABOUT_Y = 1;

    private Turn() {}

    /// Takes over `stored`, and gives it back where it is upright already.
    static Mat upright(Mat stored, Orientation orientation, PixelMemory memory) {
        if (orientation == Orientation.UPRIGHT) {
            return stored;
        }
        try (stored) {
            return stored.channels() <= MAX_BANDS_AT_ONCE
                    ? turned(stored, orientation, memory)
                    : turnedByBand(stored, orientation);
        }
    }

    private static Mat turnedByBand(Mat stored, Orientation orientation) {
        try (MatVector planes = new MatVector();
                MatVector turnedPlanes = new MatVector()) {
            opencv_core.split(stored, planes);
            for (long i = 0; i < planes.size(); i++) {
                try (Mat plane = planes.get(i);
                        Mat turned = turned(plane, orientation, PixelMemory.FRESH)) {
                    turnedPlanes.push_back(turned);
                }
            }
            Mat merged = new Mat();
            opencv_core.merge(turnedPlanes, merged);
            return merged;
        }
    }

    private static Mat turned(Mat stored, Orientation orientation, PixelMemory memory) {
        int rows = orientation.swapsSides() ? stored.cols() : stored.rows();
        int columns = orientation.swapsSides() ? stored.rows() : stored.cols();
        Mat turned = memory.take(PixelMemory.Use.UPRIGHT, rows, columns, stored.type());
        switch (orientation) {
            case UPRIGHT -> stored.copyTo(turned);
            case MIRRORED -> opencv_core.flip(stored, turned, ABOUT_Y);
            case ROTATE_180 -> opencv_core.rotate(stored, turned, opencv_core.ROTATE_180);
            case FLIPPED -> opencv_core.flip(stored, turned, ABOUT_X);
            case TRANSPOSE -> opencv_core.transpose(stored, turned);
            case ROTATE_90 -> opencv_core.rotate(stored, turned, opencv_core.ROTATE_90_CLOCKWISE);
            case TRANSVERSE -> {
                try (Mat transposed = new Mat()) {
                    opencv_core.transpose(stored, transposed);
                    opencv_core.rotate(transposed, turned, opencv_core.ROTATE_180);
                }
            }
            case ROTATE_270 -> opencv_core.rotate(stored, turned, opencv_core.ROTATE_90_COUNTERCLOCKWISE);
        }
        return turned;
    }
}
