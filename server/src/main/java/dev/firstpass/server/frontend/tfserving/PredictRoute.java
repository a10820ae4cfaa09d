package dev.firstpass.server.frontend.tfserving;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.call.TimeLimit;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.frontend.Decompression;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.HttpTensorReply;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.RequestThreads;
import dev.firstpass.server.frontend.RequestTime;
import dev.firstpass.server.frontend.TensorCalls;
import dev.firstpass.server.frontend.UnreadAnswers;
import dev.firstpass.server.frontend.WholeBodyService;
import dev.firstpass.server.pipeline.TensorAnswer;
import dev.firstpass.server.pipeline.TensorModel;
import dev.firstpass.server.pipeline.TensorRequest;
import dev.firstpass.server.pipeline.TensorTarget;
import dev.firstpass.server.security.Callers;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// `POST ...:predict`: the event loop reads the request and writes the answer; where there is much of either, a thread of its own does.
///
/// Thread-safe. Called on event loops.
final class PredictRoute implements WholeBodyService.Handler {
    private static final ResponseHeaders HEAD = ResponseHeaders.builder(HttpStatus.OK)
            .set("content-type", "application/json")
            .set("cache-control", "no-store")
            .build();

    private final Limits limits;
    private final RequestThreads threads;
    private final UnreadAnswers unread;
    private final TensorCalls calls;

    PredictRoute(FrontendContext context) {
        this.limits = context.limits();
        this.threads = context.threads();
        this.unread = context.unread();
        this.calls = new TensorCalls(context);
    }

    @Override
    public CompletableFuture<HttpResponse> handle(ServiceRequestContext context, AggregatedHttpRequest request) {
        return new Exchange(context, request).answer();
    }

    /// One request and its answer.
    ///
    /// For the event loop, and before and after it one thread at a time.
    private final class Exchange {
        private final ServiceRequestContext context;
        private final AggregatedHttpRequest request;
        private final CompletableFuture<HttpResponse> response = new CompletableFuture<>();

        Exchange(ServiceRequestContext context, AggregatedHttpRequest request) {
            this.context = context;
            this.request = request;
        }

        /// @throws RuntimeException that `failure.Failures` knows
        CompletableFuture<HttpResponse> answer() {
            unread.requireReading(context);
            TensorTarget target = Spec.target(context);
            Optional<String> encoding = Decompression.encoding(request.headers());
            Deadline deadline = RequestTime.begin(context, new TimeLimit(limits.timeout(), false));
            var _ = context.whenRequestCancelling().thenAccept(response::completeExceptionally);
            var _ = read(calls.described(target), encoding)
                    .whenCompleteAsync(
                            (body, failure) -> {
                                if (failure == null) {
                                    infer(target, body, deadline);
                                } else {
                                    response.completeExceptionally(failure);
                                }
                            },
                            context.eventLoop())
                    .whenComplete((_, fault) -> {
                        if (fault != null) {
                            response.completeExceptionally(fault);
                        }
                    });
            return response;
        }

        private CompletableFuture<PredictBody> read(
                CompletableFuture<TensorModel> described, Optional<String> encoding) {
            HttpData content = request.content();
            if (encoding.isPresent() || content.length() > Json.LONG_BYTES) {
                return threads.run(context, () -> {
                    TensorModel model = described.join();
                    HttpData json = encoding.isPresent()
                            ? Decompression.read(content, encoding.get(), limits.maxBodyBytes())
                            : content;
                    return PredictBody.read(json.array(), model);
                });
            }
            return described.thenApplyAsync(model -> PredictBody.read(content.array(), model), context.eventLoop());
        }

        private void infer(TensorTarget target, PredictBody body, Deadline deadline) {
            TensorRequest tensors = new TensorRequest(
                    target,
                    Optional.empty(),
                    body.inputs(),
                    List.of(),
                    Priority.INTERACTIVE,
                    deadline,
                    Callers.of(context));
            calls.infer(
                    context,
                    tensors,
                    new HttpTensorReply(threads, response, () -> {}, new Written(context, body.form())));
        }
    }

    /// The answer as JSON.
    ///
    /// For one thread at a time.
    private final class Written implements HttpTensorReply.Writer {
        private final ServiceRequestContext context;
        private final PredictBody.Form form;

        Written(ServiceRequestContext context, PredictBody.Form form) {
            this.context = context;
            this.form = form;
        }

        @Override
        public long elements(TensorAnswer answer) {
            return PredictAnswer.size(answer.outputs());
        }

        @Override
        public HttpResponse write(TensorAnswer answer) {
            try (answer) {
                byte[] json = PredictAnswer.json(form, answer.outputs());
                unread.hold(context, json.length);
                answer.sent();
                return HttpResponse.of(HEAD, HttpData.wrap(json));
            }
        }
    }
}
