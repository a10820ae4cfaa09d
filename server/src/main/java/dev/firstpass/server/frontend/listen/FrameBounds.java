package dev.firstpass.server.frontend.listen;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameTypes;

/// Where the frames of HTTP/2 end in what a client sends (RFC 9113, 4.1: three bytes of length, six more of a head, the payload),
/// so that it can be handed on in parts without a frame being cut, which is put together by copying.
///
/// For one connection's event loop.
final class FrameBounds {
    private static final int LENGTH_BYTES = 3;
    private static final int TYPE_AT = 3;
    private static final int FLAGS_AT = 4;
    private static final int HEAD_BYTES = 9;

    private int headRead;
    private int length;
    private byte type;
    private boolean isBlockOpen;

    /// Of the preface, or of a payload.
    private int left;

    /// @param prefaceBytes that come before the first frame
    FrameBounds(int prefaceBytes) {
        this.left = prefaceBytes;
    }

    /// The next part of the connection's bytes, which has to be handed on before this is called again. Costs a step for each frame
    /// and each byte of their heads.
    ///
    /// @param bytes what has come and was not handed on; not changed
    /// @param least bytes of the part, where there are so many
    /// @return bytes up to the end of the frame that has the `least`th of them, or as much of it as there is
    int part(ByteBuf bytes, int least) {
        int size = bytes.readableBytes();
        int at = 0;
        while (at < size && (at < least || headRead > 0 || left > 0)) {
            if (left > 0) {
                int taken = Math.min(left, size - at);
                left -= taken;
                at += taken;
            } else {
                head(bytes.getByte(bytes.readerIndex() + at));
                at++;
            }
        }
        return at;
    }

    /// Whether what was handed on ends within a frame, or between two that belong together, so that more has to follow.
    boolean isAmid() {
        return left > 0 || headRead > 0 || isBlockOpen;
    }

    private void head(byte next) {
        if (headRead < LENGTH_BYTES) {
            length = length << Byte.SIZE | Byte.toUnsignedInt(next);
        } else if (headRead == TYPE_AT) {
            type = next;
        } else if (headRead == FLAGS_AT && (type == Http2FrameTypes.HEADERS || type == Http2FrameTypes.CONTINUATION)) {
            isBlockOpen = !new Http2Flags(next).endOfHeaders();
        }
        headRead++;
        if (headRead == HEAD_BYTES) {
            left = length;
            length = 0;
            headRead = 0;
        }
    }
}
