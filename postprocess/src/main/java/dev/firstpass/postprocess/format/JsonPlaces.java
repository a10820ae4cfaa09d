package dev.firstpass.postprocess.format;

import java.util.Arrays;

/// Where the pieces of each image stand in a file, for files of any size that are read image by image: three numbers for
/// each piece, sorted by image when all are known, in the order of the file within an image.
///
/// Mutable, for one thread.
final class JsonPlaces {
    private int[] images = new int[256];
    private long[] offsets = new long[256];
    private int[] lengths = new int[256];
    private int used;

    /// @param starts image i's are those from `starts[i]` to `starts[i + 1]`
    record ByImage(int[] starts, long[] offsets, int[] lengths) {}

    void add(int image, long offset, int length) {
        if (used == images.length) {
            images = Arrays.copyOf(images, 2 * used);
            offsets = Arrays.copyOf(offsets, 2 * used);
            lengths = Arrays.copyOf(lengths, 2 * used);
        }
        images[used] = image;
        offsets[used] = offset;
        lengths[used++] = length;
    }

    /// @param count of images
    ByImage byImage(int count) {
        int[] starts = new int[count + 1];
        for (int i = 0; i < used; i++) {
            starts[images[i] + 1]++;
        }
        Arrays.parallelPrefix(starts, Integer::sum);
        int[] next = starts.clone();
        long[] sortedOffsets = new long[used];
        int[] sortedLengths = new int[used];
        for (int i = 0; i < used; i++) {
            int at = next[images[i]]++;
            sortedOffsets[at] = offsets[i];
            sortedLengths[at] = lengths[i];
        }
        return new ByImage(starts, sortedOffsets, sortedLengths);
    }
}
