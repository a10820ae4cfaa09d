package dev.firstpass.loadtest;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/// Keeps a number of equal requests in flight, each on a connection of its own, with one thread for all of them: a client
/// that costs as little as it can, since it shares the machine with the server.
///
/// Pure functions.
final class ClosedLoop {
    private static final int BUFFER = 1 << 20;

    private ClosedLoop() {}

    /// How it went.
    ///
    /// @param nanos of each request, sorted
    record Result(List<Long> nanos, double seconds) {
        int done() {
            return nanos.size();
        }

        double perSecond() {
            return done() / seconds;
        }

        double millis(double quantile) {
            return nanos.get((int) Math.min(done() - 1, Math.floor(quantile * done()))) / 1e6;
        }
    }

    /// @param request head and body
    /// @throws IOException if an answer is another than 200
    static Result run(int port, ByteBuffer request, int inFlight, Duration time) throws IOException {
        List<Long> nanos = new ArrayList<>();
        long began = System.nanoTime();
        long until = began + time.toNanos();
        try (Selector selector = Selector.open()) {
            List<Lane> lanes = new ArrayList<>();
            for (int i = 0; i < inFlight; i++) {
                Lane lane = new Lane(port, request.duplicate(), selector);
                lanes.add(lane);
                lane.send();
            }
            int open = inFlight;
            while (open > 0) {
                selector.select();
                for (SelectionKey key : selector.selectedKeys()) {
                    Lane lane = (Lane) key.attachment();
                    if (key.isWritable()) {
                        lane.write();
                    }
                    if (key.isReadable() && lane.read()) {
                        nanos.add(System.nanoTime() - lane.began);
                        if (System.nanoTime() < until) {
                            lane.send();
                        } else {
                            lane.channel.close();
                            open--;
                        }
                    }
                }
                selector.selectedKeys().clear();
            }
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        Collections.sort(nanos);
        return new Result(nanos, seconds);
    }

    /// One connection.
    private static final class Lane {
        private final SocketChannel channel;
        private final SelectionKey key;
        private final ByteBuffer request;
        private final ByteBuffer answer = ByteBuffer.allocateDirect(BUFFER);
        private int wanted;
        private long began;

        Lane(int port, ByteBuffer request, Selector selector) throws IOException {
            this.request = request;
            this.channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            this.key = channel.register(selector, SelectionKey.OP_READ, this);
        }

        void send() throws IOException {
            request.rewind();
            answer.clear();
            wanted = -1;
            began = System.nanoTime();
            write();
        }

        void write() throws IOException {
            channel.write(request);
            int interest = request.hasRemaining() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ;
            if (key.interestOps() != interest) {
                key.interestOps(interest);
            }
        }

        /// @return whether the answer is there
        boolean read() throws IOException {
            if (channel.read(answer) < 0) {
                throw new EOFException("the server hung up after " + answer.position() + " bytes");
            }
            if (wanted < 0) {
                wanted = length();
            }
            return wanted >= 0 && answer.position() >= wanted;
        }

        /// Bytes of head and body; -1 if the head is not there yet.
        private int length() throws IOException {
            byte[] bytes = new byte[Math.min(answer.position(), 2048)];
            answer.duplicate().flip().get(bytes);
            String text = new String(bytes, StandardCharsets.US_ASCII);
            int end = text.indexOf("\r\n\r\n");
            if (end < 0) {
                return -1;
            }
            if (!text.startsWith("HTTP/1.1 200")) {
                throw new IOException(text);
            }
            int at = text.toLowerCase(Locale.ROOT).indexOf("\r\ncontent-length:") + 2;
            return end
                    + 4
                    + Integer.parseInt(
                            text.substring(at + 15, text.indexOf('\r', at)).strip());
        }
    }
}
