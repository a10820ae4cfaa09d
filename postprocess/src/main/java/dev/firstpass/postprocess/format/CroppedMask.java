package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Optional;

/// Part of an image, with which of its pixels are set: how several formats say masks.
///
/// Immutable, as long as nobody sets pixels.
///
/// @param left column of the image that the part's first one is
/// @param top row of the image that the part's first one is
record CroppedMask(int left, int top, BitMask pixels) {
    /// The smallest part that has all set pixels, of which there is one at least.
    static CroppedMask of(RunLengths runs) {
        Rect bounds = runs.bounds();
        int left = (int) bounds.x();
        int top = (int) bounds.y();
        BitMask crop = new BitMask(new ImageSize((int) bounds.width(), (int) bounds.height()));
        copy(runs.toBitMask(), crop, -left, -top);
        return new CroppedMask(left, top, crop);
    }

    /// Of a PNG, the pixels whose samples are not 0; where it has transparency, those that can be seen.
    ///
    /// @throws IllegalArgumentException, or a DataSetException, if it is none
    static CroppedMask ofPng(byte[] png, int left, int top) throws IOException {
        BitMask pixels =
                new BitMask(PngReader.header(new ByteArrayInputStream(png)).size());
        PngReader.readSeen(new ByteArrayInputStream(png), pixels.size(), (y, samples) -> {
            for (int x = 0; x < samples.length; x++) {
                if (samples[x] != 0) {
                    pixels.set(x, y);
                }
            }
        });
        return new CroppedMask(left, top, pixels);
    }

    /// The last column, which is part of it.
    int right() {
        return left + pixels.size().width() - 1;
    }

    /// The last row, which is part of it.
    int bottom() {
        return top + pixels.size().height() - 1;
    }

    /// Of the whole image.
    ///
    /// @param size of the image; where it is not known yet, the part stands for it
    /// @throws IllegalArgumentException if the part reaches out of the image
    RunLengths in(Optional<ImageSize> size) {
        if (size.isEmpty()) {
            return RunLengths.of(pixels);
        }
        long columns = (long) left + pixels.size().width();
        long rows = (long) top + pixels.size().height();
        if (left < 0
                || top < 0
                || columns > size.get().width()
                || rows > size.get().height()) {
            throw new IllegalArgumentException("mask: columns " + left + " to " + (columns - 1) + ", rows " + top
                    + " to " + (rows - 1) + " (expected: within the image of "
                    + size.get().width() + "x"
                    + size.get().height() + ")");
        }
        BitMask whole = new BitMask(size.get());
        copy(pixels, whole, left, top);
        return RunLengths.of(whole);
    }

    private static void copy(BitMask from, BitMask to, int dx, int dy) {
        int width = from.size().width();
        for (int y = Math.max(0, -dy);
                y < from.size().height() && y + dy < to.size().height();
                y++) {
            int start = from.nextSet(y, 0);
            while (start < width) {
                int end = from.nextUnset(y, start);
                to.setRun(y + dy, start + dx, end + dx);
                start = from.nextSet(y, end);
            }
        }
    }
}
