package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.util.Arrays;

/// The runs of a part of an image as runs of the whole: the cost is that of the part.
///
/// Mutable while it works, for one thread.
final class PlacedRuns {
    private final int height;
    private int[] counts = new int[64];
    private int size;
    private long end;

    private PlacedRuns(ImageSize whole) {
        this.height = whole.height();
    }

    /// @param part lies at `left`, `top` of an image of size `whole`, wholly within it
    static RunLengths of(RunLengths part, int left, int top, ImageSize whole) {
        PlacedRuns placed = new PlacedRuns(whole);
        int partHeight = part.size().height();
        int[] runs = part.counts();
        long at = 0;
        for (int i = 0; i < runs.length; i++) {
            if (i % 2 == 1) {
                placed.addRun(at, runs[i], partHeight, left, top);
            }
            at += runs[i];
        }
        placed.addUnset(whole.pixels());
        return new RunLengths(whole, Arrays.copyOf(placed.counts, placed.size));
    }

    /// Cuts a run of the part where a column of it ends.
    private void addRun(long first, int length, int partHeight, int left, int top) {
        long at = first;
        long last = first + length;
        while (at < last) {
            long column = at / partHeight;
            int row = (int) (at % partHeight);
            int count = (int) Math.min(last - at, partHeight - row);
            add((column + left) * height + top + row, count);
            at += count;
        }
    }

    private void add(long position, int count) {
        if (size > 0 && position == end) {
            counts[size - 1] += count;
        } else {
            append(Math.toIntExact(position - end));
            append(count);
        }
        end = position + count;
    }

    /// What is unset up to the image's end, where anything is.
    private void addUnset(long pixels) {
        if (end < pixels || size == 0) {
            append(Math.toIntExact(pixels - end));
        }
    }

    private void append(int count) {
        if (size == counts.length) {
            counts = Arrays.copyOf(counts, 2 * size);
        }
        counts[size++] = count;
    }
}
