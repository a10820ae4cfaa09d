package dev.firstpass.server.frontend;

import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.observe.Metrics.ModelLabel;
import dev.firstpass.server.observe.RequestTrace;
import dev.firstpass.server.pipeline.StageListener;
import io.netty.util.AttributeKey;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What becomes known of a request on its way: for its log lines, its error report and its metrics.
///
/// Thread-safe: written by the request's thread and event loop in turn, each field at most once or twice.
public final class RequestNotes {
    private static final AttributeKey<RequestNotes> KEY = AttributeKey.valueOf(RequestNotes.class, "notes");
    private static final Pattern WELL_FORMED = Pattern.compile("[A-Za-z0-9._:/+=-]{1,128}");

    private final String requestId;
    private volatile String api = "other";
    private volatile ModelLabel model = ModelLabel.NONE;
    private volatile boolean bodyRead;
    private volatile @Nullable RequestTrace trace;
    private volatile @Nullable Reason reason;

    private RequestNotes(String requestId) {
        this.requestId = requestId;
    }

    /// The notes of a request; begun at the first call, with the caller's `X-Request-Id` where that is well
    /// formed.
    public static RequestNotes of(ServiceRequestContext context) {
        RequestNotes notes = context.attr(KEY);
        if (notes != null) {
            return notes;
        }
        RequestNotes begun =
                new RequestNotes(requestId(context.request().headers().get("x-request-id")));
        context.setAttr(KEY, begun);
        return begun;
    }

    /// A service whose requests are noted as those of a door. Otherwise it is as before: whether its requests and answers come
    /// whole, too.
    ///
    /// @param api the door's name in metrics
    public static HttpService ofDoor(String api, HttpService service) {
        return service.decorate((delegate, context, request) -> {
            of(context).api(api);
            return delegate.serve(context, request);
        });
    }

    /// The caller's id for the request if it is fit to be repeated in headers and logs, else a new one.
    public static String requestId(@Nullable String offered) {
        return offered != null && WELL_FORMED.matcher(offered).matches()
                ? offered
                : UUID.randomUUID().toString();
    }

    public String requestId() {
        return requestId;
    }

    /// The door that took the request.
    public void api(String name) {
        api = name;
    }

    public String api() {
        return api;
    }

    /// The version that answered, or was asked for and exists.
    public void model(ModelLabel label) {
        model = label;
    }

    public ModelLabel model() {
        return model;
    }

    /// The body has arrived as a whole; if time runs out now, it is not the client's fault.
    public void bodyRead() {
        bodyRead = true;
    }

    public boolean isBodyRead() {
        return bodyRead;
    }

    public void failed(Reason why) {
        reason = why;
    }

    /// The id of the request's trace; empty where it has none.
    public String trace() {
        RequestTrace known = trace;
        return known == null ? "" : known.traceId();
    }

    /// Hears where the request's time goes; nobody, where there is no trace.
    public StageListener stages() {
        RequestTrace known = trace;
        return known == null ? StageListener.NONE : known;
    }

    /// What exemplars name; empty where the request has no trace, or one that nobody will see.
    public Optional<RequestTrace> sampledTrace() {
        RequestTrace known = trace;
        return known == null || !known.isSampled() ? Optional.empty() : Optional.of(known);
    }

    public void trace(RequestTrace begun) {
        trace = begun;
    }

    /// `OK`, or the name of the reason why the request failed.
    public String outcome() {
        Reason why = reason;
        return why == null ? "OK" : why.name();
    }
}
