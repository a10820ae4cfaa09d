package dev.firstpass.postprocess.geometry;

import java.util.Arrays;

/// The pixels of an image as a bit matrix, row by row: the form in which masks are made and read. [RunLengths] is the
/// form in which they are kept.
///
/// A pixel (x, y) is the square [x, x+1] x [y, y+1]. One bit per pixel, each row padded to whole 64-bit words; the
/// padding is never set.
///
/// Mutable, for one thread.
public final class BitMask {
    private final ImageSize size;
    private final int wordsPerRow;
    private final long[] words;

    /// A mask with no pixel set.
    ///
    /// @throws IllegalArgumentException if the mask would take more than 2^31 - 1 words of 8 bytes
    public BitMask(ImageSize size) {
        this.size = size;
        this.wordsPerRow = (size.width() + 63) / 64;
        long length = (long) wordsPerRow * size.height();
        if (length > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "mask: " + size.width() + "x" + size.height() + " (expected: at most 2^31 - 1 words)");
        }
        this.words = new long[(int) length];
    }

    public ImageSize size() {
        return size;
    }

    /// Whether pixel (x, y) is set; pixels outside the image are not.
    public boolean get(int x, int y) {
        if (x < 0 || y < 0 || x >= size.width() || y >= size.height()) {
            return false;
        }
        return (words[y * wordsPerRow + (x >> 6)] >>> x & 1) != 0;
    }

    /// Sets pixel (x, y), which must lie in the image.
    public void set(int x, int y) {
        words[wordOf(x, y)] |= 1L << x;
    }

    /// Sets the pixels from `from` (inclusive) to `to` (exclusive) of row `y`; what lies outside the row is ignored.
    /// Costs one step per 64 pixels.
    public void setRun(int y, int from, int to) {
        int first = Math.max(from, 0);
        int last = Math.min(to, size.width()) - 1;
        if (first > last) {
            return;
        }
        int firstWord = wordOf(first, y);
        int lastWord = wordOf(last, y);
        long head = -1L << first;
        long tail = -1L >>> (63 - (last & 63));
        if (firstWord == lastWord) {
            words[firstWord] |= head & tail;
            return;
        }
        words[firstWord] |= head;
        Arrays.fill(words, firstWord + 1, lastWord, -1L);
        words[lastWord] |= tail;
    }

    /// Sets every pixel that `other`, of the same size, has set.
    public void or(BitMask other) {
        if (!size.equals(other.size)) {
            throw new IllegalArgumentException("mask: " + other.size + " (expected: " + size + ")");
        }
        for (int i = 0; i < words.length; i++) {
            words[i] |= other.words[i];
        }
    }

    /// The first set pixel of row `y` at or after `from`; the width where there is none. Skips 64 pixels a step.
    public int nextSet(int y, int from) {
        return next(y, from, 0);
    }

    /// The first unset pixel of row `y` at or after `from`; the width where there is none. Skips 64 pixels a step.
    public int nextUnset(int y, int from) {
        return next(y, from, -1);
    }

    private int next(int y, int from, long inverted) {
        int width = size.width();
        if (from >= width) {
            return width;
        }
        int row = y * wordsPerRow;
        int word = from >> 6;
        long bits = (words[row + word] ^ inverted) & -1L << from;
        while (bits == 0) {
            word++;
            if (word == wordsPerRow) {
                return width;
            }
            bits = words[row + word] ^ inverted;
        }
        return Math.min(width, (word << 6) + Long.numberOfTrailingZeros(bits));
    }

    /// Number of pixels that both this and `other`, of the same size, have set.
    long intersection(BitMask other) {
        if (!size.equals(other.size)) {
            throw new IllegalArgumentException("mask: " + other.size + " (expected: " + size + ")");
        }
        long both = 0;
        for (int i = 0; i < words.length; i++) {
            both += Long.bitCount(words[i] & other.words[i]);
        }
        return both;
    }

    /// Number of set pixels.
    public long area() {
        long area = 0;
        for (long word : words) {
            area += Long.bitCount(word);
        }
        return area;
    }

    /// This mask in COCO's column order. Compares each row with the one above, 64 columns at a time, so the cost is
    /// one step per word and one per change.
    int[] columnRuns() {
        int height = size.height();
        ToggleList toggles = new ToggleList();
        IntList[] changes = new IntList[64];
        Arrays.setAll(changes, column -> new IntList());
        for (int word = 0; word < wordsPerRow; word++) {
            collectChanges(word, changes);
            int columns = Math.min(64, size.width() - (word << 6));
            for (int column = 0; column < columns; column++) {
                IntList rows = changes[column];
                long top = (long) ((word << 6) + column) * height;
                for (int i = 0; i < rows.size(); i++) {
                    toggles.add(top + rows.get(i));
                }
                if (rows.size() % 2 == 1) {
                    toggles.add(top + height);
                }
                rows.clear();
            }
        }
        return toggles.toCounts(size.pixels());
    }

    private void collectChanges(int word, IntList[] changes) {
        long above = 0;
        for (int y = 0; y < size.height(); y++) {
            long row = words[y * wordsPerRow + word];
            for (long bits = row ^ above; bits != 0; bits &= bits - 1) {
                changes[Long.numberOfTrailingZeros(bits)].add(y);
            }
            above = row;
        }
    }

    /// The reverse of [#columnRuns()]: marks where each column changes, then sums the marks down the rows.
    static BitMask ofColumnRuns(ImageSize size, int[] counts) {
        BitMask mask = new BitMask(size);
        long position = 0;
        for (int i = 0; i < counts.length; i++) {
            if (i % 2 == 1 && counts[i] > 0) {
                mask.flipColumns(position, position + counts[i]);
            }
            position += counts[i];
        }
        for (int i = mask.wordsPerRow; i < mask.words.length; i++) {
            mask.words[i] ^= mask.words[i - mask.wordsPerRow];
        }
        return mask;
    }

    private void flipColumns(long from, long to) {
        int height = size.height();
        int first = (int) (from / height);
        int last = (int) ((to - 1) / height);
        for (int x = first; x <= last; x++) {
            int top = x == first ? (int) (from % height) : 0;
            int bottom = x == last ? (int) ((to - 1) % height) + 1 : height;
            words[wordOf(x, top)] ^= 1L << x;
            if (bottom < height) {
                words[wordOf(x, bottom)] ^= 1L << x;
            }
        }
    }

    private int wordOf(int x, int y) {
        if (x < 0 || y < 0 || x >= size.width() || y >= size.height()) {
            throw new IndexOutOfBoundsException(
                    "pixel: " + x + "," + y + " (expected: within " + size.width() + "x" + size.height() + ")");
        }
        return y * wordsPerRow + (x >> 6);
    }

    /// Positions at which a scan turns from unset to set or back. A position given twice in a row cancels: the end of
    /// one column's run and the start of the next column's are one run.
    private static final class ToggleList {
        private long[] positions = new long[64];
        private int size;

        void add(long position) {
            if (size > 0 && positions[size - 1] == position) {
                size--;
                return;
            }
            if (size == positions.length) {
                positions = Arrays.copyOf(positions, 2 * size);
            }
            positions[size++] = position;
        }

        int[] toCounts(long end) {
            boolean endsInRun = size > 0 && positions[size - 1] == end;
            int[] counts = new int[endsInRun ? size : size + 1];
            long previous = 0;
            for (int i = 0; i < counts.length; i++) {
                long next = i < size ? positions[i] : end;
                counts[i] = Math.toIntExact(next - previous);
                previous = next;
            }
            return counts;
        }
    }
}
