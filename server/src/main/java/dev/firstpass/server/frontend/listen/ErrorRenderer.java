package dev.firstpass.server.frontend.listen;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.RoutingContext;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.ErrorForm;
import dev.firstpass.server.frontend.Faults;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.WireFailures;
import dev.firstpass.server.frontend.cvat.CvatErrors;
import dev.firstpass.server.frontend.grpc.GrpcFailures;
import dev.firstpass.server.frontend.http.Problems;
import dev.firstpass.server.frontend.labelstudio.LabelStudioFailures;
import dev.firstpass.server.frontend.openinference.InferenceFailures;
import dev.firstpass.server.frontend.roboflow.RoboflowErrors;
import dev.firstpass.server.frontend.tfserving.TfServingErrors;
import dev.firstpass.server.frontend.xanylabeling.XAnyLabelingErrors;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The only place where a failed request gets its answer, whoever failed it: a service, a guard, the router or
/// the wire library. Faults of the server are logged here, with the request's id.
///
/// Thread-safe.
final class ErrorRenderer implements ServerErrorHandler {
    private static final Logger LOG = LoggerFactory.getLogger(ErrorRenderer.class);

    private static final int LONGEST_MESSAGE_MILLIS = 500;

    private static final ResponseHeaders NO_READER =
            ResponseHeaders.of(HttpStatus.valueOf(Reason.CANCELLED.httpStatus()));

    /// By the paths of their protocols; the last is for all others.
    private static final List<ErrorForm> FORMS = List.of(
            new InferenceFailures(),
            new TfServingErrors(),
            new CvatErrors(),
            new XAnyLabelingErrors(),
            new RoboflowErrors(),
            new LabelStudioFailures(),
            new Problems());

    private static final List<HttpMethod> METHODS = List.of(
            HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE);

    @Override
    public HttpResponse onServiceException(ServiceRequestContext context, Throwable thrown) {
        RequestNotes notes = RequestNotes.of(context);
        Failure failure = GrpcFailures.beforeTheCall(thrown).orElseGet(() -> WireFailures.of(context, thrown));
        notes.failed(failure.reason());
        Faults.log(LOG, notes, failure, thrown);
        if (failure.reason() == Reason.REQUEST_TIMEOUT) {
            // The rest of the body would be taken for the next request.
            var _ = context.initiateConnectionShutdown(0);
        }
        if (GrpcFailures.isGrpc(context.request().headers())) {
            return afterMessage(context.request(), GrpcFailures.trailersOnly(failure, notes.requestId()));
        }
        if (failure.equals(WireFailures.GONE)) {
            // All requests of a connection that closes fail at once, while others on the same event loop wait.
            return HttpResponse.of(NO_READER);
        }
        return problem(context, form(context.path()).status(failure.reason()), failure)
                .toHttpResponse();
    }

    /// A stream that is answered while its client still sends is reset behind the answer, and clients made of gRPC's C core see the
    /// reset and not the status. So what they send is let go by before, for a moment; where it is read already, at once.
    private static HttpResponse afterMessage(HttpRequest request, HttpResponse answer) {
        return HttpResponse.of(request.subscribe()
                .orTimeout(LONGEST_MESSAGE_MILLIS, TimeUnit.MILLISECONDS)
                .handle((_, _) -> answer));
    }

    /// Refusals of the router and of the wire library, some of which come before there is a request.
    @Override
    public AggregatedHttpResponse renderStatus(
            @Nullable ServiceRequestContext context,
            ServiceConfig config,
            @Nullable RequestHeaders headers,
            HttpStatus status,
            @Nullable String description,
            @Nullable Throwable thrown) {
        Failure failure = WireFailures.ofStatus(status, thrown);
        if (context == null) {
            HttpStatus told = thrown instanceof FailureException
                    ? HttpStatus.valueOf(failure.reason().httpStatus())
                    : status;
            String requestId = RequestNotes.requestId(headers == null ? null : headers.get("x-request-id"));
            return form(headers == null ? "" : headers.path()).response(told, failure, requestId);
        }
        RequestNotes.of(context).failed(failure.reason());
        return problem(context, status, failure);
    }

    private static AggregatedHttpResponse problem(ServiceRequestContext context, HttpStatus status, Failure failure) {
        String requestId = RequestNotes.of(context).requestId();
        AggregatedHttpResponse problem = form(context.path()).response(status, failure, requestId);
        return failure.reason() == Reason.METHOD_NOT_ALLOWED ? withAllow(problem, context.routingContext()) : problem;
    }

    /// How failures are told at a path.
    private static ErrorForm form(String path) {
        return FORMS.stream()
                .filter(form -> form.isPath(path))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the last form is for every path"));
    }

    private static AggregatedHttpResponse withAllow(AggregatedHttpResponse problem, RoutingContext routing) {
        return AggregatedHttpResponse.of(
                problem.headers().toBuilder()
                        .set("allow", String.join(", ", allowed(routing)))
                        .build(),
                problem.content());
    }

    /// The methods that some route at the request's path takes.
    private static Set<String> allowed(RoutingContext routing) {
        Set<String> allowed = new TreeSet<>();
        for (ServiceConfig config : routing.virtualHost().serviceConfigs()) {
            METHODS.stream()
                    .filter(method -> config.route()
                            .apply(routing.withMethod(method), false)
                            .isPresent())
                    .map(HttpMethod::name)
                    .forEach(allowed::add);
        }
        return allowed;
    }
}
