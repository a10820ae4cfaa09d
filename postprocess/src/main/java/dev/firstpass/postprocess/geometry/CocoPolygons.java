package dev.firstpass.postprocess.geometry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Polygons to pixels exactly as cocoapi has it (`rleFrPoly` in `common/maskApi.c`, github.com/cocodataset/cocoapi), for
/// figures that are to equal those of pycocotools. What is drawn and written goes by [Rasterizer], which is exact.
///
/// The rule: corners are rounded to a grid of fifths of a pixel; each edge becomes grid points, one for each step along
/// its longer side; wherever the outline passes from one column of pixels to the next, the column changes between inside
/// and outside below the point. Several parts are united; a part's holes are left out of it, which COCO's own polygons
/// cannot say.
///
/// Pure functions. Costs a step for each fifth of a pixel of the outline, and a sort of the column changes.
public final class CocoPolygons {
    private static final double GRID = 5;
    private static final double HALF = 0.5;

    private CocoPolygons() {}

    /// The pixels of `size` within any of `parts`; possibly none.
    ///
    /// @throws IllegalArgumentException if the image has more than 2^31 - 1 pixels
    public static RunLengths pixels(List<PolygonPart> parts, ImageSize size) {
        if (size.pixels() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("image: " + size + " (expected: at most 2^31 - 1 pixels)");
        }
        if (parts.size() == 1) {
            return runs(parts.getFirst(), size);
        }
        BitMask united = new BitMask(size);
        parts.forEach(part -> united.or(runs(part, size).toBitMask()));
        return RunLengths.of(united);
    }

    /// Holes lie within their part, so what is surrounded an odd number of times is what is inside.
    private static RunLengths runs(PolygonPart part, ImageSize size) {
        List<Ring> rings = new ArrayList<>(part.holes());
        rings.addFirst(part.outer());
        IntList changes = new IntList();
        rings.forEach(ring -> new Outline(ring).changes(size, changes));
        int[] positions = changes.toArray();
        Arrays.sort(positions);
        return new RunLengths(size, counts(positions, (int) size.pixels()));
    }

    /// Two changes at one place cancel.
    private static int[] counts(int[] positions, int end) {
        int[] counts = new int[positions.length + 1];
        int length = 0;
        int previous = 0;
        for (int i = 0; i < positions.length; i++) {
            if (i + 1 < positions.length && positions[i] == positions[i + 1]) {
                i++;
            } else if (positions[i] < end) {
                counts[length++] = positions[i] - previous;
                previous = positions[i];
            }
        }
        counts[length++] = end - previous;
        return Arrays.copyOf(counts, length);
    }

    /// A ring's points on the grid. Mutable, for one thread.
    private static final class Outline {
        private final IntList xs = new IntList();
        private final IntList ys = new IntList();

        Outline(Ring ring) {
            List<Point> points = ring.points();
            for (int i = 0; i < points.size(); i++) {
                Point from = points.get(i);
                Point to = points.get((i + 1) % points.size());
                edge(onGrid(from.x()), onGrid(from.y()), onGrid(to.x()), onGrid(to.y()));
            }
        }

        private static int onGrid(double coordinate) {
            return (int) (GRID * coordinate + HALF);
        }

        /// Computed from the end with the lesser coordinate, so that both directions give the same points.
        private void edge(int fromX, int fromY, int toX, int toY) {
            int width = Math.abs(toX - fromX);
            int height = Math.abs(toY - fromY);
            boolean isFlat = width >= height;
            boolean isFlipped = isFlat ? fromX > toX : fromY > toY;
            int startX = isFlipped ? toX : fromX;
            int startY = isFlipped ? toY : fromY;
            int endX = isFlipped ? fromX : toX;
            int endY = isFlipped ? fromY : toY;
            int steps = isFlat ? width : height;
            double slope =
                    steps == 0 ? 0 : isFlat ? (double) (endY - startY) / width : (double) (endX - startX) / height;
            for (int step = 0; step <= steps; step++) {
                int along = isFlipped ? steps - step : step;
                xs.add(isFlat ? along + startX : (int) (startX + slope * along + HALF));
                ys.add(isFlat ? (int) (startY + slope * along + HALF) : along + startY);
            }
        }

        /// Adds the pixels, counted down the columns, at which the outline changes between outside and inside.
        void changes(ImageSize size, IntList changes) {
            int[] x = xs.toArray();
            int[] y = ys.toArray();
            for (int i = 1; i < x.length; i++) {
                if (x[i] != x[i - 1]) {
                    change(x[i], x[i - 1], Math.min(y[i], y[i - 1]), size, changes);
                }
            }
        }

        private static void change(int x, int previousX, int y, ImageSize size, IntList changes) {
            double column = ((x < previousX ? x : x - 1) + HALF) / GRID - HALF;
            if (Math.floor(column) != column || column < 0 || column > size.width() - 1) {
                return;
            }
            double row = Math.ceil(Math.clamp((y + HALF) / GRID - HALF, 0.0, size.height()));
            changes.add(((int) column) * size.height() + (int) row);
        }
    }
}
