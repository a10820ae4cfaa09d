package dev.firstpass.server.asset;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// Listens, on one port, at every address of this machine that no image may be fetched from, and counts who comes.
///
/// Thread-safe. Has a thread for each address.
final class Trap implements AutoCloseable {
    private static final int TRIES = 20;

    private final List<ServerSocket> sockets;
    private final AtomicInteger visits = new AtomicInteger();

    private Trap(List<ServerSocket> sockets) {
        this.sockets = sockets;
        sockets.forEach(socket -> Thread.ofVirtual().name("trap").start(() -> count(socket)));
    }

    static Trap open() throws IOException {
        for (int tried = 0; ; tried++) {
            List<ServerSocket> sockets = new ArrayList<>();
            try {
                for (InetAddress address : forbidden()) {
                    ServerSocket socket = new ServerSocket();
                    sockets.add(socket);
                    int port = sockets.getFirst().getLocalPort();
                    socket.bind(new InetSocketAddress(address, Math.max(port, 0)));
                }
                return new Trap(sockets);
            } catch (IOException e) {
                for (ServerSocket socket : sockets) {
                    socket.close();
                }
                // Somebody has the port at another of the addresses.
                if (tried == TRIES) {
                    throw e;
                }
            }
        }
    }

    /// 127.0.0.1 first.
    private static List<InetAddress> forbidden() throws IOException {
        List<InetAddress> addresses = new ArrayList<>();
        addresses.add(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        addresses.add(InetAddress.getByAddress(new byte[] {127, 0, 0, 2}));
        NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> Addresses.isForbidden(address) && !addresses.contains(address))
                .forEach(addresses::add);
        return addresses;
    }

    /// An address of this machine that a name may lead to, if it has one.
    static Optional<InetAddress> allowed() throws IOException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> !Addresses.isForbidden(address))
                .findFirst();
    }

    private void count(ServerSocket socket) {
        while (!socket.isClosed()) {
            try (Socket _ = socket.accept()) {
                visits.incrementAndGet();
            } catch (IOException _) {
                // Closed, or the visitor went.
            }
        }
    }

    int port() {
        return sockets.getFirst().getLocalPort();
    }

    List<InetAddress> addresses() {
        return sockets.stream().map(ServerSocket::getInetAddress).toList();
    }

    int visits() {
        return visits.get();
    }

    /// As a URL has it.
    static String written(InetAddress address) {
        String text = address.getHostAddress().replaceFirst("%.*", "");
        return address instanceof Inet4Address ? text : "[" + text + "]";
    }

    @Override
    public void close() throws IOException {
        for (ServerSocket socket : sockets) {
            socket.close();
        }
    }
}
