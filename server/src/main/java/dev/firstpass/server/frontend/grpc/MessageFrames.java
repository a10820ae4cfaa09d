package dev.firstpass.server.frontend.grpc;

import com.linecorp.armeria.common.ByteBufAccessMode;
import com.linecorp.armeria.common.HttpData;
import io.netty.buffer.ByteBuf;

/// Where the messages of a gRPC call begin and end among its bytes: before each stand a byte of flags and its length in four.
///
/// For one thread.
final class MessageFrames {
    private static final int HEAD_BYTES = 5;

    /// Bytes of the head that have come.
    private int head;

    private long length;

    /// Bytes of the message that have not.
    private long left;

    private long begun;

    /// These come next; they are not changed.
    void came(HttpData data) {
        ByteBuf bytes = data.byteBuf(ByteBufAccessMode.DUPLICATE);
        while (bytes.isReadable()) {
            if (left > 0) {
                int taken = (int) Math.min(left, bytes.readableBytes());
                bytes.skipBytes(taken);
                left -= taken;
            } else {
                head(bytes.readUnsignedByte());
            }
        }
    }

    private void head(int next) {
        if (head == 0) {
            begun++;
            length = 0;
        } else {
            length = length << Byte.SIZE | next;
        }
        head++;
        if (head == HEAD_BYTES) {
            head = 0;
            left = length;
        }
    }

    /// Whether a message has begun that is not all here.
    boolean isWithin() {
        return head > 0 || left > 0;
    }

    /// How many messages have begun.
    long begun() {
        return begun;
    }
}
