package dev.firstpass.postprocess.geometry;

import java.util.Arrays;

/// A growing list of ints without boxing.
///
/// Mutable, for one thread.
final class IntList {
    private int[] values = new int[16];
    private int size;

    int size() {
        return size;
    }

    int get(int index) {
        return values[index];
    }

    void add(int value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, 2 * size);
        }
        values[size++] = value;
    }

    /// Forgets the values from position `length` on.
    void truncate(int length) {
        size = length;
    }

    void clear() {
        size = 0;
    }

    int[] toArray() {
        return Arrays.copyOf(values, size);
    }
}
