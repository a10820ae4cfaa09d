package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RunLengths;
import dev.firstpass.postprocess.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/// Masks of which each belongs to one detection: probabilities over its box, or over the row's whole image where the model has
/// pasted them already, which is told by their size. Set where above a half.
///
/// Mutable, for one thread; keeps one mask.
final class InstanceMasks {
    private static final float CUT = 0.5f;

    /// Pixels of the row around a box that its pasted mask may reach: a 28th, and rounding.
    private static final int REACH = 2;

    private static final int REACHED_SHARE = 28;

    private final Tensor tensor;
    private final Rule rule;
    private final RowOutput of;
    private final ImageSize asset;
    private final int height;
    private final int width;
    private final boolean pasted;
    private final float[] line;
    private float[] plane;

    /// How a mask over a box becomes one over an image.
    enum Rule {
        /// `paste_masks_in_image` of torchvision and `paste_instance_masks` of TensorFlow's Model Garden: a border of zeros around the mask, the box grown by as much and cut to whole
        /// pixels, then bilinear, half-pixel.
        TORCHVISION(1) {
            @Override
            Axis axis(int cells, double from, double to, int extent) {
                double half = (to - from) * 0.5 * (cells + 2.0) / cells;
                double centre = (to + from) * 0.5;
                long first = (long) (centre - half);
                long last = (long) (centre + half);
                long count = Math.max(last - first + 1, 1);
                int start = (int) Math.clamp(first, 0L, extent);
                int end = Math.clamp(Math.min(last + 1, extent), start, extent);
                Axis axis = new Axis(start, new int[end - start], new float[end - start]);
                int padded = cells + 2;
                // In floats, as torch's `interpolate` does: between a mask of 1 and the border many a value is a half
                // but for
                // the rounding.
                float scale = (float) padded / count;
                for (int at = start; at < end; at++) {
                    float place = scale * (at - first + 0.5f) - 0.5f;
                    axis.set(at, Math.clamp(place, 0f, padded - 1f));
                }
                return axis;
            }
        },

        /// `reframe_box_masks_to_image_masks` of the TensorFlow Object Detection API: `crop_and_resize` with corners on the
        /// centres of the outermost cells and pixels, and nothing beyond them.
        TENSORFLOW(0) {
            @Override
            Axis axis(int cells, double from, double to, int extent) {
                double last = Math.max(1, extent - 1);
                double least = from / extent;
                double span = (to - from) / extent;
                // A little wider than it can be; what lies outside is told pixel by pixel.
                int start = (int) Math.clamp(Math.floor(least * last) - 1, 0, extent);
                int end = (int) Math.clamp(Math.ceil((least + span) * last) + 2, start, extent);
                int first = end;
                int after = start;
                double[] places = new double[end - start];
                for (int at = start; at < end; at++) {
                    double place = (at / last - least) / span * (cells - 1);
                    if (place >= 0 && place <= cells - 1) {
                        places[at - start] = place;
                        first = Math.min(first, at);
                        after = at + 1;
                    }
                }
                int count = Math.max(0, after - first);
                Axis axis = new Axis(first, new int[count], new float[count]);
                for (int at = first; at < first + count; at++) {
                    axis.set(at, places[at - start]);
                }
                return axis;
            }
        };

        /// Cells of zeros on each side.
        private final int border;

        Rule(int border) {
            this.border = border;
        }

        /// @param from edge of the box, in pixels of an image that has `extent` of them
        abstract Axis axis(int cells, double from, double to, int extent);
    }

    /// Between which cells of a mask the pixels of an image lie along one axis, from pixel `first` on.
    record Axis(int first, int[] cells, float[] shares) {
        void set(int pixel, double place) {
            cells[pixel - first] = (int) place;
            shares[pixel - first] = (float) (place - (int) place);
        }

        int count() {
            return cells.length;
        }
    }

    /// @param tensor whose last two axes are a mask's rows and columns
    InstanceMasks(Tensor tensor, Rule rule, RowOutput of) {
        this.tensor = tensor;
        this.rule = rule;
        this.of = of;
        this.asset = of.transform().asset();
        this.height = Math.toIntExact(tensor.shape().extent(-2));
        this.width = Math.toIntExact(tensor.shape().extent(-1));
        this.pasted = width == of.transform().input().width()
                && height == of.transform().input().height();
        this.line = new float[width];
        this.plane = new float[0];
    }

    /// The number of one mask's values.
    long step() {
        return (long) height * width;
    }

