package dev.firstpass.server.asset;

import dev.firstpass.server.asset.WebTransport.Call;
import dev.firstpass.server.asset.WebTransport.Reply;
import dev.firstpass.server.call.Deadline;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Images on web servers: those of an allow-list, by addresses that are looked at before they are called, and redirects as if they
/// were asked for.
///
/// Thread-safe.
final class WebAssets {
    private static final int MAX_REDIRECTS = 4;

    /// A server that does not answer for so long is not waited for, however much time the request has.
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<Origin> allowed;
    private final int maxBytes;
    private final WebTransport transport;
    private final Resolver resolver;
    private final AssetFailures failures;

    /// @param allowed origins that may be called
    WebAssets(List<Origin> allowed, int maxBytes, WebTransport transport, Resolver resolver) {
        this(allowed, maxBytes, transport, resolver, "asset.uri");
    }

    /// @param field what refusals are about
    WebAssets(List<Origin> allowed, int maxBytes, WebTransport transport, Resolver resolver, String field) {
        this.failures = new AssetFailures(field);
        this.allowed = List.copyOf(allowed);
        this.maxBytes = maxBytes;
        this.transport = transport;
        this.resolver = resolver;
    }

    /// A host's addresses. Blocks.
    @FunctionalInterface
    interface Resolver {
        InetAddress[] addresses(String host) throws UnknownHostException;
    }

    /// Headers that are for one origin only.
    ///
    /// @param origin that gets them
    record Secret(Origin origin, Map<String, String> headers) {
        static final Secret NONE = new Secret(new Origin("", "", 0), Map.of());
    }

    /// @throws FailureException ASSET_FORBIDDEN
    URI parse(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException _) {
            throw failures.forbidden("its location is no address");
        }
    }

    /// @param carried header lines for whoever is asked, no secrets
    /// @throws FailureException ASSET_FORBIDDEN, ASSET_UNREACHABLE, REQUEST_TOO_LARGE or DEADLINE_EXCEEDED
    /// @throws InterruptedException if the request was cancelled
    byte[] get(URI uri, Map<String, String> carried, Deadline deadline) throws InterruptedException {
        return switch (find(uri, Secret.NONE, carried, deadline)) {
            case Found.Bytes(byte[] bytes) -> bytes;
            case Found.Status(int status) -> throw failures.unreachable("its place answered with status " + status);
        };
    }

    /// What a server says of an image.
    sealed interface Found {
        record Bytes(byte[] bytes) implements Found {}

        record Status(int status) implements Found {}
    }

    /// @param secret goes to its origin and to no other, wherever a redirect leads
    Found find(URI uri, Secret secret, Deadline deadline) throws InterruptedException {
        return find(uri, secret, Map.of(), deadline);
    }

    private Found find(URI uri, Secret secret, Map<String, String> carried, Deadline deadline)
            throws InterruptedException {
        URI next = uri;
        for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
            Reply reply = send(next, secret, carried, Optional.empty(), deadline);
            switch (reply.status()) {
                case 200 -> {
                    return new Found.Bytes(plainBody(reply, failures));
                }
                case 301, 302, 303, 307, 308 -> next = redirected(next, reply);
                default -> {
                    return new Found.Status(reply.status());
                }
            }
        }
        throw failures.unreachable("its place redirects more than " + MAX_REDIRECTS + " times");
    }

    /// @throws FailureException ASSET_UNREACHABLE if it is packed
    static byte[] plainBody(Reply reply, AssetFailures failures) {
        if (reply.encoding().isPresent()) {
            throw failures.unreachable("its place sent it packed, which it was not asked for");
        }
        return reply.body();
    }

    /// One call, whatever comes of it.
    Reply send(URI uri, Secret secret, Optional<String> post, Deadline deadline) throws InterruptedException {
        return send(uri, secret, Map.of(), post, deadline);
    }

    private Reply send(URI uri, Secret secret, Map<String, String> carried, Optional<String> post, Deadline deadline)
            throws InterruptedException {
        Origin origin = Origin.of(uri)
                .filter(allowed::contains)
                .orElseThrow(
                        () -> failures.forbidden(
                                "its location is not on the allow-list of this server, the setting assets.urls; send the image's bytes"));
        Map<String, String> headers = new HashMap<>(carried);
        headers.put("accept", "image/*,*/*;q=0.8");
        if (secret.origin().equals(origin)) {
            headers.putAll(secret.headers());
        }
        Call call = new Call(uri, origin, address(origin), headers, post);
        long left = deadline.remainingNanos();
        if (left <= 0) {
            throw AssetFailures.late();
        }
        try {
            return transport.send(call, maxBytes, Duration.ofNanos(Math.min(left, PATIENCE.toNanos())));
        } catch (WebTransport.TooLarge _) {
            throw failures.tooLarge(maxBytes);
        } catch (WebTransport.Late _) {
            throw left <= PATIENCE.toNanos() ? AssetFailures.late() : failures.unreachable("its place does not answer");
        } catch (IOException _) {
            throw deadline.isPassed() ? AssetFailures.late() : failures.unreachable("its place does not answer");
        }
    }

    private URI redirected(URI from, Reply reply) {
        String location = reply.location().orElseThrow(() -> failures.unreachable("its place redirects to nowhere"));
        try {
            return from.resolve(new URI(location));
        } catch (URISyntaxException _) {
            throw failures.unreachable("its place redirects to what is no address");
        }
    }

    /// An address that was written down is meant; a name is to lead to none that is forbidden.
    private InetAddress address(Origin origin) {
        try {
            InetAddress[] all = resolver.addresses(origin.host());
            if (!origin.isLiteral() && Arrays.stream(all).anyMatch(Addresses::isForbidden)) {
                throw failures.forbidden("the name of its place leads to an address that names may not lead to");
            }
            return all[0];
        } catch (UnknownHostException _) {
            throw failures.unreachable("the name of its place is not known");
        }
    }
}
