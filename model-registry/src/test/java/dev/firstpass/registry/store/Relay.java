package dev.firstpass.registry.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A network between a client and a server on this machine that can be cut, and mended.
///
/// Thread-safe.
public final class Relay implements AutoCloseable {
    private final ServerSocket listening;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean cut;
    private volatile boolean silent;

    public Relay(int target) {
        this.target = target;
        try {
            this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var _ = Thread.ofVirtual().start(this::accept);
    }

    public int port() {
        return listening.getLocalPort();
    }

    /// Ends all connections, and each new one at once.
    public void cut() {
        cut = true;
        open.forEach(Relay::close);
    }

    /// Lets nothing through any more, and tells nobody.
    public void silence() {
        silent = true;
    }

    public void mend() {
        cut = false;
        silent = false;
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket from = listening.accept();
                open.add(from);
                if (cut) {
                    close(from);
                } else {
                    Socket to = new Socket(InetAddress.getLoopbackAddress(), target);
                    open.add(to);
                    var _ = Thread.ofVirtual().start(() -> pump(from, to));
                    var _ = Thread.ofVirtual().start(() -> pump(to, from));
                }
            } catch (IOException _) {
                // Closed, or the client was gone already.
            }
        }
    }

    private void pump(Socket from, Socket to) {
        byte[] buffer = new byte[1 << 14];
        try {
            for (int n = from.getInputStream().read(buffer);
                    n >= 0;
                    n = from.getInputStream().read(buffer)) {
                if (!silent) {
                    to.getOutputStream().write(buffer, 0, n);
                }
            }
        } catch (IOException _) {
            // Cut.
        }
        close(from);
        close(to);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException _) {
            // It is gone.
        }
    }

    @Override
    public void close() {
        cut();
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
