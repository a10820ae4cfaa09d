package dev.firstpass.server.image;

import java.util.EnumMap;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;

/// Native memory that is used for image after image. The 36 MB of a large photo that are new each time are as many pages that
/// the kernel zeroes and maps while the decoder waits for them; smaller ones the C library may keep by itself, or may not. Large
/// pieces lie in [HugePages], and count as whole ones.
///
/// It grows to what the largest image needs. [#settle] lets go of what is too much to keep, so at most [#KEPT_BYTES]
/// are held between images.
///
/// For one thread at a time. Who makes it closes it, after the rasters that were decoded into it.
public final class PixelBuffers implements PixelMemory, AutoCloseable {
    /// Room for a photo of 12 megapixels and its rows.
    public static final long KEPT_BYTES = 48L << 20;

    /// What is larger than this is never held.
    private static final long LARGEST_BLOCK = 1L << 30;

    private final Map<Use, Block> blocks = new EnumMap<>(Use.class);

    /// Native memory, with its address as the library's calls want it.
    private record Block(Mat memory, Pointer start, long bytes) {
        static Block of(long bytes) {
            if (!HugePages.suit(bytes)) {
                Mat memory = new Mat(1, Math.toIntExact(bytes), opencv_core.CV_8UC1);
                return new Block(memory, memory.data(), bytes);
            }
            // One page more than is used, and never touched, so that the first can begin where one does.
            long whole = HugePages.whole(bytes);
            Mat memory = new Mat(1, Math.toIntExact(whole + HugePages.BYTES), opencv_core.CV_8UC1);
            BytePointer start = memory.data();
            long before = HugePages.toNext(start.address());
            HugePages.advise(start.address() + before, whole);
            start.position(before);
            return new Block(memory, start, whole);
        }

        void close() {
            memory.close();
        }
    }

    /// Holds nothing yet.
    public PixelBuffers() {
        OpenCv.ready();
    }

    @Override
    public Mat take(Use use, int rows, int columns, int type) {
        long bytes = (long) rows * columns * opencv_core.getElemSize(type);
        if (bytes > LARGEST_BLOCK || bytes == 0) {
            return new Mat(rows, columns, type);
        }
        Block block = blocks.get(use);
        if (block == null || block.bytes < bytes) {
            drop(use);
            block = Block.of(bytes);
            blocks.put(use, block);
        }
        return new Mat(rows, columns, type, block.start);
    }

    /// Lets go of the largest pieces, as many as are too much to keep. To be called between images.
    public void settle() {
        while (heldBytes() > KEPT_BYTES) {
            drop(largest());
        }
    }

    private Use largest() {
        Use largest = Use.STORED;
        long most = -1;
        for (Map.Entry<Use, Block> each : blocks.entrySet()) {
            if (each.getValue().bytes > most) {
                most = each.getValue().bytes;
                largest = each.getKey();
            }
        }
        return largest;
    }

    private void drop(Use use) {
        Block block = blocks.remove(use);
        if (block != null) {
            block.close();
        }
    }

    /// Bytes of native memory held now.
    public long heldBytes() {
        long held = 0;
        for (Block block : blocks.values()) {
            held += block.bytes;
        }
        return held;
    }

    /// Frees all of it. A second call does nothing.
    @Override
    public void close() {
        blocks.values().forEach(Block::close);
        blocks.clear();
    }
}
