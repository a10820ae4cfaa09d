package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RunLengths;
import dev.firstpass.postprocess.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/// Masks as sums of prototypes, each times a coefficient of the instance (YOLACT): [1, P, h, w], or [1, h, w, P] as TensorFlow
/// has it. The sum is made only for cells near the instance's box, brought to the asset's resolution (bilinear, half-pixel)
/// and set where it is above 0, that is, where its logistic is above a half.
///
/// As Ultralytics cuts them (`process_mask_native`): of the asset's columns those from x0 on and before x1 by their index,
/// and so for rows. Cells that show nothing but padding count for nothing: the outermost ones that show the asset are
/// repeated there.
///
/// Mutable, for one thread; keeps the prototypes near the boxes and one plane.
final class PrototypeMasks {
    /// Cells around the box that a bilinear blend may reach.
    private static final int REACH = 1;

    /// Prototypes that are added in one pass.
    private static final int TOGETHER = 4;

    private final Tensor tensor;
    private final int prototypes;
    private final boolean channelsFirst;
    private final ImageSize size;
    private final float[] plane;
    private final float[] row;
    private final float[][] four;
    private final float[] factors = new float[TOGETHER];
    private final float[] assetRow;
    private final ScoreMap map;
    private final ScoreMap.Rows rows;

    /// The cells that show some of the asset.
    private final ScoreMap.Window shown;

    /// @param prototypes how many coefficients an instance has
    /// @throws OutputInvalidException if the tensor has not as many prototypes, or holds what is no finite number
    PrototypeMasks(Tensor tensor, int prototypes, RowOutput of) {
        this.tensor = tensor;
        this.prototypes = prototypes;
        this.channelsFirst = isChannelsFirst(tensor, prototypes);
        this.size = channelsFirst
                ? new ImageSize(
                        (int) tensor.shape().extent(3), (int) tensor.shape().extent(2))
                : new ImageSize(
                        (int) tensor.shape().extent(2), (int) tensor.shape().extent(1));
        new BitScan().requireFinite(tensor, 0, tensor.elements());
        this.plane = new float[Math.toIntExact(size.pixels())];
        this.row = new float[channelsFirst ? 0 : size.width() * prototypes];
        this.four = new float[TOGETHER][channelsFirst ? size.width() : 0];
        this.assetRow = new float[of.transform().asset().width()];
        this.map = new ScoreMap(plane, new MapPlace(size, of.transform()));
        this.rows = map.assetRows();
        this.shown = shown(map.place());
    }

    private static boolean isChannelsFirst(Tensor tensor, int prototypes) {
        boolean first = tensor.shape().rank() == 4 && tensor.shape().extent(1) == prototypes;
        boolean last = tensor.shape().rank() == 4 && tensor.shape().extent(3) == prototypes;
        if (!(first || last) || tensor.elements() == 0 || tensor.elements() > Integer.MAX_VALUE) {
            throw new OutputInvalidException(
                    "output " + tensor.name() + ": " + tensor.shape() + " (expected: [1," + prototypes
                            + ",h,w] or [1,h,w," + prototypes + "], as many prototypes as there are coefficients)");
        }
        return first;
    }

    /// The pixels of one instance; empty where there are none.
    ///
    /// @param coefficients one for each prototype
    /// @param box in asset pixels, within the asset
    Optional<RunLengths> mask(float[] coefficients, Rect box) {
        ImageSize asset = map.place().transform().asset();
        int left = first(box.x());
        int right = Math.min(first(box.right()), asset.width());
        int top = first(box.y());
        int bottom = Math.min(first(box.bottom()), asset.height());
        if (left >= right || top >= bottom) {
            return Optional.empty();
        }
        sum(coefficients, new Rect(left, top, right - left, bottom - top));
        BitMask part = new BitMask(new ImageSize(right - left, bottom - top));
        for (int y = top; y < bottom; y++) {
            rows.row(y, left, right, assetRow);
            setRuns(part, y - top, left, right);
        }
        RunLengths runs = RunLengths.of(part);
        return runs.area() == 0 ? Optional.empty() : Optional.of(PlacedRuns.of(runs, left, top, asset));
    }

    /// Sets what is above 0 of the asset's row from `left` to `right`.
    private void setRuns(BitMask part, int y, int left, int right) {
        int x = left;
        while (x < right) {
            while (x < right && !(assetRow[x] > 0)) {
                x++;
            }
            int from = x;
            while (x < right && assetRow[x] > 0) {
                x++;
            }
            if (from < x) {
                part.setRun(y, from - left, x - left);
            }
        }
    }

    /// The first index from `edge` on.
    private static int first(double edge) {
        return (int) Math.ceil(edge);
    }

