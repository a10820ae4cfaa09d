package dev.firstpass.server.frontend.listen;

import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.Operations;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Refuses what HTTP/1.1 (RFC 9112) forbids and the wire library would mend and deliver: no `Host` or several, an
/// unknown version, a transfer coding that is not undone, framing headers declared hop-by-hop, headers without end.
/// A request that is read differently here and in a proxy in front is how requests are smuggled.
///
/// What is refused goes on with a failed decoder result, which the wire library answers and closes the connection
/// after.
///
/// No other protocol is taken up by `Upgrade`, which a server may ignore (RFC 9110): HTTP/2 begins with its own preface,
/// the `h2c` upgrade is gone from it (RFC 9113). A proxy in front that passes the upgrade on would become a tunnel
/// around what it is there for, and Java's client loses bytes of an answer that follows a `101` at once.
///
/// A request whose body is still being read counts as one in flight, which the wire library tells of only when it has all of it.
///
/// For one connection's event loop.
final class Http1Guard extends ChannelInboundHandlerAdapter {
    private static final int MAX_HEADERS = 100;
    private static final Set<String> FRAMING = Set.of("host", "content-length", "transfer-encoding");

    private final Operations.InFlight inFlight;
    private boolean isReading;

    private Http1Guard(Operations.InFlight inFlight) {
        this.inFlight = inFlight;
    }

    /// To be called for each new connection.
    static void install(ChannelPipeline pipeline, Operations.InFlight inFlight) {
        if (pipeline.get(SniHandler.class) == null) {
            pipeline.addFirst(new Installer(inFlight));
        } else {
            pipeline.addLast(new AfterHandshake(inFlight));
        }
    }

    /// Puts a guard behind the HTTP/1 codec, if the connection has one.
    private static void guard(ChannelPipeline pipeline, Operations.InFlight inFlight) {
        @Nullable ChannelHandlerContext codec = pipeline.context(CombinedChannelDuplexHandler.class);
        if (codec != null) {
            pipeline.addAfter(codec.name(), Http1Guard.class.getName(), new Http1Guard(inFlight));
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest request) {
            begins();
            request.headers().remove(HttpHeaderNames.UPGRADE);
            if (request.decoderResult().isSuccess()) {
                violation(request)
                        .ifPresent(failure -> request.setDecoderResult(DecoderResult.failure(failure.asException())));
            }
        }
        try {
            context.fireChannelRead(message);
        } finally {
            // By now the request has been handed on, and counts there.
            if (message instanceof LastHttpContent) {
                ends();
            }
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        ends();
        context.fireChannelInactive();
    }

    private void begins() {
        if (!isReading) {
            isReading = true;
            inFlight.began();
        }
    }

    private void ends() {
        if (isReading) {
            isReading = false;
            inFlight.ended();
        }
    }

    private static Optional<Failure> violation(HttpRequest request) {
        HttpHeaders headers = request.headers();
        HttpVersion version = request.protocolVersion();
        if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
            return invalid("version", Words.quoted(version.text()), "HTTP/1.1 or HTTP/1.0");
        }
        if (headers.size() > MAX_HEADERS) {
            return Optional.of(Failure.of(
                    Reason.ARGUMENT_INVALID,
                    "headers: " + headers.size() + " lines (expected: at most " + MAX_HEADERS + ")"));
        }
        List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
        if (hosts.size() != 1 || hosts.getFirst().isBlank()) {
            return invalid("Host", hosts.size() == 1 ? "empty" : hosts.size() + " lines", "one, with a name");
        }
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (codings.size() > 1 || codings.stream().anyMatch(coding -> !coding.equalsIgnoreCase("chunked"))) {
            return invalid("Transfer-Encoding", Words.quoted(String.join(", ", codings)), "chunked, or none");
        }
        return headers.getAll(HttpHeaderNames.CONNECTION).stream()
                .flatMap(line -> List.of(line.split(",", -1)).stream())
                .map(option -> option.strip().toLowerCase(Locale.ROOT))
                .filter(FRAMING::contains)
                .findFirst()
                .flatMap(option -> invalid("Connection", Words.quoted(option), "no header that frames the request"));
    }

    private static Optional<Failure> invalid(String field, String value, String expected) {
        return Optional.of(Failure.ofField(
                Reason.ARGUMENT_INVALID, field, field + ": " + value + " (expected: " + expected + ")"));
    }

    /// The HTTP/1 codec comes into the pipeline when the first four bytes have told HTTP/1 from HTTP/2. So they are
    /// passed on alone, and the guard takes its place behind the codec before any request can come out of it.
    private static final class Installer extends ChannelInboundHandlerAdapter {
        private static final int TELLING_BYTES = 4;

        private final Operations.InFlight inFlight;
        private int passed;

        Installer(Operations.InFlight inFlight) {
            this.inFlight = inFlight;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (!(message instanceof ByteBuf bytes)) {
                context.fireChannelRead(message);
                return;
            }
            int missing = TELLING_BYTES - passed;
            if (bytes.readableBytes() < missing) {
                passed += bytes.readableBytes();
                context.fireChannelRead(bytes);
                return;
            }
            context.fireChannelRead(bytes.readRetainedSlice(missing));
            guard(context.pipeline(), inFlight);
            context.fireChannelRead(bytes);
            context.pipeline().remove(this);
        }
    }

    /// Under TLS the handshake tells HTTP/1 from HTTP/2: its end brings the codec into the pipeline, and then comes here, ahead
    /// of all that is decrypted.
    private static final class AfterHandshake extends ChannelInboundHandlerAdapter {
        private final Operations.InFlight inFlight;

        AfterHandshake(Operations.InFlight inFlight) {
            this.inFlight = inFlight;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
                guard(context.pipeline(), inFlight);
            }
            context.fireUserEventTriggered(event);
        }
    }
}
