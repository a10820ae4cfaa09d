package dev.firstpass.server.frontend.openinference;

import dev.firstpass.server.frontend.UnreadAnswers;
import dev.firstpass.server.pipeline.TensorAnswer;
import dev.firstpass.server.pipeline.TensorOutput;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// An answer's bytes as the wire takes them: its outputs where the model has put them, or copies of them. The answer is
/// closed, and its stay among those unread ends, when the last reference to the buffer is gone, which is when they are
/// written or nobody is there to read them.
///
/// As thread-safe as its parent.
final class LentBytes extends CompositeByteBuf {
    private final TensorAnswer answer;
    private final UnreadAnswers.Stay stay;

    private LentBytes(ByteBufAllocator allocator, int parts, TensorAnswer answer, UnreadAnswers.Stay stay) {
        super(allocator, true, Math.max(2, parts));
        this.answer = answer;
        this.stay = stay;
    }

    /// Takes over the answer and its stay, unless it throws.
    ///
    /// @param head goes before the outputs
    static ByteBuf of(
            ByteBufAllocator allocator,
            byte[] head,
            List<TensorOutput> outputs,
            TensorAnswer answer,
            UnreadAnswers.Stay stay) {
        int parts = 1;
        for (TensorOutput output : outputs) {
            parts += output.parts().size();
        }
        LentBytes bytes = new LentBytes(allocator, parts, answer, stay);
        bytes.addComponent(true, allocator.directBuffer(head.length).writeBytes(head));
        for (TensorOutput output : outputs) {
            for (MemorySegment part : output.parts()) {
                bytes.addComponent(true, Unpooled.wrappedBuffer(part.asByteBuffer()));
            }
        }
        return bytes;
    }

    /// The same out of the model's memory, which it gives back.
    ///
    /// @param size of head and outputs together
    static ByteBuf copied(
            ByteBufAllocator allocator,
            byte[] head,
            List<TensorOutput> outputs,
            int size,
            TensorAnswer answer,
            UnreadAnswers.Stay stay) {
        ByteBuf copy = allocator.directBuffer(size);
        try {
            copy.writeBytes(head);
            for (TensorOutput output : outputs) {
                for (MemorySegment part : output.parts()) {
                    copy.writeBytes(part.asByteBuffer());
                }
            }
        } catch (RuntimeException | Error e) {
            copy.release();
            throw e;
        }
        answer.close();
        LentBytes bytes = new LentBytes(allocator, 1, answer, stay);
        bytes.addComponent(true, copy);
        return bytes;
    }

    /// All parts are outside of the heap. The wire library copies what says that it is not, and a composite of several
    /// parts says so always.
    @Override
    public boolean isDirect() {
        return true;
    }

    @Override
    protected void deallocate() {
        super.deallocate();
        answer.close();
        stay.leave();
    }
}
