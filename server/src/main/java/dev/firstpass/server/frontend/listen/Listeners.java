package dev.firstpass.server.frontend.listen;

import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.metric.NoopMeterRegistry;
import com.linecorp.armeria.common.util.EventLoopGroups;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerPort;
import dev.firstpass.registry.token.Tokens;
import dev.firstpass.server.config.Authentication;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.config.ListenerConfig;
import dev.firstpass.server.config.OidcConfig;
import dev.firstpass.server.config.ServerConfig;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.frontend.Backend;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.OpenStreams;
import dev.firstpass.server.frontend.Operations;
import dev.firstpass.server.frontend.RequestThreads;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.frontend.UnreadAnswers;
import dev.firstpass.server.observe.CallMeters;
import dev.firstpass.server.observe.RequestTracing;
import dev.firstpass.server.observe.TenantMeters;
import dev.firstpass.server.security.AnyAuthenticator;
import dev.firstpass.server.security.Authenticator;
import dev.firstpass.server.security.CrossOrigin;
import dev.firstpass.server.security.Gatekeeper;
import dev.firstpass.server.security.OidcIssuer;
import dev.firstpass.server.security.Quotas;
import dev.firstpass.server.security.ServerTls;
import dev.firstpass.server.security.TokenAuthenticator;
import dev.firstpass.server.tls.TlsException;
import dev.firstpass.server.tls.TlsFiles;
import dev.firstpass.server.tls.TlsWatch;
import dev.firstpass.server.upload.UploadStore;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.flush.FlushConsolidationHandler;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The data listener and the management listener: sockets, limits, and the doors behind them.
///
/// `start` once, `close` once; the rest is thread-safe. It owns its event loops and request threads, and nothing
/// of the backend.
public final class Listeners implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);
    private static final long MAX_SMALL_BODY_BYTES = 1 << 20;
    private static final int MAX_HEADER_BYTES = 8192;

    /// What is read from a socket at once goes on as one piece.
    private static final int PIECE_BYTES = 64 << 10;

    private static final int SWEEP_MINUTES = 1;
    private static final int CERTIFICATE_SECONDS = 10;
    private static final long SWEEP_UNREAD_MILLIS = 1000;

    /// Of the JVM's memory, one part in so many for copies of answers that clients do not read.
    private static final int UNREAD_PART = 8;

    /// Bytes that are asked for at once, which grow on a connection that brings as many: a tensor or a photo is read in a few
    /// pieces.
    private static final int LEAST_READ_BYTES = 1 << 10;

    private static final int FIRST_READ_BYTES = 16 << 10;
    private static final int MOST_READ_BYTES = 256 << 10;

    private final ServerConfig config;
    private final Optional<RequestTracing> tracing;
    private final Optional<TenantMeters> tenants;
    private final Drain drain = new Drain();
    private final OpenStreams streams = new OpenStreams();
    private final RequestThreads threads = new RequestThreads();
    private final EventLoopGroup eventLoops = EventLoopGroups.newEventLoopGroup(
            Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, 4), "door", true);
    private final UploadStore uploads;
    private final Tokens tokens;
    private final Optional<ServerTls> tls;
    private final Optional<OidcIssuer> issuer;
    private final UnreadAnswers unread;
    private final List<WireGuards> guards = new ArrayList<>();
    private final Breaches breaches;
    private final CallMeters calls;
    private final Server data;
    private final Server management;

    /// Builds both listeners with the standard doors; binds nothing yet.
    ///
    /// @throws ListenerException if the certificate cannot be used
    public Listeners(ServerConfig config, Backend backend) {
        this(config, backend, Optional.empty());
    }

    /// The same with traces of requests.
    ///
    /// @param tracing its owner's
    public Listeners(ServerConfig config, Backend backend, Optional<RequestTracing> tracing) {
        this.config = config;
        this.tracing = tracing;
        this.tenants = config.authentication() == Authentication.NONE
                ? Optional.empty()
                : Optional.of(TenantMeters.bind(backend.metrics(), System::nanoTime));
        this.uploads = backend.uploads();
        this.tokens = backend.tokens();
        this.tls = config.identity()
                .tls()
                .map(files -> tls(files, backend.metrics().registry()));
        this.issuer = config.identity().oidc().map(Listeners::issuer);
        this.unread =
                new UnreadAnswers(config.limits(), Runtime.getRuntime().maxMemory() / UNREAD_PART, System::nanoTime);
        Gauge.builder("firstpass.answers.unread", unread, UnreadAnswers::bytes)
                .description("Answers that were sent and that clients have not read yet")
                .baseUnit("bytes")
                .register(backend.metrics().registry());
        WireMemory.bind(PooledByteBufAllocator.DEFAULT, backend.metrics().registry());
        this.calls = new CallMeters(backend.metrics().registry());
        this.breaches = new Breaches(backend.metrics().registry());
        FrontendContext context = new FrontendContext(
                backend,
                config.limits(),
                threads,
                () -> !drain.isDraining() && backend.readiness().isReady(),
                new Operations(threads, InstantSource.system(), drain),
                streams,
                unread);
        Gatekeeper keeper = new Gatekeeper(
                authenticator(backend),
                new Quotas(
                        config.quotas(),
                        System::nanoTime,
                        InstantSource.system(),
                        backend.metrics().registry()),
                backend.metrics().registry(),
                System::nanoTime);
        this.data = build(config.data(), config.grpcPort(), Frontends.DATA, keeper, context);
        this.management = build(config.management(), OptionalInt.empty(), Frontends.MANAGEMENT, keeper, context);
    }

    private Authenticator authenticator(Backend backend) {
        return switch (config.authentication()) {
            case NONE -> Authenticator.NONE;
            case TOKENS ->
                new AnyAuthenticator(
                        new TokenAuthenticator(backend.tokens(), backend.owner(), InstantSource.system()),
                        issuer,
                        config.identity().clients());
        };
    }

    private static OidcIssuer issuer(OidcConfig config) {
        try {
            return new OidcIssuer(config, InstantSource.system());
        } catch (TlsException e) {
            throw new ListenerException("security.oidc.authorities: (expected: " + e.getMessage() + ")", e);
        }
    }

    private static ServerTls tls(TlsFiles files, MeterRegistry meters) {
        try {
            return new ServerTls(files, new TlsWatch(files, InstantSource.system()), meters);
        } catch (TlsException e) {
            throw new ListenerException("security.tls: (expected: " + e.getMessage() + ")", e);
        }
    }

    /// Binds both listeners.
    ///
    /// @throws ListenerException if an address cannot be bound; nothing stays bound then
    public void start() {
        guards.forEach(WireGuards::start);
        start("management", management, config.management());
        start("data", data, config.data());
        var _ = eventLoops.next().scheduleWithFixedDelay(this::sweep, SWEEP_MINUTES, SWEEP_MINUTES, TimeUnit.MINUTES);
        tls.ifPresent(certificate -> every(CERTIFICATE_SECONDS, CERTIFICATE_SECONDS, certificate::look));
        issuer.ifPresent(keys -> every(0, OidcIssuer.TICK.toSeconds(), keys::look));
        long everyMillis = Math.clamp(config.limits().unreadTimeout().toMillis(), 1, SWEEP_UNREAD_MILLIS);
        var _ = eventLoops
                .next()
                .scheduleWithFixedDelay(unread::sweep, everyMillis, everyMillis, TimeUnit.MILLISECONDS);
    }

    /// Does what blocks, again and again.
    private void every(long firstSeconds, long seconds, Runnable work) {
        var _ = eventLoops
                .next()
                .scheduleWithFixedDelay(
                        () -> {
                            var _ = threads.run(work);
                        },
                        firstSeconds,
                        seconds,
                        TimeUnit.SECONDS);
    }

    private void sweep() {
        var _ = threads.run(uploads::sweep);
        var _ = threads.run(tokens::writeDown);
    }

    public int dataPort() {
        return ports(data).getFirst();
    }

    /// The further port of the data listener, where one is configured.
    public OptionalInt grpcPort() {
        List<Integer> ports = ports(data);
        return ports.size() > 1 ? OptionalInt.of(ports.getLast()) : OptionalInt.empty();
    }

    public int managementPort() {
        return ports(management).getFirst();
    }

    /// Where the page is.
    public URI dataUri() {
        return uri(config.data(), dataPort());
    }

    public URI managementUri() {
        return uri(config.management(), managementPort());
    }

    private URI uri(ListenerConfig listener, int port) {
        String host = listener.host();
        String scheme = tls.isPresent() ? "https" : "http";
        return URI.create(scheme + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port + "/");
    }

    /// Looks at once whether the certificate's files have changed.
    void lookAtCertificate() {
        tls.ifPresent(ServerTls::look);
    }

    /// The listener's routes, for those who check a description of them.
    Server data() {
        return data;
    }

    Server management() {
        return management;
    }

    /// How many requests are under way.
    public int underWay() {
        return drain.inFlight();
    }

    /// How many requests `close` did not wait for any longer.
    public int abandoned() {
        return drain.abandoned();
    }

    /// Goes down without losing a request: says that it is not ready, waits the drain delay, takes no more, waits
    /// for the requests in flight up to the drain limit, and closes the sockets.
    @Override
    public void close() {
        drain.drain();
        streams.turnAway();
        try {
            Thread.sleep(config.drainDelay());
            streams.end();
            drain.closeAndWait(config.drainLimit());
            if (abandoned() > 0) {
                LOG.warn("{} requests were still running when the drain limit was over", abandoned());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        stop();
    }

    private void stop() {
        threads.close();
        CompletableFuture.allOf(data.stop(), management.stop()).join();
        issuer.ifPresent(OidcIssuer::close);
        eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private void start(String name, Server server, ListenerConfig listener) {
        try {
            server.start().join();
        } catch (CompletionException e) {
            stop();
            String reason = String.valueOf(Failures.unwrapped(e).getMessage());
            String problem = reason.contains("in use") ? "the port is in use" : "cannot be bound";
            throw new ListenerException(
                    name + " listener " + listener.host() + ":" + listener.port() + ": " + problem, e);
        }
    }

    /// Head and body of an answer are flushed one after the other by the wire library: one system call for both, and one
    /// packet for what fits into one, cost the server and the client half as much.
    private static void prepare(ChannelPipeline connection, WireGuards guarding) {
        connection.addFirst(
                new FlushConsolidationHandler(FlushConsolidationHandler.DEFAULT_EXPLICIT_FLUSH_AFTER_FLUSHES, true));
        guarding.install(connection);
    }

    private static List<Integer> ports(Server server) {
        Collection<ServerPort> active = server.activePorts().values();
        return active.stream().map(port -> port.localAddress().getPort()).toList();
    }

    private Server build(
            ListenerConfig listener,
            OptionalInt furtherPort,
            List<Frontend> frontends,
            Gatekeeper keeper,
            FrontendContext context) {
        Limits limits = context.limits();
        WireGuards guarding = new WireGuards(limits, eventLoops, drain, breaches);
        guards.add(guarding);
        ServerBuilder builder = Server.builder();
        SessionProtocol protocol = tls.isPresent() ? SessionProtocol.HTTPS : SessionProtocol.HTTP;
        builder.port(new InetSocketAddress(listener.host(), listener.port()), protocol);
        furtherPort.ifPresent(port -> builder.port(new InetSocketAddress(listener.host(), port), protocol));
        tls.ifPresent(certificate -> certificate.protect(builder));
        builder.bossGroupFactory(_ -> Acceptor.create())
                .workerGroup(eventLoops, false)
                .childChannelPipelineCustomizer(connection -> prepare(connection, guarding))
                .childChannelOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childChannelOption(
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new AdaptiveRecvByteBufAllocator(LEAST_READ_BYTES, FIRST_READ_BYTES, MOST_READ_BYTES))
                .meterRegistry(NoopMeterRegistry.get())
                .disableServerHeader()
                .verboseResponses(false)
                .unloggedExceptionsReportIntervalMillis(0)
                .idleTimeout(limits.idleTimeout())
                .requestTimeout(limits.bodyTimeout())
                .maxRequestLength(MAX_SMALL_BODY_BYTES)
                .http1MaxHeaderSize(MAX_HEADER_BYTES)
                .http1MaxInitialLineLength(MAX_HEADER_BYTES)
                .http1MaxChunkSize(PIECE_BYTES)
                .http2MaxHeaderListSize(MAX_HEADER_BYTES)
                .http2MaxStreamsPerConnection(limits.maxStreams())
                .gracefulShutdownTimeout(Duration.ZERO, Duration.ZERO)
                .errorHandler(new ErrorRenderer());
        limits.wire().connectionAge().ifPresent(builder::maxConnectionAge);
        if (!listener.origins().isEmpty()) {
            builder.decorator(CrossOrigin.of(listener.origins()));
        }
        // What is put on last is met first.
        builder.decorator(new Entrance(
                listener,
                drain,
                context.backend().metrics(),
                calls,
                new RequestJournal(config.observability().requestLines()),
                tenants));
        tracing.ifPresent(each -> builder.decorator(new Tracing(each)));
        Routes routes = new Routes(builder, keeper);
        frontends.forEach(frontend -> frontend.addTo(routes, context));
        return builder.build();
    }
}
