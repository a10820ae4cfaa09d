package dev.firstpass.server.frontend;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.firstpass.postprocess.format.LabelFormat;
import dev.firstpass.server.config.Authentication;
import dev.firstpass.server.config.IdentityConfig;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.config.ListenerConfig;
import dev.firstpass.server.config.ObservabilityConfig;
import dev.firstpass.server.config.QuotaConfig;
import dev.firstpass.server.config.ServerConfig;
import dev.firstpass.server.frontend.listen.Listeners;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;

/// Both listeners on free loopback ports, in front of a [FakeBackend].
///
/// Thread-safe.
public final class TestServer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    public final FakeBackend backend;
    public final Listeners listeners;

    /// Header lines that each request has beside its own: name and value in turn.
    public volatile List<String> shown = List.of();

    private final HttpClient client = HttpClient.newHttpClient();

    public TestServer() {
        this(Limits.STANDARD);
    }

    public TestServer(Limits limits) {
        this(limits, Duration.ZERO);
    }

    public TestServer(Limits limits, InstantSource clock) {
        this(limits, Duration.ZERO, clock);
    }

    public TestServer(Limits limits, Duration drainDelay) {
        this(limits, drainDelay, InstantSource.system());
    }

    /// @param clock of the uploads
    private TestServer(Limits limits, Duration drainDelay, InstantSource clock) {
        this(limits, drainDelay, new FakeBackend(limits, clock));
    }

    /// With real label formats.
    public static TestServer ofFormats(Limits limits, List<LabelFormat> formats) {
        return ofFormats(limits, formats, Authentication.NONE);
    }

    static TestServer ofFormats(Limits limits, List<LabelFormat> formats, Authentication authentication) {
        FakeBackend backend = new FakeBackend(limits, InstantSource.system(), formats);
        return new TestServer(limits, Duration.ZERO, backend, authentication);
    }

    private TestServer(Limits limits, Duration drainDelay, FakeBackend backend) {
        this(limits, drainDelay, backend, Authentication.NONE);
    }

    /// That lets in nobody without a token.
    public static TestServer guarded() {
        return guarded(new FakeBackend());
    }

    public static TestServer guarded(FakeBackend backend) {
        return new TestServer(Limits.STANDARD, Duration.ZERO, backend, Authentication.TOKENS);
    }

    /// The same with quotas.
    public static TestServer guarded(QuotaConfig quotas) {
        return new TestServer(
                Limits.STANDARD,
                Duration.ZERO,
                new FakeBackend(),
                config -> config.with(Authentication.TOKENS).with(quotas));
    }

    /// That tells more of itself than usual, and lets in nobody without a token where it is asked to.
    public static TestServer observed(FakeBackend backend, Authentication authentication, ObservabilityConfig more) {
        return new TestServer(
                Limits.STANDARD,
                Duration.ZERO,
                backend,
                config -> config.with(authentication).with(more));
    }

    /// That has a certificate, or knows callers by more than tokens.
    public static TestServer identified(Authentication authentication, IdentityConfig identity) {
        return new TestServer(
                Limits.STANDARD,
                Duration.ZERO,
                new FakeBackend(),
                config -> config.with(authentication).with(identity));
    }

    private TestServer(Limits limits, Duration drainDelay, FakeBackend backend, Authentication authentication) {
        this(limits, drainDelay, backend, config -> config.with(authentication));
    }

    private TestServer(Limits limits, Duration drainDelay, FakeBackend backend, UnaryOperator<ServerConfig> choices) {
        this.backend = backend;
        ServerConfig config = new ServerConfig(
                ListenerConfig.loopback(0),
                ListenerConfig.loopback(0),
                OptionalInt.of(0),
                false,
                limits,
                drainDelay,
                Duration.ofSeconds(5));
        listeners = new Listeners(choices.apply(config), backend.backend());
        listeners.start();
    }

    public int port() {
        return listeners.dataPort();
    }

    public int managementPort() {
        return listeners.managementPort();
    }

    public HttpResponse<byte[]> get(String path) {
        return send(HttpRequest.newBuilder(uri(path)).GET());
    }

    public HttpResponse<byte[]> post(String path, String mediaType, byte[] body) {
        return send(HttpRequest.newBuilder(uri(path))
                .header("Content-Type", mediaType)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
    }

    public HttpResponse<byte[]> post(String path, String mediaType, String body) {
        return post(path, mediaType, body.getBytes(StandardCharsets.UTF_8));
    }

    public HttpResponse<byte[]> manage(HttpRequest.Builder request, String path) {
        return send(request.uri(URI.create("http://127.0.0.1:" + managementPort() + path)));
    }

    public URI uri(String path) {
        return listeners.dataUri().resolve(path);
    }

    public HttpResponse<byte[]> send(HttpRequest.Builder request) {
        if (!shown.isEmpty()) {
            request.headers(shown.toArray(String[]::new));
        }
        try {
            return client.send(
                    request.timeout(Duration.ofSeconds(20)).build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    public static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException("not JSON: " + text, e);
        }
    }

    public static JsonNode json(HttpResponse<byte[]> response) {
        return json(text(response));
    }

    @Override
    public void close() {
        client.close();
        listeners.close();
        backend.metrics().close();
        backend.deleteArea();
    }
}
