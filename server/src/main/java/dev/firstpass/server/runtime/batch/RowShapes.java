package dev.firstpass.server.runtime.batch;

import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.runtime.batch.schedule.Buckets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The shapes of the rows that a model has been given, each a bucket of its own as long as there are any to give. What comes
/// later shares a bucket with rows of about its size: it runs with those of its own shape, and how long that takes is
/// predicted from the others.
///
/// One thread at a time.
final class RowShapes implements Buckets {
    /// Of a model whose input is of any size: photos have few shapes, and hostile callers get no more than this.
    private static final int OWN = 48;

    /// By powers of two of their pixels.
    private static final int SHARED = 32;

    private final Map<List<Shape>, Integer> known = new HashMap<>();
    private final long[] pixels;
    private final int own;

    /// @param isFixed whether all rows have one shape
    RowShapes(boolean isFixed) {
        this.own = isFixed ? 1 : OWN;
        this.pixels = new long[isFixed ? 1 : OWN + SHARED];
    }

    /// @param row of each input, with a first axis of 1
    int bucket(List<Shape> row) {
        Integer bucket = known.get(row);
        return bucket == null ? newBucket(row) : bucket;
    }

    private int newBucket(List<Shape> row) {
        long size = row.stream().mapToLong(RowShapes::pixels).max().orElse(1);
        if (known.size() < own) {
            int bucket = known.size();
            known.put(row, bucket);
            pixels[bucket] = size;
            return bucket;
        }
        if (pixels.length == 1) {
            return 0;
        }
        int bucket = own + Math.min(SHARED - 1, Long.SIZE - 1 - Long.numberOfLeadingZeros(size));
        pixels[bucket] = Math.max(pixels[bucket], size);
        return bucket;
    }

    /// Of an image, [1,C,H,W] or [1,H,W,C], without its channels; of anything else the elements.
    static long pixels(Shape row) {
        long elements = Math.max(1, row.elements());
        return row.rank() == 4 ? elements / Math.max(1, Math.min(row.extent(1), row.extent(3))) : elements;
    }

    @Override
    public int count() {
        return pixels.length;
    }

    @Override
    public long pixels(int bucket) {
        return Math.max(1, pixels[bucket]);
    }
}
