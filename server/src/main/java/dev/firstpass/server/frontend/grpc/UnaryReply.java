package dev.firstpass.server.frontend.grpc;

import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.Faults;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.WireFailures;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The end of a call with one answer, which comes once, in a protocol that has codes of its own for reasons.
///
/// Thread-safe.
public final class UnaryReply<T> {
    private static final Logger LOG = LoggerFactory.getLogger(UnaryReply.class);

    private final ServiceRequestContext context;
    private final StreamObserver<T> observer;
    private final Function<Reason, Status.Code> codes;
    private final AtomicBoolean ended = new AtomicBoolean();

    /// @param codes how the protocol tells of reasons
    public UnaryReply(ServiceRequestContext context, StreamObserver<T> observer, Function<Reason, Status.Code> codes) {
        this.context = context;
        this.observer = observer;
        this.codes = codes;
    }

    /// Ends the call with what comes of `answer`, as [#succeed] and [#fail].
    public void follow(CompletableFuture<T> answer) {
        var _ = answer.whenComplete((message, failure) -> {
            if (failure == null) {
                succeed(message);
            } else {
                fail(failure);
            }
        });
    }

    /// Does nothing where the call has ended.
    public void succeed(T message) {
        if (ended.compareAndSet(false, true)) {
            observer.onNext(message);
            observer.onCompleted();
        }
    }

    /// Does nothing where the call has ended.
    public void fail(Throwable thrown) {
        end(thrown, codes);
    }

    /// The same where the protocol has a code for this very failure.
    public void fail(Throwable thrown, Status.Code code) {
        end(thrown, _ -> code);
    }

    private void end(Throwable thrown, Function<Reason, Status.Code> code) {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        Failure failure = WireFailures.of(context, thrown);
        RequestNotes notes = RequestNotes.of(context);
        notes.failed(failure.reason());
        Faults.log(LOG, notes, failure, thrown);
        observer.onError(GrpcFailures.exception(failure, code.apply(failure.reason()), notes.requestId()));
    }
}
