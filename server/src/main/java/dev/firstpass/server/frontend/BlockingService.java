package dev.firstpass.server.frontend;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.ExchangeType;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.RoutingContext;
import com.linecorp.armeria.server.ServiceRequestContext;

/// A service that gets the whole request and may block: the event loop collects the body, a virtual thread
/// answers.
///
/// Thread-safe. What the handler throws becomes the listener's error answer.
public final class BlockingService implements HttpService {
    private final WholeBodyService service;

    public BlockingService(RequestThreads threads, Handler handler) {
        this.service = new WholeBodyService((context, whole) -> threads.run(context, () -> {
            Decompression.requireNone(whole);
            return handler.handle(context, whole);
        }));
    }

    @Override
    public HttpResponse serve(ServiceRequestContext context, HttpRequest request) {
        return service.serve(context, request);
    }

    @Override
    public ExchangeType exchangeType(RoutingContext context) {
        return service.exchangeType(context);
    }

    /// Answers one request on its own thread, which is interrupted when the client goes away.
    @FunctionalInterface
    public interface Handler {
        HttpResponse handle(ServiceRequestContext context, AggregatedHttpRequest request) throws Exception;
    }
}
