package dev.firstpass.server.frontend.grpc;

import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.proto.v1.PrelabelResponse;
import dev.firstpass.proto.v1.PrelabelStreamRequest;
import dev.firstpass.proto.v1.PrelabelStreamResponse;
import dev.firstpass.server.call.CacheUse;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.TimeLimit;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.RequestThreads;
import dev.firstpass.server.frontend.WireFailures;
import dev.firstpass.server.security.Callers;
import dev.firstpass.server.security.Quotas;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;

/// One bidirectional stream: each message is worked on by a thread of its own, and answered when it is done.
///
/// Only so many messages are read as are being worked on, so the client is held back by the transport's flow
/// control; a message more is read when an answer has gone out and the transport takes more. A client that sends
/// without reading its answers so holds no more than these few.
///
/// Thread-safe: the transport's callbacks and the answering threads meet under this object's lock, which also
/// keeps their answers apart on the wire.
final class PrelabelStream implements StreamObserver<PrelabelStreamRequest> {
    private static final int MAX_ID = 128;

    /// A stream may live long; each of its messages has the time that it asks for, from when it came.
    private static final TimeLimit NO_LIMIT = new TimeLimit(Duration.ofDays(1), false);

    private final Calls calls;
    private final RequestThreads threads;
    private final ServerCallStreamObserver<PrelabelStreamResponse> observer;
    private final Optional<Deadline> deadline;
    private final CacheUse cache;
    private final Caller caller;
    private final RequestNotes notes;
    private final ServiceRequestContext context;

    private final Set<Future<?>> running = new HashSet<>();
    private int outstanding;
    private int heldBack;
    private long received;
    private boolean halfClosed;
    private boolean isEnding;
    private boolean ended;

    PrelabelStream(
            Calls calls,
            RequestThreads threads,
            ServerCallStreamObserver<PrelabelStreamResponse> observer,
            int concurrency,
            Optional<Deadline> deadline,
            CacheUse cache,
            ServiceRequestContext context,
            RequestNotes notes) {
        this.calls = calls;
        this.threads = threads;
        this.observer = observer;
        this.deadline = deadline;
        this.cache = cache;
        this.caller = Callers.of(context);
        this.context = context;
        this.notes = notes;
        observer.disableAutoRequest();
        observer.setOnCancelHandler(this::cancel);
        observer.setOnReadyHandler(this::readMore);
        observer.request(concurrency);
    }

    @Override
    public synchronized void onNext(PrelabelStreamRequest message) {
        if (ended) {
            return;
        }
        outstanding++;
        received++;
        boolean isFirst = received == 1;
        String messageId = notes.requestId() + "/" + received;
        running.removeIf(Future::isDone);
        Deadline own = deadline.map(Deadline::ofPart).orElseGet(() -> Deadline.of(NO_LIMIT, System::nanoTime));
        running.add(threads.run(() -> respond(answer(message, own, messageId, isFirst))));
    }

    private PrelabelStreamResponse answer(
            PrelabelStreamRequest message, Deadline own, String messageId, boolean isFirst) {
        PrelabelStreamResponse.Builder response =
                PrelabelStreamResponse.newBuilder().setId(head(message.getId()));
        if (message.getId().isEmpty() || message.getId().length() > MAX_ID) {
            Failure failure = Failure.ofField(
                    Reason.ARGUMENT_INVALID,
                    "id",
                    "id: " + Words.quoted(message.getId()) + " (expected: 1.." + MAX_ID + " characters)");
            return response.setFailure(AnswerMessages.failure(failure, messageId))
                    .build();
        }
        try {
            if (!isFirst) {
                Callers.requireStill(context);
                Quotas.further(context, message::getSerializedSize);
            }
        } catch (FailureException e) {
            return response.setFailure(AnswerMessages.failure(e.failure(), messageId))
                    .build();
        }
        switch (calls.answer(message.getRequest(), own, cache, caller, messageId, notes)) {
            case Calls.Outcome.Answered(PrelabelResponse answer) -> response.setAnswer(answer);
            case Calls.Outcome.Failed(Failure failure) ->
                response.setFailure(AnswerMessages.failure(failure, messageId));
        }
        return response.build();
    }

    private static String head(String id) {
        return id.substring(0, Math.min(id.length(), MAX_ID));
    }

    private synchronized void respond(PrelabelStreamResponse response) {
        if (ended) {
            return;
        }
        observer.onNext(response);
        outstanding--;
        heldBack++;
        readMore();
        completeIfDone();
    }

    private synchronized void readMore() {
        if (!ended && !isEnding && heldBack > 0 && observer.isReady()) {
            observer.request(heldBack);
            heldBack = 0;
        }
    }

    /// The transport sends what its own thread says at once and what others say after that. So the end of the stream
    /// is said by another thread, as the answers are, or it would overtake the last of them.
    @Override
    public synchronized void onCompleted() {
        halfClosed = true;
        var _ = threads.run(this::completeIfDone);
    }

    private synchronized void completeIfDone() {
        if (ended || outstanding > 0) {
            return;
        }
        if (halfClosed) {
            ended = true;
            observer.onCompleted();
        } else if (isEnding) {
            ended = true;
            notes.failed(Reason.DRAINING);
            observer.onError(GrpcFailures.exception(WireFailures.DRAINING, notes.requestId()));
        }
    }

    /// Since the server goes down: what has come is answered, and no more is read.
    synchronized void end() {
        isEnding = true;
        completeIfDone();
    }

    @Override
    public void onError(Throwable thrown) {
        cancel();
    }

    private synchronized void cancel() {
        ended = true;
        running.forEach(task -> task.cancel(true));
        running.clear();
    }
}
