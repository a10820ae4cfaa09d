package dev.firstpass.server.frontend.attack;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Frames of HTTP/2 (RFC 9113), right and wrong ones.
///
/// Pure functions.
final class Frames {
    static final int END_STREAM = 1;
    static final int ACK = 1;
    static final int END_HEADERS = 4;
    static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int PRIORITY = 2;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GO_AWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int CONTINUATION = 9;

    private Frames() {}

    static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    /// Identifiers and values in turn.
    static byte[] settings(int... pairs) {
        ByteBuffer payload = ByteBuffer.allocate(pairs.length * 3);
        for (int i = 0; i < pairs.length; i += 2) {
            payload.putShort((short) pairs[i]).putInt(pairs[i + 1]);
        }
        return frame(SETTINGS, 0, 0, payload.array());
    }

    static byte[] settingsAck() {
        return frame(SETTINGS, ACK, 0, new byte[0]);
    }

    static byte[] headers(int stream, int flags, byte[] block) {
        return frame(HEADERS, flags, stream, block);
    }

    static byte[] continuation(int stream, int flags, byte[] block) {
        return frame(CONTINUATION, flags, stream, block);
    }

    static byte[] data(int stream, int flags, byte[] bytes) {
        return frame(DATA, flags, stream, bytes);
    }

    static byte[] reset(int stream, int code) {
        return frame(RST_STREAM, 0, stream, word(code));
    }

    static byte[] ping() {
        return frame(PING, 0, 0, new byte[8]);
    }

    static byte[] goAway(int lastStream, int code) {
        return frame(GO_AWAY, 0, 0, join(word(lastStream), word(code)));
    }

    static byte[] windowUpdate(int stream, int increment) {
        return frame(WINDOW_UPDATE, 0, stream, word(increment));
    }

    static byte[] priority(int stream, int dependency) {
        return frame(
                PRIORITY,
                0,
                stream,
                ByteBuffer.allocate(5).putInt(dependency).put((byte) 15).array());
    }

    private static byte[] word(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    /// A header block: names and values in turn, written without any table.
    static byte[] block(String... headers) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (int i = 0; i < headers.length; i += 2) {
            block.write(0);
            text(block, headers[i]);
            text(block, headers[i + 1]);
        }
        return block.toByteArray();
    }

    static byte[] get(String path) {
        return block(":method", "GET", ":scheme", "http", ":path", path, ":authority", "localhost");
    }

    static byte[] post(String path) {
        return block(":method", "POST", ":scheme", "http", ":path", path, ":authority", "localhost");
    }

    /// A header that is put into the table, and then named so many times.
    static byte[] bomb(int bytes, int times) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.writeBytes(get("/v1/models"));
        block.write(0x40);
        text(block, "a");
        text(block, "b".repeat(bytes));
        for (int i = 0; i < times; i++) {
            block.write(0xBE);
        }
        return block.toByteArray();
    }

    private static void text(ByteArrayOutputStream block, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        int left = bytes.length;
        if (left < 127) {
            block.write(left);
        } else {
            block.write(127);
            for (left -= 127; left >= 128; left >>= 7) {
                block.write((left & 127) | 128);
            }
            block.write(left);
        }
        block.writeBytes(bytes);
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    static byte[] times(int times, byte[] one) {
        ByteArrayOutputStream all = new ByteArrayOutputStream(times * one.length);
        for (int i = 0; i < times; i++) {
            all.writeBytes(one);
        }
        return all.toByteArray();
    }
}
