package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Looks through the values of large outputs by their bits, which the processor compares several at a time: floats from 0
/// on are in the order of their bits, and whatever is no number, or less than 0, has greater bits than 1.0 when they
/// are compared without sign. So the greatest of a chunk tells whether all are probabilities and whether any counts.
///
/// Mutable, for one thread; keeps 16 KiB.
final class BitScan {
    private static final ValueLayout.OfInt BITS = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int PIECE = 4096;

    /// Values that are looked at again together where one of them counts.
    private static final int CHUNK = 256;

    private static final int ONE = Float.floatToRawIntBits(1f);
    private static final int INFINITY = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);
    private static final int POSITIVE = Integer.MAX_VALUE;

    private final int[] bits = new int[PIECE];

    /// Checks that `count` values from `first` on are finite numbers.
    ///
    /// @throws OutputInvalidException if one is not
    void requireFinite(Tensor tensor, long first, long count) {
        for (long done = 0; done < count; done += PIECE) {
            int piece = (int) Math.min(PIECE, count - done);
            read(tensor, first + done, piece);
            if (greatestMagnitude(piece) >= INFINITY) {
                for (int i = 0; i < piece; i++) {
                    Outputs.requireFinite(tensor, first + done + i, Float.intBitsToFloat(bits[i]));
                }
            }
        }
    }

    private int greatestMagnitude(int count) {
        int greatest = 0;
        for (int i = 0; i < count; i++) {
            greatest = Math.max(greatest, bits[i] & POSITIVE);
        }
        return greatest;
    }

    /// Checks that `count` values from `first` on are probabilities, and hands on those from `floor` on with their
    /// position after `first`, in their order.
    ///
    /// @throws OutputInvalidException if one is none
    void probabilitiesFrom(float floor, Tensor tensor, long first, int count, Outputs.Taker taker) {
        int least = Float.floatToRawIntBits(floor + 0f);
        for (int done = 0; done < count; done += PIECE) {
            int piece = Math.min(PIECE, count - done);
            read(tensor, first + done, piece);
            for (int from = 0; from < piece; from += CHUNK) {
                int to = Math.min(from + CHUNK, piece);
                int greatest = greatest(from, to);
                if (Integer.compareUnsigned(greatest, ONE) > 0) {
                    clamp(tensor, first + done, from, to);
                    greatest = ONE;
                }
                if (greatest >= least) {
                    take(from, to, least, done, taker);
                }
            }
        }
    }

    private int greatest(int from, int to) {
        int greatest = Integer.MIN_VALUE;
        for (int i = from; i < to; i++) {
            // With the sign bit turned, signed order is the unsigned one.
            greatest = Math.max(greatest, bits[i] ^ Integer.MIN_VALUE);
        }
        return greatest ^ Integer.MIN_VALUE;
    }

    private void clamp(Tensor tensor, long first, int from, int to) {
        for (int i = from; i < to; i++) {
            float value = Outputs.probability(tensor, first + i, Float.intBitsToFloat(bits[i]));
            bits[i] = Float.floatToRawIntBits(value + 0f);
        }
    }

    private void take(int from, int to, int least, int offset, Outputs.Taker taker) {
        for (int i = from; i < to; i++) {
            if (bits[i] >= least) {
                taker.take(offset + i, Float.intBitsToFloat(bits[i]));
            }
        }
    }

    private void read(Tensor tensor, long first, int count) {
        if (tensor.type() == ElementType.FLOAT32) {
            MemorySegment.copy(tensor.data(), BITS, Float.BYTES * first, bits, 0, count);
        } else {
            for (int i = 0; i < count; i++) {
                bits[i] = Float.floatToRawIntBits(tensor.f32(first + i));
            }
        }
    }
}
