package dev.firstpass.server.frontend.listen;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Puts the small pieces of a body together. As it comes, each costs some two hundred bytes from here to the end of its request, so
/// that a body in chunks, or in packets, of one byte would take two hundred times its size. The first goes on at the end of the read
/// that brings it, and so does what has come since, once a second; in between it waits for more.
///
/// For one connection's event loop. Pieces that are taken are released; what they make is its receiver's.
final class SmallPieces {
    static final int SMALL_BYTES = 1 << 10;

    private static final int FIRST_BYTES = 256;
    private static final int MOST_BYTES = 8 << 10;

    private static final long HOLD_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier nanoClock;
    private long handedOn;
    private @Nullable ByteBuf gathered;

    SmallPieces(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.handedOn = nanoClock.getAsLong() - HOLD_NANOS;
    }

    /// @return whether the piece was taken; otherwise what was gathered before has been handed on, and it follows
    boolean takes(ChannelHandlerContext context, HttpContent piece) {
        ByteBuf bytes = piece.content();
        boolean isTaken = !(piece instanceof LastHttpContent)
                && piece.decoderResult().isSuccess()
                && bytes.readableBytes() < SMALL_BYTES;
        if (!isTaken || (gathered != null && gathered.readableBytes() + bytes.readableBytes() > MOST_BYTES)) {
            handOn(context);
        }
        if (isTaken) {
            if (gathered == null) {
                gathered = context.alloc().buffer(FIRST_BYTES, MOST_BYTES);
            }
            gathered.writeBytes(bytes);
            piece.release();
        }
        return isTaken;
    }

    /// At the end of a read.
    void rest(ChannelHandlerContext context) {
        if (gathered != null && nanoClock.getAsLong() - handedOn >= HOLD_NANOS) {
            handOn(context);
        }
    }

    private void handOn(ChannelHandlerContext context) {
        ByteBuf whole = gathered;
        gathered = null;
        if (whole != null) {
            handedOn = nanoClock.getAsLong();
            context.fireChannelRead(new DefaultHttpContent(whole));
        }
    }

    void forget() {
        ByteBuf whole = gathered;
        gathered = null;
        if (whole != null) {
            whole.release();
        }
    }
}
