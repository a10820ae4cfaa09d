package dev.firstpass.server.asset;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/// A web server on 127.0.0.1 that says whatever bytes it is told to, right or wrong.
///
/// Thread-safe. Has a thread for each connection.
final class RawWeb implements AutoCloseable {
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
    private final AtomicLong written = new AtomicLong();
    private final CountDownLatch over = new CountDownLatch(1);

    RawWeb() throws IOException {
        Thread.ofVirtual().name("raw-web").start(this::accept);
    }

    /// Writes an answer; the connection stays until the other end closes it.
    @FunctionalInterface
    interface Answer {
        /// @param over is counted down when the server is closed
        void write(OutputStream out, CountDownLatch over) throws IOException, InterruptedException;
    }

    RawWeb at(String path, Answer answer) {
        answers.put(path, answer);
        return this;
    }

    RawWeb at(String path, String... parts) {
        return at(path, (out, _) -> {
            for (String part : parts) {
                out.write(part.getBytes(StandardCharsets.ISO_8859_1));
            }
        });
    }

    String origin() {
        return "http://127.0.0.1:" + socket.getLocalPort();
    }

    /// Bytes that were sent.
    long written() {
        return written.get();
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                Thread.ofVirtual().start(() -> serve(connection));
            } catch (IOException _) {
                // Closed.
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            InputStream in = connection.getInputStream();
            OutputStream out = new Counting(connection.getOutputStream());
            for (String head = head(in); !head.isEmpty(); head = head(in)) {
                answers.getOrDefault(head.split(" ", 3)[1], (_, _) -> connection.close())
                        .write(out, over);
            }
        } catch (IOException _) {
            // The other end went.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        for (int one = in.read(); one >= 0; one = in.read()) {
            head.append((char) one);
            if (head.toString().endsWith("\r\n\r\n")) {
                return head.toString();
            }
        }
        return "";
    }

    @Override
    public void close() throws IOException {
        over.countDown();
        socket.close();
    }

    private final class Counting extends OutputStream {
        private final OutputStream out;

        Counting(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int at, int length) throws IOException {
            out.write(bytes, at, length);
            written.addAndGet(length);
        }
    }
}
