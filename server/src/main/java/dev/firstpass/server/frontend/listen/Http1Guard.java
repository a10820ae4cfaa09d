package dev.firstpass.server.frontend.listen;

import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.Operations;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
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
/// A body in chunks has to be worth them: a million chunks of a byte each cost a thousand times what they bring, although small ones
/// go on as one piece, as do packets of a body without chunks. What is longer than anything here takes is refused before it is asked
/// for (`Expect`).
///
/// A request whose body is still being read counts as one in flight, which the wire library tells of only when it has all of it; until
/// it is answered, which it may be before.
///
/// For one connection's event loop.
final class Http1Guard extends ChannelDuplexHandler {
    private static final int MAX_HEADERS = 100;

    /// Pieces of a body in chunks, and one more for each KiB of it.
    private static final int MOST_PIECES = 1 << 16;

    private static final int PIECE_SHIFT = 10;

    private static final Set<String> FRAMING = Set.of("host", "content-length", "transfer-encoding");

    private final Operations.InFlight inFlight;
    private final long mostBodyBytes;
    private final Breaches breaches;
    private final SmallPieces small;
    private @Nullable ConnectionGuard connection;
    private @Nullable ChannelHandlerContext here;
    private boolean isReading;
    private boolean isCounted;
    private int leftOver;
    private int underWay;
    private boolean isInterim;
    private boolean isChunked;
    private long bodyLeft;
    private int pieces;
    private long bodyBytes;

    /// @param mostBodyBytes that any route takes
    Http1Guard(Operations.InFlight inFlight, long mostBodyBytes, Breaches breaches, LongSupplier nanoClock) {
        this.small = new SmallPieces(nanoClock);
        this.inFlight = inFlight;
        this.mostBodyBytes = mostBodyBytes;
        this.breaches = breaches;
    }

    /// @param counting is told of each message
    void countFor(ConnectionGuard counting) {
        connection = counting;
    }

    /// Whether a request's head has come, and its body not to the end.
    boolean isReading() {
        return isReading;
    }

    /// Whether of a request that is answered the rest of the body has not come.
    boolean isLeftOver() {
        return isReading && underWay == 0;
    }

    /// How many requests were answered before their bodies were there.
    int leftOver() {
        return leftOver;
    }

    /// Of a body that comes for certain, and whose length its head tells, the bytes that have not come yet; of any other 0.
    long bodyLeft() {
        return bodyLeft;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        here = context;
    }

