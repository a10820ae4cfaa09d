package dev.firstpass.server.frontend.openinference;

import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.unsafe.grpc.GrpcUnsafeBufferUtil;
import dev.firstpass.proto.inference.InferParameter;
import dev.firstpass.proto.inference.ModelInferRequest;
import dev.firstpass.proto.inference.ModelInferResponse;
import dev.firstpass.proto.inference.ModelStreamInferResponse;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.TimeLimit;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.Backend;
import dev.firstpass.server.frontend.Faults;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.RequestThreads;
import dev.firstpass.server.frontend.RequestTime;
import dev.firstpass.server.frontend.TensorCalls;
import dev.firstpass.server.frontend.WireFailures;
import dev.firstpass.server.frontend.grpc.GrpcFailures;
import dev.firstpass.server.pipeline.TensorAnswer;
import dev.firstpass.server.pipeline.TensorCall;
import dev.firstpass.server.pipeline.TensorOutput;
import dev.firstpass.server.pipeline.TensorRequest;
import dev.firstpass.server.security.Callers;
import dev.firstpass.server.security.Quotas;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One bidirectional stream of requests for tensors: several are worked on at a time and each is answered when it is done,
/// in the order that they came in. One that fails says so in its answer and ends nothing, unless the client asks with the
/// header `triton_grpc_error: true` that the first failure ends the stream with its status.
///
/// Only so many requests are read as are being worked on, so the client is held back by the transport's flow control; one
/// more is read when an answer has gone out and the transport takes more. A client that sends without reading its answers so
/// holds no more than these few.
///
/// For the call's event loop; what comes from other threads is handed to it.
final class InferenceStream implements StreamObserver<ModelInferRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(InferenceStream.class);

    private static final String FINAL = "triton_final_response";
    private static final String ERROR_HEADER = "triton_grpc_error";

    private final Backend backend;
    private final PrelabelModel prelabels;
    private final RequestThreads threads;
    private final Limits limits;
    private final ServiceRequestContext context;
    private final ServerCallStreamObserver<ModelStreamInferResponse> observer;
    private final RequestNotes notes;
    private final Optional<Deadline> callDeadline;
    private final boolean failsAsAWhole;

    /// Requests that are not answered yet, in their order.
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();

    private long received;
    private int heldBack;
    private boolean halfClosed;
    private boolean isEnding;
    private boolean ended;

    InferenceStream(
            Backend backend,
            PrelabelModel prelabels,
            RequestThreads threads,
            Limits limits,
            ServiceRequestContext context,
            ServerCallStreamObserver<ModelStreamInferResponse> observer) {
        this.backend = backend;
        this.prelabels = prelabels;
        this.threads = threads;
        this.limits = limits;
        this.context = context;
        this.observer = observer;
        this.notes = RequestNotes.of(context);
        this.callDeadline = RequestTime.ofStream(context);
        this.failsAsAWhole = context.request().headers().get(ERROR_HEADER, "").equalsIgnoreCase("true");
        notes.bodyRead();
        observer.disableAutoRequest();
        observer.setOnCancelHandler(() -> onLoop(this::cancel));
        observer.setOnReadyHandler(() -> onLoop(this::readMore));
        observer.request(limits.streamConcurrency());
    }

    private void onLoop(Runnable work) {
        if (context.eventLoop().inEventLoop()) {
            work.run();
        } else {
            context.eventLoop().execute(work);
        }
    }

    @Override
    public void onNext(ModelInferRequest message) {
        onLoop(() -> begin(message));
    }

    private void begin(ModelInferRequest message) {
        if (ended) {
            GrpcUnsafeBufferUtil.releaseBuffer(message, context);
            return;
        }
        received++;
        Pending request = new Pending(message);
        pending.add(request);
        try {
            if (received > 1) {
                Callers.requireStill(context);
                Quotas.further(context, message::getSerializedSize);
            }
            request.saysFinal = GrpcMessages.terms(message).saysFinal();
            if (PrelabelModel.is(message.getModelName())) {
                prelabel(request, message);
            } else {
                infer(request, message);
            }
        } catch (RuntimeException | Error e) {
            GrpcUnsafeBufferUtil.releaseBuffer(message, context);
            done(request, () -> failed(request, e));
        }
    }

    private Deadline deadline(TimeLimit limit) {
        return callDeadline
                .map(whole -> whole.ofPart().sooner(limit))
                .orElseGet(() -> Deadline.of(limit, System::nanoTime));
    }

    private void infer(Pending request, ModelInferRequest message) {
        Callers.require(context, Scope.TENSORS);
        TensorRequest asked = GrpcMessages.request(message, limits, Callers.of(context), this::deadline);
        Map<String, Integer> classes = GrpcMessages.classes(message);
        TensorCall call = backend.tensors().infer(asked);
        request.cancel = call::cancel;
        // What is lent is written down for the call without a lock.
        var _ = call.isTaken()
                .thenRunAsync(() -> GrpcUnsafeBufferUtil.releaseBuffer(message, context), context.eventLoop());
        var _ = call.answer()
                .whenCompleteAsync(
                        (answer, failure) -> {
                            if (failure != null) {
                                done(request, () -> failed(request, failure));
                            } else {
                                classify(request, asked, classes, answer);
                            }
                        },
                        context.eventLoop());
        // A stream has no end in time of its own, so that of each request is watched here.
        Future<?> timer = context.eventLoop()
                .schedule(
                        () -> {
                            done(
                                    request,
                                    () -> failed(
                                            request,
                                            Failure.of(
                                                            Reason.DEADLINE_EXCEEDED,
                                                            "the time allowed for this request is over")
                                                    .asException()));
                            call.cancel();
                        },
                        Math.max(0, asked.deadline().remainingNanos()),
                        TimeUnit.NANOSECONDS);
        var _ = call.answer().whenComplete((_, _) -> timer.cancel(false));
    }

    private void classify(Pending request, TensorRequest asked, Map<String, Integer> classes, TensorAnswer answer) {
        if (ended || request.response.isPresent()) {
            answer.close();
            return;
        }
        var _ = GrpcMessages.wanted(classes, answer, threads, context.eventLoop())
                .whenComplete((outputs, failure) -> {
                    if (ended || request.response.isPresent()) {
                        answer.close();
                        return;
                    }
                    request.answer = Optional.of(answer);
                    done(
                            request,
                            failure == null
                                    ? () -> answered(request, asked, outputs, answer)
                                    : () -> failed(request, failure));
                });
    }

    private ModelStreamInferResponse answered(
            Pending request, TensorRequest asked, List<TensorOutput> outputs, TensorAnswer answer) {
        backend.metrics()
                .stages(
                        TensorCalls.label(answer.version()),
                        answer.queueNanos(),
                        answer.inferNanos(),
                        notes.sampledTrace());
        TensorCalls.tell(notes.stages(), answer, System.nanoTime());
        notes.model(TensorCalls.label(answer.version()));
        ModelInferResponse.Builder response = GrpcMessages.response(asked, answer, outputs);
        return response(request, "", response);
    }

    private void prelabel(Pending request, ModelInferRequest message) {
        Callers.require(context, Scope.PRELABEL);
        PrelabelModel.Asked asked = GrpcMessages.prelabels(message, limits, Callers.of(context));
        Optional<String> id = GrpcMessages.id(message);
        String messageId = notes.requestId() + "/" + received;
        CompletableFuture<PrelabelModel.Answer> answer = new CompletableFuture<>();
        Future<?> running = threads.run(() -> {
            try {
                answer.complete(prelabels.infer(context, asked, this::deadline, messageId));
            } catch (RuntimeException | Error e) {
                answer.completeExceptionally(e);
            }
        });
        GrpcUnsafeBufferUtil.releaseBuffer(message, context);
        request.cancel = () -> running.cancel(true);
        var _ = answer.whenComplete((found, failure) -> onLoop(() -> done(
                request,
                failure == null
                        ? () -> response(
                                request, "", GrpcMessages.response(request.model, id, found.version(), found.outputs()))
                        : () -> failed(request, failure))));
    }

    /// @param response made when its turn has come
    private void done(Pending request, Supplier<ModelStreamInferResponse> response) {
        if (ended || request.response.isPresent()) {
            return;
        }
        request.response = Optional.of(response);
        while (!ended && !pending.isEmpty() && pending.element().response.isPresent()) {
            send(pending.remove());
        }
        readMore();
        completeIfDone();
    }

    /// The wire library copies the message out of the slab before `onNext` returns, since this is its event loop.
    private void send(Pending request) {
        try (request) {
            ModelStreamInferResponse response;
            try {
                response = request.response.orElseThrow().get();
            } catch (RuntimeException e) {
                response = failed(request, e);
            }
            if (ended) {
                return;
            }
            observer.onNext(response);
            request.answer.ifPresent(TensorAnswer::sent);
            heldBack++;
        }
    }

    private ModelStreamInferResponse failed(Pending request, Throwable thrown) {
        Failure failure = WireFailures.of(context, thrown);
        Faults.log(LOG, notes, failure, thrown);
        if (failsAsAWhole) {
            notes.failed(failure.reason());
            letGo();
            observer.onError(
                    GrpcFailures.exception(failure, InferenceFailures.grpcCode(failure.reason()), notes.requestId()));
        }
        return response(
                request,
                failure.reason().name() + ": " + failure.detail(),
                ModelInferResponse.newBuilder().setModelName(request.model).setId(request.id));
    }

    private static ModelStreamInferResponse response(
            Pending request, String error, ModelInferResponse.Builder response) {
        if (request.saysFinal) {
            response.putParameters(
                    FINAL, InferParameter.newBuilder().setBoolParam(true).build());
        }
        return ModelStreamInferResponse.newBuilder()
                .setErrorMessage(error)
                .setInferResponse(response)
                .build();
    }

    private void readMore() {
        if (!ended && !isEnding && heldBack > 0 && observer.isReady()) {
            observer.request(heldBack);
            heldBack = 0;
        }
    }

    @Override
    public void onCompleted() {
        onLoop(() -> {
            halfClosed = true;
            completeIfDone();
        });
    }

    private void completeIfDone() {
        if (ended || !pending.isEmpty()) {
            return;
        }
        if (halfClosed) {
            ended = true;
            observer.onCompleted();
        } else if (isEnding) {
            ended = true;
            notes.failed(Reason.DRAINING);
            observer.onError(GrpcFailures.exception(
                    WireFailures.DRAINING, InferenceFailures.grpcCode(Reason.DRAINING), notes.requestId()));
        }
    }

    /// Since the server goes down: what has come is answered, and no more is read.
    void end() {
        onLoop(() -> {
            isEnding = true;
            completeIfDone();
        });
    }

    @Override
    public void onError(Throwable thrown) {
        onLoop(this::cancel);
    }

    private void cancel() {
        if (!ended) {
            notes.failed(Reason.CANCELLED);
            letGo();
        }
    }

    private void letGo() {
        ended = true;
        pending.forEach(request -> {
            request.cancel.run();
            request.close();
        });
        pending.clear();
    }

    /// A request that is not answered yet.
    private static final class Pending implements AutoCloseable {
        private final String model;
        private final String id;
        private boolean saysFinal;
        private Runnable cancel = () -> {};
        private Optional<Supplier<ModelStreamInferResponse>> response = Optional.empty();
        private Optional<TensorAnswer> answer = Optional.empty();

        Pending(ModelInferRequest message) {
            this.model = message.getModelName();
            this.id = message.getId().length() > Wire.MOST_ID ? "" : message.getId();
        }

        /// Gives back what the model has put its outputs into.
        @Override
        public void close() {
            answer.ifPresent(TensorAnswer::close);
        }
    }
}
