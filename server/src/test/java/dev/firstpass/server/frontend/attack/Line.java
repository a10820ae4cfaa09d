package dev.firstpass.server.frontend.attack;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A connection to the server that sends whatever it is given, until the other side has had enough.
///
/// For one thread, beside that which reads.
final class Line implements AutoCloseable {
    private static final int GOAWAY = 7;
    private static final int PATIENCE_SECONDS = 20;
    private static final int LITTLE = 4096;

    private final Socket socket = new Socket();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private volatile int goAway = -1;
    private volatile boolean isBroken;

    private Line(int port, boolean reads, boolean isHttp2) throws IOException {
        this(port, reads, isHttp2, 1);
    }

    private Line(int port, boolean reads, boolean isHttp2, int last) throws IOException {
        if (!reads) {
            socket.setReceiveBufferSize(LITTLE);
        }
        socket.setTcpNoDelay(true);
        socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last}), 0));
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        if (reads) {
            Thread.ofVirtual().start(() -> read(isHttp2));
        }
    }

    /// Whose answers are read and forgotten, but for the end.
    static Line http1(int port) throws IOException {
        return new Line(port, true, false);
    }

    /// @param last byte of the address from which it comes, after 127.0.0
    static Line from(int last, int port) throws IOException {
        return new Line(port, true, false, last);
    }

    static Line http2(int port, int... settings) throws IOException {
        Line line = new Line(port, true, true);
        line.send(Frames.join(Frames.PREFACE, Frames.settings(settings)));
        return line;
    }

    /// That never reads.
    static Line deaf(int port) throws IOException {
        return new Line(port, false, false);
    }

    /// @return whether it is of use to send more
    boolean send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            return !isEnded();
        } catch (IOException _) {
            isBroken = true;
            return false;
        }
    }

    boolean send(String text) {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    boolean isEnded() {
        return isBroken || goAway >= 0 || closed.getCount() == 0;
    }

    /// The first code of HTTP/2 with which the server said goodbye, other than 0; -1 where it has not.
    int goAway() {
        return goAway;
    }

    /// The first bytes that came, as text.
    String received() {
        synchronized (received) {
            return received.toString(StandardCharsets.ISO_8859_1);
        }
    }

    /// The same, once there is something.
    String awaitReceived() throws InterruptedException {
        while (received().isEmpty() && closed.getCount() > 0) {
            Thread.sleep(1);
        }
        return received();
    }

    /// @return whether the server closed it in time
    boolean awaitClosed() throws InterruptedException {
        return closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /// Whether the server closes it although nothing is read: what is sent comes to nothing then.
    boolean awaitBroken(byte[] more) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (System.nanoTime() < until) {
            if (!send(more)) {
                return true;
            }
            Thread.sleep(5);
        }
        return false;
    }

    /// Ends it with a reset.
    void breakOff() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    void halfClose() throws IOException {
        socket.shutdownOutput();
    }

    private void read(boolean isHttp2) {
        try {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            if (isHttp2) {
                readFrames(in);
            } else {
                readText(in);
            }
        } catch (IOException _) {
            // Broken off: ended as well.
        } finally {
            closed.countDown();
        }
    }

    private void readFrames(DataInputStream in) throws IOException {
        while (true) {
            int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
            int type = in.readUnsignedByte();
            in.skipNBytes(5);
            byte[] payload = in.readNBytes(length);
            if (payload.length < length) {
                throw new EOFException();
            }
            if (type == GOAWAY && goAway <= 0) {
                goAway = ((payload[6] & 255) << 8) | (payload[7] & 255);
            }
        }
    }

    private void readText(DataInputStream in) throws IOException {
        byte[] buffer = new byte[1 << 14];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            synchronized (received) {
                if (received.size() < LITTLE) {
                    received.write(buffer, 0, n);
                }
            }
        }
    }

    @Override
    public String toString() {
        return "goaway " + goAway + ", broken " + isBroken + ", closed " + (closed.getCount() == 0) + ", got "
                + received();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
