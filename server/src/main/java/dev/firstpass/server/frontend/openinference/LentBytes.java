package dev.firstpass.server.frontend.openinference;

import dev.firstpass.server.pipeline.TensorAnswer;
import dev.firstpass.server.pipeline.TensorOutput;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// An answer's bytes as the wire takes them: its outputs where the model has put them. The answer is closed when the
/// last reference to the buffer is gone, which is when they are written or nobody is there to read them.
///
/// As thread-safe as its parent.
final class LentBytes extends CompositeByteBuf {
    private final TensorAnswer answer;

    private LentBytes(ByteBufAllocator allocator, int parts, TensorAnswer answer) {
        super(allocator, true, Math.max(2, parts));
        this.answer = answer;
    }

    /// Takes over the answer, unless it throws.
    ///
    /// @param head goes before the outputs
    static ByteBuf of(ByteBufAllocator allocator, byte[] head, List<TensorOutput> outputs, TensorAnswer answer) {
        int parts = 1;
        for (TensorOutput output : outputs) {
            parts += output.parts().size();
        }
        LentBytes bytes = new LentBytes(allocator, parts, answer);
        bytes.addComponent(true, Unpooled.wrappedBuffer(head));
        for (TensorOutput output : outputs) {
            for (MemorySegment part : output.parts()) {
                bytes.addComponent(true, Unpooled.wrappedBuffer(part.asByteBuffer()));
            }
        }
        return bytes;
    }

    @Override
    protected void deallocate() {
        super.deallocate();
        answer.close();
    }
}
