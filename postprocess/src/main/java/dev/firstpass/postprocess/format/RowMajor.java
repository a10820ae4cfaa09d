package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.CocoRle;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.util.stream.IntStream;

/// Run lengths of a mask along its rows: runs of unset and set pixels in turn, beginning with unset ones (the first may be
/// 0), each going on in the next row. COCO's go down the columns.
///
/// Pure functions.
final class RowMajor {
    private RowMajor() {}

    static int[] counts(BitMask mask) {
        int width = mask.size().width();
        IntStream.Builder counts = IntStream.builder();
        boolean isSet = false;
        long begun = 0;
        for (int y = 0; y < mask.size().height(); y++) {
            int x = isSet ? mask.nextUnset(y, 0) : mask.nextSet(y, 0);
            while (x < width) {
                long at = (long) y * width + x;
                counts.add(Math.toIntExact(at - begun));
                begun = at;
                isSet = !isSet;
                x = isSet ? mask.nextUnset(y, x) : mask.nextSet(y, x);
            }
        }
        counts.add(Math.toIntExact(mask.size().pixels() - begun));
        return counts.build().toArray();
    }

    /// @param counts the last run of unset pixels may be left away
    /// @throws IllegalArgumentException if there are more pixels, or less than none
    static BitMask mask(int[] counts, ImageSize size) {
        BitMask mask = new BitMask(size);
        long at = 0;
        for (int i = 0; i < counts.length; i++) {
            long to = at + counts[i];
            if (counts[i] < 0 || to > size.pixels()) {
                throw new IllegalArgumentException("rle: run " + i + " of " + counts[i] + " after " + at
                        + " pixels (expected: >= 0, and " + size.pixels() + " in all)");
            }
            if (i % 2 == 1) {
                set(mask, at, to);
            }
            at = to;
        }
        return mask;
    }

    /// Pixels by their place along the rows.
    static void set(BitMask mask, long from, long to) {
        int width = mask.size().width();
        long at = from;
        while (at < to) {
            int y = (int) (at / width);
            int x = (int) (at % width);
            int end = (int) Math.min(width, x + to - at);
            mask.setRun(y, x, end);
            at += end - x;
        }
    }

    /// In the letters of COCO's compressed run lengths, the runs being along the rows.
    static String text(BitMask mask) {
        return CocoRle.encode(new RunLengths(turned(mask.size()), counts(mask)));
    }

    /// @throws IllegalArgumentException if it is no such text, or not of `size`
    static BitMask ofText(String text, ImageSize size) {
        return mask(CocoRle.decode(text, turned(size)).counts(), size);
    }

    /// Rows of an image are columns of that which lies on its side.
    private static ImageSize turned(ImageSize size) {
        return new ImageSize(/* width= */ size.height(), /* height= */ size.width());
    }
}
