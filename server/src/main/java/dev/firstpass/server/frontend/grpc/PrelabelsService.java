package dev.firstpass.server.frontend.grpc;

import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.proto.v1.PrelabelRequest;
import dev.firstpass.proto.v1.PrelabelResponse;
import dev.firstpass.proto.v1.PrelabelStreamRequest;
import dev.firstpass.proto.v1.PrelabelStreamResponse;
import dev.firstpass.proto.v1.PrelabelsGrpc;
import dev.firstpass.server.call.CacheUse;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.TimeLimit;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.OpenStreams;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.frontend.RequestThreads;
import dev.firstpass.server.frontend.RequestTime;
import dev.firstpass.server.frontend.UnreadAnswers;
import dev.firstpass.server.frontend.WireFailures;
import dev.firstpass.server.security.Callers;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/// The service `firstpass.v1.Prelabels`.
///
/// Thread-safe. Called on event loops; the work is done on virtual threads.
final class PrelabelsService extends PrelabelsGrpc.PrelabelsImplBase {
    private final Calls calls;
    private final RequestThreads threads;
    private final Limits limits;
    private final UnreadAnswers unread;
    private final OpenStreams streams;

    PrelabelsService(FrontendContext context) {
        this.calls = new Calls(context.backend(), new RequestMessages(new RequestRules(context)));
        this.threads = context.threads();
        this.limits = context.limits();
        this.unread = context.unread();
        this.streams = context.streams();
    }

    @Override
    public void prelabel(PrelabelRequest request, StreamObserver<PrelabelResponse> observer) {
        ServiceRequestContext context = ServiceRequestContext.current();
        RequestNotes notes = RequestNotes.of(context);
        notes.bodyRead();
        Deadline deadline = RequestTime.beginCall(context, new TimeLimit(limits.maxTimeout(), false));
        CacheUse cache = cacheUse(context);
        Caller caller = Callers.of(context);
        var _ = threads.run(context, () -> {
                    unread.requireReading(context);
                    Calls.Outcome outcome = calls.answer(request, deadline, cache, caller, notes.requestId(), notes);
                    if (outcome instanceof Calls.Outcome.Answered(PrelabelResponse response)) {
                        unread.hold(context, response.getSerializedSize());
                    }
                    return outcome;
                })
                .whenComplete((outcome, thrown) -> {
                    if (thrown != null) {
                        observer.onError(GrpcFailures.exception(WireFailures.of(context, thrown), notes.requestId()));
                    } else {
                        answer(outcome, notes, observer);
                    }
                });
    }

    private static void answer(Calls.Outcome outcome, RequestNotes notes, StreamObserver<PrelabelResponse> observer) {
        switch (outcome) {
            case Calls.Outcome.Answered(PrelabelResponse response) -> {
                observer.onNext(response);
                observer.onCompleted();
            }
            case Calls.Outcome.Failed(var failure) -> {
                notes.failed(failure.reason());
                observer.onError(GrpcFailures.exception(failure, notes.requestId()));
            }
        }
    }

    @Override
    public StreamObserver<PrelabelStreamRequest> prelabelStream(StreamObserver<PrelabelStreamResponse> observer) {
        ServiceRequestContext context = ServiceRequestContext.current();
        RequestNotes notes = RequestNotes.of(context);
        PrelabelStream stream = new PrelabelStream(
                calls,
                threads,
                (ServerCallStreamObserver<PrelabelStreamResponse>) observer,
                limits.streamConcurrency(),
                RequestTime.ofStream(context),
                cacheUse(context),
                context,
                notes);
        streams.began(context, stream::end);
        return stream;
    }

    /// The metadata say it with HTTP's own word, for a call or all of a stream.
    private static CacheUse cacheUse(ServiceRequestContext context) {
        return CacheUse.of(context.request().headers().getAll("cache-control"));
    }
}
