package dev.firstpass.loadtest.paced;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalLong;

/// The deadline of a request, in the first pixels of its image, so that the engine can tell which rows it ran in vain.
/// Deadlines are readings of the machine's monotonic clock, `System.nanoTime`, which all processes on Linux share.
///
/// Pure functions.
public final class Mark {
    /// Bytes of a mark.
    public static final int BYTES = 2 * Long.BYTES;

    /// What a picture does not begin with by accident.
    private static final long MAGIC = 0x5F61_7DA3_C19B_E488L;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Mark() {}

    /// Writes a mark over the first bytes of pixels.
    public static void put(ByteBuffer pixels, long deadlineNanos) {
        pixels.order(ByteOrder.LITTLE_ENDIAN).putLong(MAGIC).putLong(deadlineNanos);
    }

    /// The deadline that a row carries; empty if it carries none.
    static OptionalLong read(MemorySegment row) {
        return row.byteSize() >= BYTES && row.get(LONG, 0) == MAGIC
                ? OptionalLong.of(row.get(LONG, Long.BYTES))
                : OptionalLong.empty();
    }
}