    /// Fills the cells of the plane that pixels of `window` are blended from.
    private void sum(float[] coefficients, Rect window) {
        MapPlace place = map.place();
        Rect inInput = boundsInInput(window);
        int left = Math.max(0, (int) place.columnOf(inInput.x()) - REACH);
        int right = Math.min(size.width(), (int) place.columnOf(inInput.right()) + 2 + REACH);
        int top = Math.max(0, (int) place.rowOf(inInput.y()) - REACH);
        int bottom = Math.min(size.height(), (int) place.rowOf(inInput.bottom()) + 2 + REACH);
        int from = Math.clamp(left, shown.left(), shown.right() - 1);
        int to = Math.clamp(right, from + 1, shown.right());
        int first = Math.clamp(top, shown.top(), shown.bottom() - 1);
        int end = Math.clamp(bottom, first + 1, shown.bottom());
        for (int y = first; y < end; y++) {
            if (channelsFirst) {
                sumPlanes(coefficients, y, from, to);
            } else {
                sumPixels(coefficients, y, from, to);
            }
            int at = y * size.width();
            Arrays.fill(plane, at + left, at + Math.max(left, from), plane[at + from]);
            Arrays.fill(plane, at + Math.min(to, right), at + right, plane[at + to - 1]);
        }
        for (int y = top; y < bottom; y++) {
            if (y < first || y >= end) {
                int source = Math.clamp(y, first, end - 1) * size.width();
                System.arraycopy(plane, source + left, plane, y * size.width() + left, right - left);
            }
        }
    }

    private static ScoreMap.Window shown(MapPlace place) {
        ImageSize cells = place.size();
        if (!place.isStraight()) {
            return new ScoreMap.Window(0, 0, cells.width(), cells.height());
        }
        ImageSize asset = place.transform().asset();
        Point first = place.transform().toInput(new Point(0, 0));
        Point last = place.transform().toInput(new Point(asset.width(), asset.height()));
        double acrossX = (double) cells.width() / place.transform().input().width();
        double acrossY = (double) cells.height() / place.transform().input().height();
        return new ScoreMap.Window(
                firstShown(Math.min(first.x(), last.x()) * acrossX, cells.width()),
                firstShown(Math.min(first.y(), last.y()) * acrossY, cells.height()),
                cells.width() - firstShown(cells.width() - Math.max(first.x(), last.x()) * acrossX, cells.width()),
                cells.height() - firstShown(cells.height() - Math.max(first.y(), last.y()) * acrossY, cells.height()));
    }

    /// The first cell of which more than a rounding error lies beyond `edge`.
    private static int firstShown(double edge, int cells) {
        return Math.clamp((long) Math.floor(edge + 1e-3), 0, cells - 1);
    }

    private Rect boundsInInput(Rect window) {
        double left = Double.POSITIVE_INFINITY;
        double top = Double.POSITIVE_INFINITY;
        double right = Double.NEGATIVE_INFINITY;
        double bottom = Double.NEGATIVE_INFINITY;
        for (Point corner : window.corners()) {
            Point at = map.place().transform().toInput(corner);
            left = Math.min(left, at.x());
            right = Math.max(right, at.x());
            top = Math.min(top, at.y());
            bottom = Math.max(bottom, at.y());
        }
        return Rect.ofCorners(left, top, right, bottom);
    }

    private void sumPlanes(float[] coefficients, int y, int left, int right) {
        int at = y * size.width();
        int count = right - left;
        Arrays.fill(plane, at + left, at + right, 0);
        for (int first = 0; first < prototypes; first += TOGETHER) {
            int last = Math.min(first + TOGETHER, prototypes);
            // In fours, so that the sum is read and written a quarter as often; what is missing counts nothing.
            for (int i = 0; i < TOGETHER; i++) {
                factors[i] = first + i < last ? coefficients[first + i] : 0;
                int source = Math.min(first + i, last - 1);
                tensor.read(source * size.pixels() + at + left, four[i], count);
            }
            add(at + left, count);
        }
    }

    private void add(int at, int count) {
        float a = factors[0];
        float b = factors[1];
        float c = factors[2];
        float d = factors[3];
        float[] ofA = four[0];
        float[] ofB = four[1];
        float[] ofC = four[2];
        float[] ofD = four[3];
        for (int i = 0; i < count; i++) {
            plane[at + i] = plane[at + i] + a * ofA[i] + b * ofB[i] + c * ofC[i] + d * ofD[i];
        }
    }

    private void sumPixels(float[] coefficients, int y, int left, int right) {
        long at = (long) y * size.width() + left;
        tensor.read(at * prototypes, row, (right - left) * prototypes);
        for (int i = 0; i < right - left; i++) {
            float sum = 0;
            for (int prototype = 0; prototype < prototypes; prototype++) {
                sum += coefficients[prototype] * row[i * prototypes + prototype];
            }
            plane[(int) at + i] = sum;
        }
    }
}
