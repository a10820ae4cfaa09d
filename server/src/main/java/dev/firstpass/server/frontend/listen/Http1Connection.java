package dev.firstpass.server.frontend.listen;

import dev.firstpass.server.config.Limits;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.WriteBufferWaterMark;

/// A connection of HTTP/1. Of a client that goes on asking and does not read, no more is taken once a quarter of a MiB waits to be
/// read.
///
/// For one connection's event loop.
final class Http1Connection extends ConnectionGuard {
    private static final WriteBufferWaterMark UNREAD = new WriteBufferWaterMark(64 << 10, 256 << 10);

    private static final int CHUNKS_PART_BYTES = 4 << 10;

    private final Http1Guard messages;
    private final int mostUnderWay;
    private final long bodyNanos;
    private int leftOver;
    private long leftOverSince;

    Http1Connection(Connections connections, Breaches breaches, Limits limits, Channel channel, Http1Guard messages) {
        super(connections, breaches, limits, limits.wire().headTimeout().toNanos());
        this.messages = messages;
        this.mostUnderWay = limits.maxStreams();
        this.bodyNanos = limits.bodyTimeout().toNanos();
        messages.countFor(this);
        // The wire library has none.
        var _ = channel.config().setWriteBufferWaterMark(UNREAD);
    }

    /// With an answer, which the library closes after.
    @Override
    void endLate() {
        messages.refuseHead();
    }

    @Override
    boolean hasUnsent() {
        return false;
    }

    @Override
    void goesOut(ByteBuf bytes) {}

    @Override
    boolean isPartial(boolean broughtMessage) {
        return !broughtMessage && !messages.isReading();
    }

    /// Requests of HTTP/1 that are sent before the answers to earlier ones are worked on at once, as streams of HTTP/2 are, as
    /// long as the answers are read.
    @Override
    boolean isFull() {
        return !messages.isReading()
                && (messages.underWay() >= mostUnderWay || !context().channel().isWritable());
    }

    /// All of a body whose length is told, of which the codec makes pieces of a fair size. Chunks may be tiny, and what follows
    /// them too.
    @Override
    int part(ByteBuf bytes, int most) {
        long taken = most;
        if (messages.isReading() && !isFlood()) {
            taken = messages.bodyLeft() > 0 ? messages.bodyLeft() : CHUNKS_PART_BYTES;
        }
        return (int) Math.min(taken, bytes.readableBytes());
    }

    /// The library takes and drops the rest of a body whose request is answered, however long that comes.
    @Override
    void lookFurther(long nanos) {
        if (messages.leftOver() != leftOver) {
            leftOver = messages.leftOver();
            leftOverSince = nanos;
        } else if (messages.isLeftOver() && nanos - leftOverSince >= bodyNanos) {
            cutOff(Breach.SLOW_BODY);
        }
    }
}
