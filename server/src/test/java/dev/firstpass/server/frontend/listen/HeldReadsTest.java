package dev.firstpass.server.frontend.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class HeldReadsTest {
    private final AtomicInteger reads = new AtomicInteger();
    private final EmbeddedChannel channel = new EmbeddedChannel(
            new ChannelOutboundHandlerAdapter() {
                @Override
                public void read(ChannelHandlerContext context) {
                    reads.incrementAndGet();
                    context.read();
                }
            },
            new HeldReads());

    @Test
    void read_whileAnswersAreNotTaken_isHeldUntilTheyAre() {
        int before = reads.get();
        channel.read();
        assertEquals(before + 1, reads.get());

        var _ = channel.write(Unpooled.wrappedBuffer(new byte[1 << 20]));
        assertFalse(channel.isWritable());
        channel.read();
        channel.read();
        assertEquals(before + 1, reads.get(), "held");

        channel.flush();
        channel.runPendingTasks();
        assertTrue(channel.isWritable());
        assertEquals(before + 2, reads.get(), "once, however often it was wanted");
        channel.finishAndReleaseAll();
    }

    @Test
    void writability_withoutAHeldRead_readsNothing() {
        int before = reads.get();
        var _ = channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[1 << 20]));
        channel.runPendingTasks();
        assertEquals(before, reads.get());
        channel.finishAndReleaseAll();
    }
}
