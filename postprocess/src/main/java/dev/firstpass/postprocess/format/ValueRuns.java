package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Collects, from the rows of a label mask, where each value is.
///
/// Mutable, for one thread; keeps 12 bytes for each run of a value in a row, up to a limit.
final class ValueRuns implements PngReader.Rows {
    private static final int MOST_RUNS = 1 << 24;

    private final ImageSize size;
    private final Map<Integer, Runs> byValue = new TreeMap<>();
    private int runs;

    ValueRuns(ImageSize size) {
        this.size = size;
    }

    /// 0 is nothing.
    @Override
    public void row(int y, int[] samples) {
        int from = 0;
        while (from < samples.length) {
            int to = from + 1;
            while (to < samples.length && samples[to] == samples[from]) {
                to++;
            }
            if (samples[from] != 0) {
                if (++runs > MOST_RUNS) {
                    throw new DataSetException("PNG: more than " + MOST_RUNS + " runs of a value (expected: a mask)");
                }
                byValue.computeIfAbsent(samples[from], _ -> new Runs()).add(y, from, to);
            }
            from = to;
        }
    }

    /// In order.
    Set<Integer> values() {
        return byValue.keySet();
    }

    /// @param value one of [#values()]
    RunLengths mask(int value) {
        BitMask mask = new BitMask(size);
        byValue.getOrDefault(value, new Runs()).fill(mask);
        return RunLengths.of(mask);
    }

    /// Mutable, for one thread.
    private static final class Runs {
        private int[] cells = new int[12];
        private int used;

        void add(int y, int from, int to) {
            if (used == cells.length) {
                cells = Arrays.copyOf(cells, 2 * used);
            }
            cells[used++] = y;
            cells[used++] = from;
            cells[used++] = to;
        }

        void fill(BitMask mask) {
            for (int i = 0; i < used; i += 3) {
                mask.setRun(cells[i], cells[i + 1], cells[i + 2]);
            }
        }
    }
}
