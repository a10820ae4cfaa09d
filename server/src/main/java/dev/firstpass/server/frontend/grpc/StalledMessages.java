package dev.firstpass.server.frontend.grpc;

import com.linecorp.armeria.common.FilteredHttpRequest;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpObject;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.SimpleDecoratingHttpService;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Ends a call of many messages where one of them begins and does not come to its end: what is there of it takes room, and a call that
/// may take as long as it likes would keep it for ever. Between two messages nothing is waited for, and of a message only the time in
/// which the server would take more of it counts.
///
/// Thread-safe.
final class StalledMessages extends SimpleDecoratingHttpService {
    private static final int LOOKS = 4;

    private final Duration patience;

    /// @param patience for one message, from its first byte to its last; a quarter more until it is seen that it is over
    StalledMessages(HttpService service, Duration patience) {
        super(service);
        this.patience = patience;
    }

    @Override
    public HttpResponse serve(ServiceRequestContext context, HttpRequest request) throws Exception {
        HttpRequest watched = new Watched(context, request);
        context.updateRequest(watched);
        return ((HttpService) unwrap()).serve(context, watched);
    }

    /// For the event loop of the call, which messages come on.
    private final class Watched extends FilteredHttpRequest {
        private final ServiceRequestContext context;
        private final HttpRequest request;
        private final MessageFrames frames = new MessageFrames();
        private final ScheduledFuture<?> looks;
        private long message;
        private int waited;

        Watched(ServiceRequestContext context, HttpRequest request) {
            // As they are, without a copy.
            super(request, true);
            this.context = context;
            this.request = request;
            long every = patience.toNanos() / LOOKS;
            this.looks = context.eventLoop().scheduleAtFixedRate(this::look, every, every, TimeUnit.NANOSECONDS);
            var _ = request.whenComplete().handle((_, _) -> looks.cancel(false));
        }

        @Override
        protected HttpObject filter(HttpObject part) {
            if (part instanceof HttpData data) {
                frames.came(data);
            }
            return part;
        }

        private void look() {
            boolean isWaiting = frames.isWithin() && request.demand() > 0;
            if (frames.begun() != message) {
                message = frames.begun();
                waited = 0;
            } else if (isWaiting && ++waited >= LOOKS) {
                context.cancel(Failure.of(Reason.REQUEST_TIMEOUT, "a message began and did not come to its end in time")
                        .asException());
            }
        }
    }
}
