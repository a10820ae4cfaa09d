package dev.firstpass.postprocess.geometry;

import java.util.Arrays;

/// A mask of a whole image as run lengths in COCO's order: down each column, columns left to right, runs of unset and
/// set pixels in turn, beginning with unset (the first count may be 0). The counts add up to width x height.
///
/// Immutable; the array is copied in and out.
public record RunLengths(ImageSize size, int[] counts) {
    public RunLengths {
        counts = counts.clone();
        long sum = 0;
        for (int count : counts) {
            if (count < 0) {
                throw new IllegalArgumentException("count: " + count + " (expected: >= 0)");
            }
            sum += count;
        }
        if (sum != size.pixels()) {
            throw new IllegalArgumentException("counts: sum " + sum + " (expected: " + size.pixels() + ")");
        }
    }

    /// The set pixels of `mask`, in the shortest form: no run but the first is empty. Costs one step per 64 pixels
    /// and one per change between a pixel and the one above it.
    ///
    /// @throws ArithmeticException if a single run is longer than 2^31 - 1 pixels
    public static RunLengths of(BitMask mask) {
        return new RunLengths(mask.size(), mask.columnRuns());
    }

    /// A new bit matrix with the same pixels set. Costs one step per 64 pixels, one per run and one per column that a
    /// run crosses.
    public BitMask toBitMask() {
        return BitMask.ofColumnRuns(size, counts);
    }

    @Override
    public int[] counts() {
        return counts.clone();
    }

    /// Number of set pixels.
    public long area() {
        long area = 0;
        for (int i = 1; i < counts.length; i += 2) {
            area += counts[i];
        }
        return area;
    }

    /// The smallest rectangle of whole pixels around the set ones; of width and height 0 where none is set.
    public Rect bounds() {
        int height = size.height();
        int left = Integer.MAX_VALUE;
        int right = -1;
        int top = Integer.MAX_VALUE;
        int bottom = -1;
        long position = 0;
        for (int i = 0; i < counts.length; i++) {
            if (i % 2 == 1 && counts[i] > 0) {
                long last = position + counts[i] - 1;
                int firstColumn = (int) (position / height);
                int lastColumn = (int) (last / height);
                left = Math.min(left, firstColumn);
                right = Math.max(right, lastColumn);
                boolean crossesColumn = firstColumn != lastColumn;
                top = Math.min(top, crossesColumn ? 0 : (int) (position % height));
                bottom = Math.max(bottom, crossesColumn ? height - 1 : (int) (last % height));
            }
            position += counts[i];
        }
        return right < 0 ? new Rect(0, 0, 0, 0) : new Rect(left, top, right + 1.0 - left, bottom + 1.0 - top);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RunLengths that && size.equals(that.size) && Arrays.equals(counts, that.counts);
    }

    @Override
    public int hashCode() {
        return 31 * size.hashCode() + Arrays.hashCode(counts);
    }

    @Override
    public String toString() {
        return "RunLengths[size=" + size + ", runs=" + counts.length + ", area=" + area() + "]";
    }
}
