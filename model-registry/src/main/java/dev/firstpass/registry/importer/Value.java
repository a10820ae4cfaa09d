package dev.firstpass.registry.importer;

import java.util.Arrays;
import java.util.List;

/// What one output of a graph node is at import time: a constant, a vector of sizes, or a tensor that the ONNX model
/// computes.
sealed interface Value {

    /// A float constant, row-major. Immutable by convention: nobody writes to `data`.
    record Weights(float[] data, List<Integer> extents) implements Value {
        public Weights {
            extents = List.copyOf(extents);
            long product = 1;
            for (int extent : extents) {
                product = Math.multiplyExact(product, (long) extent);
            }
            if (product != data.length) {
                throw new UnsupportedGraphException("weights: " + data.length + " values for shape " + extents);
            }
        }

        int rank() {
            return extents.size();
        }

        int extent(int axis) {
            return extents.get(axis);
        }

        long[] shape() {
            return extents.stream().mapToLong(Integer::longValue).toArray();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Weights weights
                    && extents.equals(weights.extents)
                    && Arrays.equals(data, weights.data);
        }

        @Override
        public int hashCode() {
            return 31 * extents.hashCode() + Arrays.hashCode(data);
        }
    }

    /// An integer scalar or vector: shapes, axes, permutations. It is folded at import, with the batch size as its
    /// only unknown. Immutable.
    record Sizes(List<Dim> values, boolean scalar) implements Value {
        public Sizes {
            values = List.copyOf(values);
        }

        static Sizes scalar(Dim value) {
            return new Sizes(List.of(value), true);
        }

        static Sizes vector(List<Dim> values) {
            return new Sizes(values, false);
        }

        int knownScalar(String what) {
            if (values.size() != 1) {
                throw new UnsupportedGraphException(what + ": " + values.size() + " values (expected: 1)");
            }
            return values.getFirst().knownInt(what);
        }
    }

    /// A tensor of the ONNX graph. Immutable.
    ///
    /// @param tensor its name in the ONNX graph
    /// @param extents in TensorFlow's axis order, channels last, whatever `layout` is
    record Computed(String tensor, List<Dim> extents, Layout layout) implements Value {
        public Computed {
            extents = List.copyOf(extents);
            if (layout == Layout.CHANNELS_FIRST && extents.size() != 4) {
                throw new IllegalArgumentException("channels-first: rank " + extents.size() + " (expected: 4)");
            }
        }

        int rank() {
            return extents.size();
        }

        Dim extent(int axis) {
            return extents.get(axis);
        }
    }

    /// How the ONNX tensor is stored.
    enum Layout {
        /// As TensorFlow has it.
        PLAIN,
        /// Rank 4, stored as N, C, H, W.
        CHANNELS_FIRST
    }
}
