package dev.firstpass.server.runtime.batch.schedule;

/// A quantile of the last values: exact, in fixed memory.
///
/// One thread only. A value costs two moves within an array of `window` numbers.
final class RollingQuantile {
    private final double quantile;
    private final double[] recent;
    private final double[] sorted;
    private int count;
    private int next;

    RollingQuantile(int window, double quantile) {
        this.quantile = quantile;
        this.recent = new double[window];
        this.sorted = new double[window];
    }

    void add(double value) {
        int size = count;
        if (count == recent.length) {
            int old = position(recent[next], size);
            System.arraycopy(sorted, old + 1, sorted, old, size - old - 1);
            size--;
        } else {
            count++;
        }
        int place = position(value, size);
        System.arraycopy(sorted, place, sorted, place + 1, size - place);
        sorted[place] = value;
        recent[next] = value;
        next = (next + 1) % recent.length;
    }

    /// The first index of those sorted that is not below `value`.
    private int position(double value, int size) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sorted[middle] < value) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /// The quantile; `none` where no value has come yet.
    double orElse(double none) {
        return count == 0 ? none : sorted[Math.min(count - 1, (int) (quantile * count))];
    }

    void clear() {
        count = 0;
        next = 0;
    }
}
