package dev.firstpass.server.security;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.ClientFactoryBuilder;
import com.linecorp.armeria.client.Endpoint;
import com.linecorp.armeria.client.RequestOptions;
import com.linecorp.armeria.client.ResponseTimeoutException;
import com.linecorp.armeria.client.ResponseTimeoutMode;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.RequestHeadersBuilder;
import com.linecorp.armeria.common.SessionProtocol;
import dev.firstpass.server.asset.Origin;
import dev.firstpass.server.asset.WebTransport;
import java.io.IOException;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// HTTP/1.1 to the very address that it is given; certificates are held against the host's name. Path, query and host go out as they were
/// written, since a signature may be of them.
///
/// Each call has a connection of its own: bytes that a server sends behind an answer would else be the answer to whoever asks next, for
/// another image.
///
/// Thread-safe. Its connections are its own, and are closed with it.
public final class PinnedTransport implements WebTransport, AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(5);

    private final ClientFactory connections;

    /// Takes certificates of the authorities that Java knows.
    public PinnedTransport() {
        this(List.of());
    }

    /// @param authorities whose certificates are taken instead; none for those that Java knows
    public PinnedTransport(List<X509Certificate> authorities) {
        ClientFactoryBuilder builder =
                ClientFactory.builder().connectTimeout(CONNECT).maxNumRequestsPerConnection(1);
        if (!authorities.isEmpty()) {
            builder.tlsCustomizer(tls -> tls.trustManager(authorities));
        }
        this.connections = builder.build();
    }

    @Override
    public Reply send(Call call, int maxBytes, Duration limit) throws IOException, InterruptedException {
        SessionProtocol protocol = call.origin().isEncrypted() ? SessionProtocol.H1 : SessionProtocol.H1C;
        String target = target(call.uri());
        WebClient client = WebClient.builder(protocol, endpoint(call, protocol))
                .factory(connections)
                // Names and keys are exchanged in that time as well.
                .responseTimeoutMode(ResponseTimeoutMode.FROM_START)
                .decorator((next, context, request) -> {
                    HttpRequest meant = withTarget(request, target);
                    context.updateRequest(meant);
                    return next.execute(context, meant);
                })
                .build();
        RequestOptions options = RequestOptions.builder()
                .responseTimeout(limit)
                .writeTimeout(limit)
                .maxResponseLength(maxBytes)
                .build();
        HttpResponse answer = client.execute(request(call, target), options);
        try {
            return reply(answer.aggregate().get());
        } catch (InterruptedException e) {
            answer.abort(e);
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ContentTooLargeException) {
                throw new TooLarge();
            }
            if (isLate(e)) {
                throw new Late();
            }
            throw new IOException("no answer", e);
        }
    }

    /// Also before the request could be sent, which stands around it then.
    private static boolean isLate(Throwable thrown) {
        return Stream.iterate(thrown, Objects::nonNull, Throwable::getCause)
                .anyMatch(ResponseTimeoutException.class::isInstance);
    }

    /// A port that goes without saying is not said.
    private static Endpoint endpoint(Call call, SessionProtocol protocol) {
        Origin origin = call.origin();
        Endpoint endpoint = origin.port() == protocol.defaultPort()
                ? Endpoint.of(origin.host())
                : Endpoint.of(origin.host(), origin.port());
        return endpoint.withInetAddress(call.address());
    }

    private static String target(URI uri) {
        URI ascii = URI.create(uri.toASCIIString());
        return (ascii.getRawPath().isEmpty() ? "/" : ascii.getRawPath())
                + (ascii.getRawQuery() == null ? "" : "?" + ascii.getRawQuery());
    }

    /// The client writes `%2B` as `+` and the like, which mean the same to some and not to others.
    private static HttpRequest withTarget(HttpRequest request, String target) {
        return request.withHeaders(request.headers().toBuilder().path(target).build());
    }

    private static HttpRequest request(Call call, String target) {
        RequestHeadersBuilder headers =
                RequestHeaders.builder(call.post().isPresent() ? HttpMethod.POST : HttpMethod.GET, target);
        call.headers().forEach(headers::set);
        headers.set("user-agent", "firstpass");
        return call.post()
                .map(body -> HttpRequest.of(headers.contentType(MediaType.JSON).build(), HttpData.ofUtf8(body)))
                .orElseGet(() -> HttpRequest.of(headers.build()));
    }

    private static Reply reply(AggregatedHttpResponse response) {
        @Nullable String location = response.headers().get("location");
        @Nullable String encoding = response.headers().get("content-encoding");
        return new Reply(
                response.status().code(),
                Optional.ofNullable(location),
                Optional.ofNullable(encoding).filter(name -> !name.equals("identity")),
                response.content().array());
    }

    @Override
    public void close() {
        connections.close();
    }
}
