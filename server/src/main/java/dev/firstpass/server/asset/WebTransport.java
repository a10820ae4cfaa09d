package dev.firstpass.server.asset;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// One call to a web server at an address that has been looked at: no name is looked up again, and nothing is followed.
///
/// Thread-safe.
@FunctionalInterface
public interface WebTransport {
    /// Blocks.
    ///
    /// @param limit how long it may take, from the connection to the last byte
    /// @throws TooLarge if the body has more than `maxBytes`
    /// @throws Late if it took longer
    /// @throws IOException for whatever else goes wrong
    /// @throws InterruptedException if the request was cancelled
    Reply send(Call call, int maxBytes, Duration limit) throws IOException, InterruptedException;

    /// @param address one of those of the host that `uri` names
    /// @param post sent as a body of JSON; empty for a GET
    record Call(URI uri, Origin origin, InetAddress address, Map<String, String> headers, Optional<String> post) {
        public Call {
            headers = Map.copyOf(headers);
        }
    }

    /// @param location of the header of that name
    /// @param encoding how the body is packed; empty for not at all
    record Reply(int status, Optional<String> location, Optional<String> encoding, byte[] body) {}

    /// Not all there in time.
    final class Late extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /// More bytes than are taken.
    final class TooLarge extends IOException {
        private static final long serialVersionUID = 1L;
    }
}
