package dev.firstpass.postprocess.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/// The extents of a tensor, outermost first. An extent of [#DYNAMIC] stands for an axis that a model leaves open; the
/// shape of real data has none.
///
/// Immutable.
public record Shape(List<Long> extents) {
    /// An axis whose extent is only known once data is there.
    public static final long DYNAMIC = -1;

    public Shape {
        extents = List.copyOf(extents);
        for (long extent : extents) {
            if (extent < DYNAMIC) {
                throw new IllegalArgumentException("extent: " + extent + " (expected: >= 0, or -1 for dynamic)");
            }
        }
    }

    public static Shape of(long... extents) {
        return new Shape(LongStream.of(extents).boxed().toList());
    }

    public int rank() {
        return extents.size();
    }

    /// The extent of `axis`, counted from 0; a negative axis counts from the end.
    public long extent(int axis) {
        return extents.get(axis < 0 ? rank() + axis : axis);
    }

    public boolean isDynamic() {
        return extents.contains(DYNAMIC);
    }

    /// Number of elements.
    ///
    /// @throws IllegalStateException if an axis is dynamic
    /// @throws ArithmeticException if the product leaves the range of a long
    public long elements() {
        if (isDynamic()) {
            throw new IllegalStateException("shape " + this + " has a dynamic axis");
        }
        long product = 1;
        for (long extent : extents) {
            product = Math.multiplyExact(product, extent);
        }
        return product;
    }

    /// This shape with its first axis replaced: a row's shape seen as a batch of `n`, or the other way round.
    public Shape withBatch(long n) {
        long[] copy = toArray();
        copy[0] = n;
        return of(copy);
    }

    public long[] toArray() {
        return extents.stream().mapToLong(Long::longValue).toArray();
    }

    /// Whether data of shape `actual` fits this declaration: same rank, equal extents but for dynamic axes.
    public boolean accepts(Shape actual) {
        if (actual.rank() != rank()) {
            return false;
        }
        for (int axis = 0; axis < rank(); axis++) {
            if (extent(axis) != DYNAMIC && extent(axis) != actual.extent(axis)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return Arrays.stream(toArray())
                .mapToObj(extent -> extent == DYNAMIC ? "?" : Long.toString(extent))
                .collect(Collectors.joining(",", "[", "]"));
    }
}
