package dev.firstpass.server.asset;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/// Addresses that no name on an allow-list may lead to: this machine, its neighbours on the wire, the services by which clouds
/// tell machines about themselves, and what is none. Whoever runs a name server could else have the server call them.
///
/// Private networks are not among them, since that is where customers keep their images.
///
/// Pure functions.
final class Addresses {
    private static final List<Block> FORBIDDEN = List.of(
            block("0.0.0.0", 8),
            block("100.100.100.200", 32),
            block("127.0.0.0", 8),
            block("168.63.129.16", 32),
            block("169.254.0.0", 16),
            block("192.0.0.0", 24),
            block("192.0.2.0", 24),
            block("198.18.0.0", 15),
            block("198.51.100.0", 24),
            block("203.0.113.0", 24),
            block("224.0.0.0", 4),
            block("240.0.0.0", 4),
            // Of IPv6: none, itself, those that stand for others of IPv4, discarded, documentation, and what clouds
            // tell
            // their machines by (Scaleway, Amazon, Google).
            block("::", 96),
            block("::ffff:0:0:0", 96),
            block("64:ff9b::", 96),
            block("64:ff9b:1::", 48),
            block("100::", 64),
            block("2001::", 32),
            block("2001:db8::", 32),
            block("2002::", 16),
            block("fd00:42::42", 128),
            block("fd00:ec2::", 32),
            block("fd20:ce::254", 128),
            block("fe80::", 10),
            block("fec0::", 10),
            block("ff00::", 8));

    private record Block(byte[] bytes, int bits) {
        boolean has(byte[] address) {
            if (address.length != bytes.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> bit % 8;
                if ((address[bit / 8] & mask) != (bytes[bit / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }

    private Addresses() {}

    /// An IPv4 address in an IPv6 one (`::ffff:127.0.0.1`) is the IPv4 one to the JDK.
    static boolean isForbidden(InetAddress address) {
        byte[] bytes = address.getAddress();
        return FORBIDDEN.stream().anyMatch(block -> block.has(bytes));
    }

    private static Block block(String literal, int bits) {
        try {
            return new Block(InetAddress.getByName(literal).getAddress(), bits);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(literal + " (expected: an address)", e);
        }
    }
}
