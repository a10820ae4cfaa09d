package dev.firstpass.server.frontend.listen;

import dev.firstpass.server.config.Limits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Settings;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// A connection of HTTP/2, whose client is told to calm down (GOAWAY), and let go, if it
///
/// - **ends streams that it has just opened** (CVE-2023-44487, "rapid reset");
/// - **makes the server end them** (CVE-2025-55163, "MadeYouReset"): frames that are wrong for their stream have it reset
///   by the server, which frees its place while its request may still be worked on;
/// - **sends frames that ask for nothing**: pings, settings, priorities, what is unknown, streams beyond those allowed, which count
///   ten times. Each costs one of a store that grows with time and with each frame of an answer, so that a client may ping as often as it
///   measures the line with what it gets;
/// - **sends heads that are too large**: each has to be read to its end, for the table that both sides keep;
/// - **sends a body in frames of a few bytes**, each of which takes a hundred times what it brings. They have a store of their own,
///   into which each frame of an answer, and each KiB of larger frames, brings some back.
///
/// A request that is malformed ([Http2Fields]) has its stream reset, which counts as a frame that is wrong.
///
/// For one connection's event loop.
final class Http2Connection extends ConnectionGuard {
    /// Of each kind, in so many seconds.
    private static final int MOST_RESETS = 200;

    /// As many as that are those for frames that are wrong, which clients do not send.
    private static final int RESETS_OF_A_WRONG_FRAME = 10;

    /// Not for a stream that is closed: what is on its way while the server ends it is no fault of the client's.
    private static final Set<Http2Error> WRONG = EnumSet.of(Http2Error.PROTOCOL_ERROR, Http2Error.FLOW_CONTROL_ERROR);

    private static final int RESET_SECONDS = 30;

    /// Answered 431 each.
    private static final int MOST_LARGE_HEADS = 3;

    private static final int MOST_IDLE_FRAMES = 1_000;

    /// Of a read, before it is looked at how long they took: half a dozen requests.
    private static final int PART_OF_FRAMES_BYTES = 256;

    /// Of a body, each smaller than [SmallPieces#SMALL_BYTES] and not the last of it.
    private static final int MOST_SMALL_FRAMES = 1 << 14;

    private static final long NANOS_OF_A_FRAME = TimeUnit.SECONDS.toNanos(1) / 100;
    private static final int WORTH_OF_AN_ANSWER = 2;
    private static final int COST_OF_A_FRAME = 1;
    private static final int COST_OF_A_STREAM = 10;

    private static final int FRAME_HEAD_BYTES = 9;
    private static final int TYPE_AT = 3;
    private static final int STREAM_AT = 5;
    private static final int RESET_BYTES = FRAME_HEAD_BYTES + 4;
    private static final int GOAWAY_CODE_AT = FRAME_HEAD_BYTES + 4;
    private static final int LEAST_GOAWAY_BYTES = FRAME_HEAD_BYTES + 8;

    private final ChannelHandlerContext codec;
    private final Http2ConnectionHandler handler;
    private final FrameBounds bounds;

    /// Of the frame that goes out, what has not been written yet.
    private long frameLeft;

    /// The latest stream whose head was taken.
    private int lastTaken;

    private int largeHeads;
    private int resetsRead;
    private int resetsCaused;
    private long resetsSince;
    private int idleLeft = MOST_IDLE_FRAMES;
    private int smallLeft = MOST_SMALL_FRAMES;
    private long lastLook;

    /// @param codec of a pipeline, into which this is to come directly before it
    /// @param prefaceBytes that are still to come before the first frame
    Http2Connection(
            Connections connections, Breaches breaches, Limits limits, ChannelHandlerContext codec, int prefaceBytes) {
        super(connections, breaches, limits, limits.bodyTimeout().toNanos());
        this.bounds = new FrameBounds(prefaceBytes);
        this.codec = codec;
        this.handler = (Http2ConnectionHandler) codec.handler();
        handler.decoder().frameListener(new Frames(handler.decoder().frameListener()));
    }

    /// A header block or a frame that trickles in.
    @Override
    void endLate() {
        if (end(Breach.SLOW_HEAD)) {
            var _ = context().close();
        }
    }

