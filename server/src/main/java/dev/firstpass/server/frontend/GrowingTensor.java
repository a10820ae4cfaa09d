package dev.firstpass.server.frontend;

import dev.firstpass.postprocess.tensor.ElementType;
import java.lang.foreign.MemorySegment;

/// A tensor of numbers whose elements come one by one, on the heap: what it takes grows with what has come, whatever it is said to be.
///
/// For one thread.
public final class GrowingTensor {
    private static final int FIRST_ELEMENTS = 64;

    private final int bytes;
    private final long most;
    private MemorySegment memory;

    /// @param type of a fixed size
    /// @param most elements that there will be; no more than an array can hold
    public GrowingTensor(ElementType type, long most) {
        this.bytes = type.bytes();
        this.most = most;
        this.memory = memory(Math.min(most, FIRST_ELEMENTS));
    }

    private MemorySegment memory(long elements) {
        return MemorySegment.ofArray(new byte[Math.toIntExact(elements * bytes)]);
    }

    /// What there is, with room for one more element.
    ///
    /// @param index of that element, after all that came before
    public MemorySegment roomFor(long index) {
        if ((index + 1) * bytes > memory.byteSize()) {
            memory = memory(Math.min(most, 2 * (index + 1))).copyFrom(memory);
        }
        return memory;
    }

    /// Once `most` elements have come these and no more, else these and some room.
    public MemorySegment memory() {
        return memory;
    }
}
