package dev.firstpass.server.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/// Where one listener listens and under which names it answers.
///
/// Immutable.
///
/// @param host address to bind
/// @param port 0 picks a free one
/// @param hostNames names, beside the loopback ones and `host` itself, that clients may use in `Host`
/// @param origins web origins, beside the listener's own, whose pages may call it, for instance
///     `https://labels.example.org` where a proxy ends TLS
public record ListenerConfig(String host, int port, List<String> hostNames, List<String> origins) {
    public ListenerConfig {
        hostNames = List.copyOf(hostNames);
        origins = List.copyOf(origins);
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 0..65535)");
        }
    }

    public static ListenerConfig loopback(int port) {
        return new ListenerConfig("127.0.0.1", port, List.of(), List.of());
    }

    /// Whether only this machine can reach it. A name that cannot be resolved is not taken for loopback.
    public boolean isLoopback() {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException _) {
            return false;
        }
    }
}