    @Override
    boolean hasUnsent() {
        Http2RemoteFlowController flow = handler.encoder().flowController();
        try {
            return handler.connection().forEachActiveStream(stream -> !flow.hasFlowControlled(stream)) != null;
        } catch (Http2Exception e) {
            throw new IllegalStateException("looking does not fail", e);
        }
    }

    @Override
    boolean isPartial(boolean broughtMessage) {
        return bounds.isAmid();
    }

    /// Streams are counted by the library.
    @Override
    boolean isFull() {
        return false;
    }

    @Override
    int part(ByteBuf bytes, int most) {
        return bounds.part(bytes, Math.min(most, PART_OF_FRAMES_BYTES));
    }

    @Override
    void goesOut(ByteBuf bytes) {
        int size = bytes.readableBytes();
        if (frameLeft > 0) {
            frameLeft -= size;
        } else if (size >= FRAME_HEAD_BYTES) {
            frameLeft = FRAME_HEAD_BYTES + bytes.getUnsignedMedium(bytes.readerIndex()) - (long) size;
            frame(bytes, bytes.readerIndex(), size);
        }
    }

    private void frame(ByteBuf bytes, int at, int size) {
        switch (bytes.getByte(at + TYPE_AT)) {
            case Http2FrameTypes.DATA -> earn(WORTH_OF_AN_ANSWER);
            case Http2FrameTypes.HEADERS -> answered(bytes.getInt(at + STREAM_AT));
            case Http2FrameTypes.RST_STREAM -> {
                if (size >= RESET_BYTES) {
                    resets(bytes.getUnsignedInt(at + FRAME_HEAD_BYTES));
                }
            }
            case Http2FrameTypes.GO_AWAY -> {
                if (size >= LEAST_GOAWAY_BYTES && bytes.getUnsignedInt(at + GOAWAY_CODE_AT) != 0) {
                    var _ = end(Breach.HTTP2);
                }
            }
            default -> {}
        }
    }

    /// The codec itself answers a head that is too large, and tells nobody else of it.
    private void answered(int stream) {
        if (stream <= lastTaken) {
            earn(WORTH_OF_AN_ANSWER);
        } else if (++largeHeads > MOST_LARGE_HEADS) {
            sayGoodbye(Breach.HEAD_TOO_LARGE);
        }
    }

    /// Streams that the server ends by itself are its own affair, and it may take those beyond the limit for a burst. What made
    /// it do so is never handed to [Frames], and costs more than what is.
    private void resets(long code) {
        message();
        Http2Error error = Http2Error.valueOf(code);
        if (error == Http2Error.REFUSED_STREAM) {
            spend(COST_OF_A_STREAM);
        } else if (error != Http2Error.NO_ERROR && error != Http2Error.CANCEL) {
            resetsCaused += WRONG.contains(error) ? RESETS_OF_A_WRONG_FRAME : 1;
            if (resetsCaused > MOST_RESETS) {
                sayGoodbye(Breach.RESETS_CAUSED);
            }
        }
    }

    private void earn(int frames) {
        idleLeft = Math.min(MOST_IDLE_FRAMES, idleLeft + frames);
        earnSmall(frames);
    }

    private void earnSmall(int frames) {
        smallLeft = Math.min(MOST_SMALL_FRAMES, smallLeft + frames);
    }

    private void spend(int frames) {
        idleLeft -= frames;
        if (idleLeft < 0) {
            sayGoodbye(Breach.IDLE_FRAMES);
        }
    }

    private void weigh(int bytes) {
        if (bytes >= SmallPieces.SMALL_BYTES) {
            earnSmall(bytes / SmallPieces.SMALL_BYTES);
        } else if (--smallLeft < 0) {
            sayGoodbye(Breach.CHUNKS);
        }
    }

    @Override
    void lookFurther(long nanos) {
        earn((int) Math.clamp((nanos - lastLook) / NANOS_OF_A_FRAME, 0L, MOST_IDLE_FRAMES));
        lastLook = nanos;
        if (nanos - resetsSince >= TimeUnit.SECONDS.toNanos(RESET_SECONDS)) {
            resetsRead = 0;
            resetsCaused = 0;
            resetsSince = nanos;
        }
    }

