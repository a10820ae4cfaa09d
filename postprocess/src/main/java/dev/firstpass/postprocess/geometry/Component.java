package dev.firstpass.postprocess.geometry;

import java.util.ArrayList;
import java.util.List;

/// One connected group of set pixels, as the runs of its rows.
///
/// Immutable.
public final class Component {
    private final ImageSize size;
    private final int[] runs;
    private final long area;
    private final Rect bounds;

    /// @param runs row, first column, column after the last; one triple per run in raster order, at least one
    Component(ImageSize size, int[] runs) {
        this.size = size;
        this.runs = runs;
        long pixels = 0;
        int left = Integer.MAX_VALUE;
        int right = 0;
        for (int i = 0; i < runs.length; i += 3) {
            pixels += runs[i + 2] - runs[i + 1];
            left = Math.min(left, runs[i + 1]);
            right = Math.max(right, runs[i + 2]);
        }
        int top = runs[0];
        int bottom = runs[runs.length - 3] + 1;
        this.area = pixels;
        this.bounds = new Rect(left, top, right - left, bottom - top);
    }

    /// Number of pixels.
    public long area() {
        return area;
    }

    /// The smallest rectangle of whole pixels around the component.
    public Rect bounds() {
        return bounds;
    }

    /// Position in the image of the first pixel in raster order, `y * width + x`: different for every component of a
    /// mask.
    public long firstPixel() {
        return (long) runs[0] * size.width() + runs[1];
    }

    /// The centres of the first and last pixel of each run: they have the same convex hull as all the pixels'
    /// centres.
    public List<Point> runEnds() {
        List<Point> ends = new ArrayList<>(2 * runs.length / 3);
        for (int i = 0; i < runs.length; i += 3) {
            ends.add(new Point(runs[i + 1] + 0.5, runs[i] + 0.5));
            ends.add(new Point(runs[i + 2] - 0.5, runs[i] + 0.5));
        }
        return ends;
    }

    /// The mean over this component's pixels of a value per pixel of the image.
    ///
    /// @param values of the image, run by run
    public double mean(Values values) {
        float[] run = new float[(int) bounds.width()];
        double sum = 0;
        for (int i = 0; i < runs.length; i += 3) {
            int count = runs[i + 2] - runs[i + 1];
            values.read(runs[i] * size.width() + runs[i + 1], run, count);
            for (int x = 0; x < count; x++) {
                sum += run[x];
            }
        }
        return sum / area;
    }

    /// A value for each pixel of an image.
    @FunctionalInterface
    public interface Values {
        /// Puts those of `count` pixels that follow each other in a row into an array, at its beginning.
        ///
        /// @param first position of the first, `y * width + x`
        void read(int first, float[] into, int count);
    }

    /// A new mask of the component's [#bounds()] alone with only this component set.
    public BitMask toBoundedMask() {
        int left = (int) bounds.x();
        int top = (int) bounds.y();
        BitMask mask = new BitMask(new ImageSize((int) bounds.width(), (int) bounds.height()));
        for (int i = 0; i < runs.length; i += 3) {
            mask.setRun(runs[i] - top, runs[i + 1] - left, runs[i + 2] - left);
        }
        return mask;
    }

    /// A new mask of the whole image with only this component set.
    public BitMask toBitMask() {
        BitMask mask = new BitMask(size);
        for (int i = 0; i < runs.length; i += 3) {
            mask.setRun(runs[i], runs[i + 1], runs[i + 2]);
        }
        return mask;
    }
}
