package dev.firstpass.server.frontend.attack;

import dev.firstpass.server.frontend.RawHttp;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/// A good client beside attackers, at another address than theirs: asks for pre-labels again and again, on a connection that it
/// keeps, and for the models on a new one now and then.
///
/// Thread-safe: it works on a thread of its own until it is closed.
final class Canary implements AutoCloseable {
    private static final byte[] ASK = ("POST /v1/models/coco/prelabels HTTP/1.1\r\nHost: localhost\r\n"
                    + "Content-Type: image/png\r\nContent-Length: 3\r\n\r\nabc")
            .getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LIST =
            "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int MOST = 1_000_000;
    private static final int NEW_EVERY = 10;

    private final int port;
    private final int pauseMillis;
    private final Thread thread = Thread.ofPlatform().name("canary").unstarted(this::run);
    private final AtomicInteger asked = new AtomicInteger();
    private final long[] nanos = new long[MOST];
    private long beganNanos;
    private volatile String failure = "";
    private volatile boolean isClosed;

    /// @param pauseMillis between two requests
    Canary(int port, int pauseMillis) {
        this.port = port;
        this.pauseMillis = pauseMillis;
        thread.start();
    }

    /// What went wrong first; empty if nothing did.
    String failure() {
        return failure;
    }

    int asked() {
        return asked.get();
    }

    /// Of the requests from the `from`th on, in microseconds.
    ///
    /// @param quantile 0.99 for the time that one in a hundred takes longer than
    long micros(int from, double quantile) {
        long[] sorted = Arrays.copyOfRange(nanos, from, asked());
        Arrays.sort(sorted);
        return sorted.length == 0 ? 0 : sorted[(int) (quantile * (sorted.length - 1))] / 1000;
    }

    private void run() {
        try {
            work();
        } catch (IOException | InterruptedException | RuntimeException e) {
            failure = "request " + asked + " after " + (System.nanoTime() - beganNanos) / 1_000_000 + " ms: " + e;
        }
    }

    private void work() throws IOException, InterruptedException {
        try (Socket kept = connect();
                InputStream answers = buffered(kept)) {
            ask(kept, answers, ASK);
            while (!isClosed && failure.isEmpty()) {
                if (asked.get() % NEW_EVERY == 0) {
                    try (Socket fresh = connect()) {
                        ask(fresh, buffered(fresh), LIST);
                    }
                } else {
                    ask(kept, answers, ASK);
                }
                Thread.sleep(pauseMillis);
            }
        }
    }

    /// They are read byte by byte.
    private static InputStream buffered(Socket socket) throws IOException {
        return new BufferedInputStream(socket.getInputStream());
    }

    private void ask(Socket socket, InputStream answers, byte[] request) throws IOException {
        long began = System.nanoTime();
        beganNanos = began;
        socket.getOutputStream().write(request);
        RawHttp.Answer answer = RawHttp.read(answers, false);
        if (asked.get() == MOST) {
            throw new IllegalStateException("there is no room for the time of one more request");
        }
        nanos[asked.getAndIncrement()] = System.nanoTime() - began;
        if (answer.status() != 200) {
            failure = "request " + asked + ": " + answer.status() + " " + answer.body();
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(10_000);
        socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 2}), 0));
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return socket;
    }

    @Override
    public void close() {
        isClosed = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