    /// Not amid a write of the codec's.
    private void sayGoodbye(Breach breach) {
        if (end(breach)) {
            codec.executor().execute(() -> {
                var _ = handler.goAway(
                                codec,
                                handler.connection().remote().lastStreamCreated(),
                                Http2Error.ENHANCE_YOUR_CALM.code(),
                                ByteBufUtil.writeAscii(codec.alloc(), breach.id()),
                                codec.newPromise())
                        .addListener(ChannelFutureListener.CLOSE);
                codec.flush();
            });
        }
    }

    /// Counts what comes in, and lets nothing more through of a client that has been told to go.
    private final class Frames extends Http2FrameListenerDecorator {
        Frames(Http2FrameListener listener) {
            super(listener);
        }

        @Override
        public int onDataRead(ChannelHandlerContext at, int stream, ByteBuf data, int padding, boolean isLast)
                throws Http2Exception {
            piece(data.readableBytes());
            if (!isLast) {
                weigh(data.readableBytes());
            }
            return isEnded() ? data.readableBytes() + padding : super.onDataRead(at, stream, data, padding, isLast);
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext at, int stream, Http2Headers headers, int padding, boolean isLast)
                throws Http2Exception {
            head(stream, headers);
            if (!isEnded()) {
                super.onHeadersRead(at, stream, headers, padding, isLast);
            }
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext at,
                int stream,
                Http2Headers headers,
                int dependency,
                short weight,
                boolean isExclusive,
                int padding,
                boolean isLast)
                throws Http2Exception {
            head(stream, headers);
            if (!isEnded()) {
                super.onHeadersRead(at, stream, headers, dependency, weight, isExclusive, padding, isLast);
            }
        }

        /// What comes for a stream that there is are trailers, which the library looks at.
        private void head(int stream, Http2Headers headers) throws Http2Exception {
            message();
            asked();
            if (stream > lastTaken) {
                lastTaken = stream;
                Optional<String> violation = Http2Fields.violation(headers);
                if (violation.isPresent()) {
                    breaches().count(Breach.MALFORMED);
                    throw Http2Exception.streamError(stream, Http2Error.PROTOCOL_ERROR, violation.get());
                }
            }
        }

        @Override
        public void onRstStreamRead(ChannelHandlerContext at, int stream, long code) throws Http2Exception {
            message();
            if (++resetsRead > MOST_RESETS) {
                sayGoodbye(Breach.RESETS);
            }
            super.onRstStreamRead(at, stream, code);
        }

        @Override
        public void onWindowUpdateRead(ChannelHandlerContext at, int stream, int increment) throws Http2Exception {
            message();
            super.onWindowUpdateRead(at, stream, increment);
        }

        @Override
        public void onPriorityRead(
                ChannelHandlerContext at, int stream, int dependency, short weight, boolean isExclusive)
                throws Http2Exception {
            idle();
            super.onPriorityRead(at, stream, dependency, weight, isExclusive);
        }

        @Override
        public void onSettingsRead(ChannelHandlerContext at, Http2Settings settings) throws Http2Exception {
            idle();
            super.onSettingsRead(at, settings);
        }

        @Override
        public void onSettingsAckRead(ChannelHandlerContext at) throws Http2Exception {
            idle();
            super.onSettingsAckRead(at);
        }

        @Override
        public void onPingRead(ChannelHandlerContext at, long data) throws Http2Exception {
            idle();
            super.onPingRead(at, data);
        }

        @Override
        public void onPingAckRead(ChannelHandlerContext at, long data) throws Http2Exception {
            idle();
            super.onPingAckRead(at, data);
        }

        @Override
        public void onGoAwayRead(ChannelHandlerContext at, int lastStream, long code, ByteBuf text)
                throws Http2Exception {
            idle();
            super.onGoAwayRead(at, lastStream, code, text);
        }

        @Override
        public void onUnknownFrame(ChannelHandlerContext at, byte type, int stream, Http2Flags flags, ByteBuf payload)
                throws Http2Exception {
            idle();
            super.onUnknownFrame(at, type, stream, flags, payload);
        }

        private void idle() {
            message();
            asked();
            spend(COST_OF_A_FRAME);
        }
    }
}
