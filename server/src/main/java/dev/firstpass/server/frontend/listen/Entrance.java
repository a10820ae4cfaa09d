package dev.firstpass.server.frontend.listen;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.RpcResponse;
import com.linecorp.armeria.common.logging.RequestLog;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.grpc.GrpcService;
import dev.firstpass.server.config.ListenerConfig;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.grpc.GrpcFrontend;
import dev.firstpass.server.observe.CallMeters;
import dev.firstpass.server.observe.Metrics;
import dev.firstpass.server.observe.TenantMeters;
import dev.firstpass.server.security.Callers;
import dev.firstpass.server.security.HostGuard;
import dev.firstpass.server.security.OriginGuard;
import io.grpc.Status;
import io.netty.util.AsciiString;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What every request to a listener passes, in this order: it gets an id, is counted, and is let in if it names
/// this server, comes from no foreign page, and the server is not going down.
///
/// Thread-safe.
final class Entrance implements DecoratingHttpServiceFunction {
    private static final AsciiString REQUEST_ID = HttpHeaderNames.of("x-request-id");

    private final HostGuard hosts;
    private final OriginGuard origins;
    private final Drain drain;
    private final Metrics metrics;
    private final CallMeters calls;
    private final RequestJournal journal;
    private final Optional<TenantMeters> tenants;

    /// @param tenants counts whose requests they were; empty where callers are not told apart
    Entrance(
            ListenerConfig listener,
            Drain drain,
            Metrics metrics,
            CallMeters calls,
            RequestJournal journal,
            Optional<TenantMeters> tenants) {
        this.hosts = new HostGuard(listener);
        this.origins = new OriginGuard(listener);
        this.drain = drain;
        this.metrics = metrics;
        this.calls = calls;
        this.journal = journal;
        this.tenants = tenants;
    }

    @Override
    public HttpResponse serve(HttpService delegate, ServiceRequestContext context, HttpRequest request)
            throws Exception {
        RequestNotes notes = RequestNotes.of(context);
        context.mutateAdditionalResponseHeaders(headers -> headers.set(REQUEST_ID, notes.requestId())
                .set(HttpHeaderNames.X_CONTENT_TYPE_OPTIONS, "nosniff")
                .set(HttpHeaderNames.REFERRER_POLICY, "no-referrer")
                .set(HttpHeaderNames.CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"));
        boolean isAwaited = !GrpcFrontend.UNAWAITED.contains(context.path());
        if (isAwaited) {
            drain.began();
        }
        var _ = context.log().whenComplete().thenAccept(log -> ended(context, log, notes, isAwaited));
        hosts.check(request.headers());
        origins.check(request.headers());
        if (drain.isDraining()) {
            turnAway(context);
        }
        return delegate.serve(context, request);
    }

    /// While the server still takes requests, it asks each client to use another connection, and so another
    /// replica, for the next one.
    private void turnAway(ServiceRequestContext context) {
        var _ = context.initiateConnectionShutdown();
        if (drain.refuses(context.log().partial().requestStartTimeNanos())) {
            throw new Failure(
                            Reason.DRAINING,
                            "the server is going down",
                            Optional.empty(),
                            Optional.of(Duration.ofSeconds(1)))
                    .asException();
        }
    }

    /// Of gRPC its own, since the status of HTTP is always the same.
    static String code(RequestLog log, RequestNotes notes) {
        if (notes.outcome().equals(Reason.CANCELLED.name()) && !notes.api().equals(GrpcFrontend.API)) {
            return "499";
        }
        if (log.responseContent() instanceof RpcResponse call && call.isDone()) {
            @Nullable Throwable cause = call.cause();
            return cause == null ? "OK" : Status.fromThrowable(cause).getCode().name();
        }
        return Integer.toString(log.responseStatus().code());
    }

    /// Also of a call that was refused before its service saw it.
    private static String grpcCode(RequestLog log, RequestNotes notes) {
        if (log.responseContent() instanceof RpcResponse call && call.isDone()) {
            return code(log, notes);
        }
        return Status.fromCodeValue(log.responseHeaders().getInt("grpc-status", Status.Code.UNKNOWN.value()))
                .getCode()
                .name();
    }

    private void ended(ServiceRequestContext context, RequestLog log, RequestNotes notes, boolean isAwaited) {
        try {
            measure(log, notes);
            if (context.config().service().as(GrpcService.class) != null) {
                calls.ended(context.config().route().patternString(), grpcCode(log, notes));
            }
            if (tenants.isPresent()) {
                Callers.find(context)
                        .ifPresent(caller ->
                                tenants.get().ended(caller.tenant().value(), code(log, notes), notes.outcome()));
            }
            if (journal.isKept()) {
                journal.ended(context, log, notes, code(log, notes));
            }
        } finally {
            if (isAwaited) {
                drain.ended();
            }
        }
    }

    private void measure(RequestLog log, RequestNotes notes) {
        if (!notes.api().equals(GrpcFrontend.API)) {
            metrics.request(
                    notes.api(),
                    notes.model(),
                    code(log, notes),
                    notes.outcome(),
                    log.totalDurationNanos(),
                    notes.sampledTrace());
        }
    }
}
