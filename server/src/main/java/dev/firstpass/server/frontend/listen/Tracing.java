package dev.firstpass.server.frontend.listen;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.RpcResponse;
import com.linecorp.armeria.common.logging.RequestLog;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.grpc.GrpcFailures;
import dev.firstpass.server.frontend.grpc.GrpcFrontend;
import dev.firstpass.server.observe.RequestTrace;
import dev.firstpass.server.observe.RequestTracing;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Gives each request a trace, but those that only ask how the server is. There is none of it where nobody has configured
/// traces.
///
/// Thread-safe.
final class Tracing implements DecoratingHttpServiceFunction {
    private static final Set<String> UNTRACED =
            Set.of("/livez", "/readyz", "/metrics", "/v2/health/live", "/v2/health/ready");

    private static final Map<String, Reason> REASONS =
            Arrays.stream(Reason.values()).collect(Collectors.toUnmodifiableMap(Enum::name, Function.identity()));

    private final RequestTracing tracing;

    Tracing(RequestTracing tracing) {
        this.tracing = tracing;
    }

    @Override
    public HttpResponse serve(HttpService delegate, ServiceRequestContext context, HttpRequest request)
            throws Exception {
        if (UNTRACED.contains(context.path()) || context.path().startsWith(GrpcFrontend.HEALTH)) {
            return delegate.serve(context, request);
        }
        RequestNotes notes = RequestNotes.of(context);
        RequestTrace trace =
                tracing.begin(name -> Optional.ofNullable(request.headers().get(name)));
        notes.trace(trace);
        var _ = context.log().whenComplete().thenAccept(log -> trace.ended(end(context, log, notes)));
        return delegate.serve(context, request);
    }

    private static RequestTrace.End end(ServiceRequestContext context, RequestLog log, RequestNotes notes) {
        boolean isCall = log.responseContent() instanceof RpcResponse
                || GrpcFailures.isGrpc(context.request().headers());
        Optional<Reason> reason = Optional.ofNullable(REASONS.get(notes.outcome()));
        return new RequestTrace.End(
                context.method().name(),
                context.config().route().patternString(),
                notes.api(),
                notes.requestId(),
                Optional.of(notes.model())
                        .filter(model -> !model.name().isEmpty())
                        .map(model -> model.name() + "@" + model.version()),
                log.responseStatus().code(),
                isCall ? Optional.of(Entrance.code(log, notes)) : Optional.empty(),
                notes.outcome(),
                reason.filter(why -> Failures.isFault(Failure.of(why, ""))).isPresent());
    }
}
