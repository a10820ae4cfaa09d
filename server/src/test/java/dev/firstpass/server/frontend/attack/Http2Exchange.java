package dev.firstpass.server.frontend.attack;

import dev.firstpass.server.frontend.RawHttp;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One request over HTTP/2 whose header block and body are sent as they are given, and what came of it.
///
/// Immutable.
///
/// @param status of the answer; 0 where the stream or the connection was ended before one came
/// @param headers of the answer and its trailers
/// @param ended with what: `RST_STREAM` or `GOAWAY` and a code's name, `closed`, or `answer`
record Http2Exchange(int status, Map<String, String> headers, String body, String ended) {
    private static final int STREAM = 1;

    /// What a frame may have until the server says otherwise.
    private static final int LARGEST = 1 << 14;

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int GOAWAY = 7;
    private static final int CONTINUATION = 9;

    /// On a connection of its own.
    ///
    /// @param block of headers
    /// @param body none is sent if it is empty
    static Http2Exchange of(int port, byte[] block, byte[] body) {
        int last = body.length == 0 ? Frames.END_STREAM : 0;
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        frames.writeBytes(Frames.headers(STREAM, Frames.END_HEADERS | last, block));
        for (int from = 0; from < body.length; from += LARGEST) {
            int to = Math.min(from + LARGEST, body.length);
            frames.writeBytes(
                    Frames.data(STREAM, to == body.length ? Frames.END_STREAM : 0, Arrays.copyOfRange(body, from, to)));
        }
        return of(port, frames.toByteArray());
    }

    /// @param frames of stream 1
    static Http2Exchange of(int port, byte[] frames) {
        try (Socket socket = RawHttp.connect(port)) {
            socket.getOutputStream().write(Frames.join(Frames.PREFACE, Frames.settings(), frames));
            return new Reader(socket).read();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A message of gRPC with its prefix.
    static byte[] prefixed(byte[] message) {
        return ByteBuffer.allocate(Byte.BYTES + Integer.BYTES + message.length)
                .put((byte) 0)
                .putInt(message.length)
                .put(message)
                .array();
    }

    String header(String name) {
        return headers.getOrDefault(name, "");
    }

    private static final class Reader {
        private final DataInputStream in;
        private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);
        private final Map<String, String> headers = new LinkedHashMap<>();
        private final ByteArrayOutputStream block = new ByteArrayOutputStream();
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();

        Reader(Socket socket) throws IOException {
            this.in = new DataInputStream(socket.getInputStream());
        }

        Http2Exchange read() throws IOException {
            @Nullable String ended = null;
            while (ended == null) {
                try {
                    ended = frame();
                } catch (EOFException _) {
                    ended = "closed";
                }
            }
            return new Http2Exchange(
                    Integer.parseInt(headers.getOrDefault(":status", "0")),
                    headers,
                    body.toString(StandardCharsets.UTF_8),
                    ended);
        }

        private @Nullable String frame() throws IOException {
            int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
            int type = in.readUnsignedByte();
            int flags = in.readUnsignedByte();
            int stream = in.readInt();
            byte[] payload = new byte[length];
            in.readFully(payload);
            if (type == GOAWAY) {
                int code = ByteBuffer.wrap(payload).getInt(4);
                return code == 0 ? null : "GOAWAY " + name(code);
            }
            if (stream != STREAM) {
                return null;
            }
            switch (type) {
                case RST_STREAM -> {
                    return "RST_STREAM " + name(ByteBuffer.wrap(payload).getInt());
                }
                case HEADERS, CONTINUATION -> block.writeBytes(payload);
                case DATA -> body.writeBytes(payload);
                default -> {}
            }
            if ((type == HEADERS || type == CONTINUATION) && (flags & Frames.END_HEADERS) != 0) {
                told();
            }
            return type <= HEADERS && (flags & Frames.END_STREAM) != 0 ? "answer" : null;
        }

        private void told() {
            try {
                decoder.decodeHeaders(STREAM, Unpooled.wrappedBuffer(block.toByteArray()))
                        .forEach(header -> headers.put(
                                header.getKey().toString(), header.getValue().toString()));
                block.reset();
            } catch (Http2Exception e) {
                throw new IllegalStateException("the server's headers cannot be read", e);
            }
        }

        private static String name(int code) {
            return Objects.requireNonNull(Http2Error.valueOf(code)).name();
        }
    }
}