    /// The pixels of one instance; empty where there are none.
    ///
    /// @param first index of the mask's first value
    /// @param box in asset pixels, perhaps reaching out
    /// @throws OutputInvalidException if a value that counts is no probability
    Optional<RunLengths> mask(long first, Rect box) {
        return pasted ? pasted(first, box) : boxed(first, box);
    }

    private Optional<RunLengths> boxed(long first, Rect box) {
        Axis across = rule.axis(width, box.x(), box.right(), asset.width());
        Axis down = rule.axis(height, box.y(), box.bottom(), asset.height());
        if (across.count() == 0 || down.count() == 0) {
            return Optional.empty();
        }
        int border = rule.border;
        int columns = width + 2 * border;
        int rows = height + 2 * border;
        plane = plane.length == columns * rows ? plane : new float[columns * rows];
        for (int y = 0; y < height; y++) {
            Outputs.readProbabilities(tensor, first + (long) y * width, line);
            System.arraycopy(line, 0, plane, (y + border) * columns + border, width);
        }
        BitMask part = new BitMask(new ImageSize(across.count(), down.count()));
        float[] blended = new float[columns + 1];
        for (int y = 0; y < down.count(); y++) {
            int upper = down.cells[y] * columns;
            int lower = Math.min(down.cells[y] + 1, rows - 1) * columns;
            float share = down.shares[y];
            for (int x = 0; x < columns; x++) {
                blended[x] = (1 - share) * plane[upper + x] + share * plane[lower + x];
            }
            blended[columns] = blended[columns - 1];
            int x = 0;
            while (x < across.count()) {
                int from = x;
                while (x < across.count() && isSet(blended, across, x)) {
                    x++;
                }
                part.setRun(y, from, x);
                x++;
            }
        }
        return placed(part, across.first(), down.first());
    }

    private static boolean isSet(float[] blended, Axis across, int x) {
        int cell = across.cells[x];
        float share = across.shares[x];
        return (1 - share) * blended[cell] + share * blended[cell + 1] > CUT;
    }

    /// Of the row's image only what is near the box is looked at.
    private Optional<RunLengths> pasted(long first, Rect box) {
        ImageSize input = of.transform().input();
        plane = plane.length == width * height ? plane : new float[width * height];
        Point corner = of.transform().toInput(new Point(box.x(), box.y()));
        Point other = of.transform().toInput(new Point(box.right(), box.bottom()));
        Rect inRow = grown(Rect.ofCorners(corner.x(), corner.y(), other.x(), other.y()))
                .clippedTo(input);
        int left = (int) inRow.x();
        int right = (int) Math.ceil(inRow.right());
        int top = (int) inRow.y();
        int bottom = (int) Math.ceil(inRow.bottom());
        float[] values = new float[Math.max(0, right - left)];
        for (int y = top; y < bottom; y++) {
            Outputs.readProbabilities(tensor, first + (long) y * width + left, values);
            System.arraycopy(values, 0, plane, y * width + left, values.length);
        }
        Rect inAsset = of.transform().toAsset(inRow).clippedTo(asset);
        Optional<RunLengths> runs = cut(inAsset);
        for (int y = top; y < bottom; y++) {
            Arrays.fill(plane, y * width + left, y * width + right, 0);
        }
        return runs;
    }

    private static Rect grown(Rect box) {
        double across = box.width() / REACHED_SHARE + REACH;
        double down = box.height() / REACHED_SHARE + REACH;
        return new Rect(box.x() - across, box.y() - down, box.width() + 2 * across, box.height() + 2 * down);
    }

    private Optional<RunLengths> cut(Rect window) {
        int left = (int) window.x();
        int right = (int) Math.ceil(window.right());
        int top = (int) window.y();
        int bottom = (int) Math.ceil(window.bottom());
        if (left >= right || top >= bottom) {
            return Optional.empty();
        }
        ScoreMap.Rows rows =
                new ScoreMap(plane, new MapPlace(new ImageSize(width, height), of.transform())).assetRows();
        BitMask part = new BitMask(new ImageSize(right - left, bottom - top));
        float[] row = new float[asset.width()];
        for (int y = top; y < bottom; y++) {
            rows.row(y, left, right, row);
            int x = left;
            while (x < right) {
                int from = x;
                while (x < right && row[x] > CUT) {
                    x++;
                }
                part.setRun(y - top, from - left, x - left);
                x++;
            }
        }
        return placed(part, left, top);
    }

    private Optional<RunLengths> placed(BitMask part, int left, int top) {
        RunLengths runs = RunLengths.of(part);
        return runs.area() == 0 ? Optional.empty() : Optional.of(PlacedRuns.of(runs, left, top, asset));
    }
}