    /// Answers a head that does not come to its end.
    void refuseHead() {
        ChannelHandlerContext context = here;
        if (context != null && !isReading) {
            HttpRequest late = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
            late.setDecoderResult(
                    DecoderResult.failure(Failure.of(Reason.REQUEST_TIMEOUT, "the head did not arrive in time")
                            .asException()));
            context.fireChannelRead(late);
            context.fireChannelReadComplete();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        count(message);
        if (message instanceof HttpRequest request) {
            begins();
            check(request);
        }
        if (bodyLeft > 0 && message instanceof HttpContent piece) {
            bodyLeft -= piece.content().readableBytes();
        }
        if (message instanceof HttpContent piece) {
            if (isChunked) {
                weigh(piece);
            }
            if (small.takes(context, piece)) {
                return;
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
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof HttpResponse response) {
            isInterim = response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
        }
        if (message instanceof LastHttpContent && !isInterim) {
            underWay--;
        }
        var _ = context.write(message, promise);
        if (isLeftOver() && isCounted) {
            leftOver++;
            countNoMore();
        }
    }

    /// Requests that have come, at least in part, and are not answered to the end.
    int underWay() {
        return underWay;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        small.rest(context);
        context.fireChannelReadComplete();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        small.forget();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        ends();
        context.fireChannelInactive();
    }

    private void count(Object message) {
        ConnectionGuard counting = connection;
        if (counting != null) {
            if (message instanceof HttpRequest) {
                counting.message();
                counting.asked();
            }
            if (message instanceof HttpContent piece) {
                counting.piece(piece.content().readableBytes());
            }
        }
    }

    private void check(HttpRequest request) {
        request.headers().remove(HttpHeaderNames.UPGRADE);
        if (!com.linecorp.armeria.common.HttpMethod.isSupported(request.method().name())) {
            // The library would look at it before it refuses the method, and fail.
            request.headers().remove(HttpHeaderNames.EXPECT);
        }
        if (request.decoderResult().isSuccess()) {
            violation(request).ifPresent(failure -> {
                breaches.count(failure.reason() == Reason.REQUEST_TOO_LARGE ? Breach.BODY_TOO_LARGE : Breach.MALFORMED);
                request.setDecoderResult(DecoderResult.failure(failure.asException()));
            });
        } else {
            switch (request.decoderResult().cause()) {
                case TooLongHttpLineException _, TooLongHttpHeaderException _ -> breaches.count(Breach.HEAD_TOO_LARGE);
                // Of a client that goes away, or is let go, amid a head.
                case PrematureChannelClosureException _ -> {}
                default -> breaches.count(Breach.MALFORMED);
            }
        }
        isChunked = HttpUtil.isTransferEncodingChunked(request);
        // Where an expectation is not met, no body comes.
        bodyLeft = isChunked || request.headers().contains(HttpHeaderNames.EXPECT) ? 0 : announced(request.headers());
        pieces = 0;
        bodyBytes = 0;
    }

    /// The end of a body brings nothing, and may be an object that all connections have in common.
    private void weigh(HttpContent piece) {
        if (!piece.content().isReadable()) {
            return;
        }
        pieces++;
        bodyBytes += piece.content().readableBytes();
        if (pieces > MOST_PIECES + (bodyBytes >> PIECE_SHIFT)
                && piece.decoderResult().isSuccess()) {
            breaches.count(Breach.CHUNKS);
            piece.setDecoderResult(DecoderResult.failure(
                    Failure.of(Reason.ARGUMENT_INVALID, "the body has too many chunks for its size")
                            .asException()));
            isChunked = false;
        }
    }

    private void begins() {
        underWay++;
        if (!isReading) {
            isReading = true;
            isCounted = true;
            inFlight.began();
        }
    }

    private void ends() {
        isReading = false;
        countNoMore();
    }

    private void countNoMore() {
        if (isCounted) {
            isCounted = false;
            inFlight.ended();
        }
    }

    private Optional<Failure> violation(HttpRequest request) {
        HttpHeaders headers = request.headers();
        HttpVersion version = request.protocolVersion();
        if (!isKnown(version)) {
            return invalid(
                    "version",
                    "none that is known, in upper case",
                    HttpVersion.HTTP_1_1 + " or " + HttpVersion.HTTP_1_0);
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
        if (announced(headers) > mostBodyBytes) {
            return Optional.of(Failure.of(
                    Reason.REQUEST_TOO_LARGE, "the body is too large (expected: at most " + mostBodyBytes + " bytes)"));
        }
        return headers.getAll(HttpHeaderNames.CONNECTION).stream()
                .flatMap(line -> List.of(line.split(",", -1)).stream())
                .map(option -> option.strip().toLowerCase(Locale.ROOT))
                .filter(option -> FRAMING.contains(option) || !isToken(option))
                .findFirst()
                .flatMap(option -> invalid("Connection", Words.quoted(option), "no header that frames the request"));
    }

    /// A version is told by its letters as they are (RFC 9112, 2.3). The library makes upper case of them; only where they
    /// are written as they should be is it one of its own two objects.
    @SuppressWarnings("ReferenceEquality")
    private static boolean isKnown(HttpVersion version) {
        return version == HttpVersion.HTTP_1_1 || version == HttpVersion.HTTP_1_0;
    }

    /// The library takes what surrounds a name away before it takes the header of that name away: a list may have empty
    /// places, but nothing that is no letter of a token (RFC 9110).
    private static boolean isToken(String option) {
        return option.chars().allMatch(c -> c > ' ' && c < 127 && "\"(),/:;<=>?@[\\]{}".indexOf(c) < 0);
    }

    /// What is no number is refused by the library.
    private static long announced(HttpHeaders headers) {
        String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        try {
            return length == null ? 0 : Long.parseLong(length);
        } catch (NumberFormatException _) {
            return 0;
        }
    }

    private static Optional<Failure> invalid(String field, String value, String expected) {
        return Optional.of(Failure.ofField(
                Reason.ARGUMENT_INVALID, field, field + ": " + value + " (expected: " + expected + ")"));
    }
}
