package dev.firstpass.server.frontend;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.ExchangeType;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.RoutingContext;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.util.concurrent.CompletableFuture;

/// A service that gets the whole request, on the event loop that collected the body.
///
/// Thread-safe. What the handler throws becomes the listener's error answer.
public final class WholeBodyService implements HttpService {
    private final Handler handler;

    public WholeBodyService(Handler handler) {
        this.handler = handler;
    }

    @Override
    public HttpResponse serve(ServiceRequestContext context, HttpRequest request) {
        if (request.whenComplete().state() == CompletableFuture.State.FAILED) {
            // The rest of its body will not come, mostly because its client has left. A hundred at a time do, and each
            // exception more has a stack of a hundred calls.
            return HttpResponse.ofFailure(request.whenComplete().exceptionNow());
        }
        CompletableFuture<HttpResponse> answer = request.aggregate().thenCompose(whole -> {
            RequestNotes.of(context).bodyRead();
            return handler.handle(context, whole);
        });
        boolean isHere = answer.isDone() && !answer.isCompletedExceptionally();
        return isHere ? answer.join() : HttpResponse.of(answer);
    }

    /// Header and body of the answer are sent together, which halves the system calls.
    @Override
    public ExchangeType exchangeType(RoutingContext context) {
        return ExchangeType.UNARY;
    }

    /// Does not block.
    @FunctionalInterface
    public interface Handler {
        CompletableFuture<HttpResponse> handle(ServiceRequestContext context, AggregatedHttpRequest request);
    }
}
