package dev.firstpass.postprocess.geometry;

import java.util.Arrays;
import java.util.List;

/// Polygons to pixels by COCO's rule: a pixel is set if its **centre** lies inside.
///
/// Inside a part is what an odd number of its rings surround, so holes are left out whichever way they run; several
/// parts are united. A centre exactly on an edge counts as inside on the right and bottom edges and as outside on the
/// left and top ones, so that areas which share an edge never share a pixel. For whole-number corners no centre lies
/// on an axis-parallel edge, and the outline of a mask gives back that mask.
///
/// cocoapi's `rleFrPoly` follows slanted edges on a grid of fifths of a pixel; here they are exact, so a pixel whose
/// centre is within about a tenth of a pixel of a slanted edge may differ from cocoapi's.
///
/// Cost: one step per row that an edge crosses, a sort of the crossings of each row, one step per 64 pixels filled.
public final class Rasterizer {
    private Rasterizer() {}

    /// A new mask of `size` with the pixels inside any of `parts` set; what lies outside the image is cut off.
    public static BitMask rasterize(List<PolygonPart> parts, ImageSize size) {
        BitMask mask = new BitMask(size);
        for (PolygonPart part : parts) {
            fill(part, mask);
        }
        return mask;
    }

    private static void fill(PolygonPart part, BitMask mask) {
        Crossings crossings = new Crossings(mask.size().height());
        crossings.count(part.outer());
        part.holes().forEach(crossings::count);
        crossings.allocate();
        crossings.enter(part.outer());
        part.holes().forEach(crossings::enter);
        crossings.fill(mask);
    }

    /// The first pixel whose centre is beyond `edge`, limited to 0..`limit`. Also the end of the pixels before it.
    private static int firstBeyond(double edge, int limit) {
        return (int) Math.clamp(Math.floor(edge + 0.5), 0.0, limit);
    }

    /// Where the rings cross the centre line of each row. Counted first, so that one array holds them all.
    private static final class Crossings {
        private final int height;

        /// While counting: crossings of row y at y + 1; then: where row y's crossings end so far.
        private final int[] ends;

        private double[] xs = {};

        Crossings(int height) {
            this.height = height;
            this.ends = new int[height + 1];
        }

        void count(Ring ring) {
            Point previous = ring.points().getLast();
            for (Point point : ring.points()) {
                int last = lastRow(previous, point);
                for (int y = firstRow(previous, point); y < last; y++) {
                    ends[y + 1]++;
                }
                previous = point;
            }
        }

        void allocate() {
            for (int y = 0; y < height; y++) {
                ends[y + 1] += ends[y];
            }
            xs = new double[ends[height]];
        }

        void enter(Ring ring) {
            Point previous = ring.points().getLast();
            for (Point point : ring.points()) {
                double slope = (point.x() - previous.x()) / (point.y() - previous.y());
                int last = lastRow(previous, point);
                for (int y = firstRow(previous, point); y < last; y++) {
                    xs[ends[y]++] = previous.x() + (y + 0.5 - previous.y()) * slope;
                }
                previous = point;
            }
        }

        void fill(BitMask mask) {
            int width = mask.size().width();
            int start = 0;
            for (int y = 0; y < height; y++) {
                int end = ends[y];
                Arrays.sort(xs, start, end);
                for (int i = start; i + 1 < end; i += 2) {
                    mask.setRun(y, firstBeyond(xs[i], width), firstBeyond(xs[i + 1], width));
                }
                start = end;
            }
        }

        private int firstRow(Point a, Point b) {
            return firstBeyond(Math.min(a.y(), b.y()), height);
        }

        private int lastRow(Point a, Point b) {
            return firstBeyond(Math.max(a.y(), b.y()), height);
        }
    }
}
