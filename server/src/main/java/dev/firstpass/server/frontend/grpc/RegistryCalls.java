package dev.firstpass.server.frontend.grpc;

import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.frontend.Faults;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.RequestThreads;
import dev.firstpass.server.frontend.WireFailures;
import dev.firstpass.server.observe.Metrics;
import dev.firstpass.server.observe.Metrics.ModelLabel;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Calls that are answered with one message: run on threads of their own, measured, and logged where the server is at
/// fault.
///
/// Thread-safe.
final class RegistryCalls {
    private static final Logger LOG = LoggerFactory.getLogger(RegistryCalls.class);

    private final RequestThreads threads;
    private final Metrics metrics;

    RegistryCalls(RequestThreads threads, Metrics metrics) {
        this.threads = threads;
        this.metrics = metrics;
    }

    /// Answers the call of the context with what `work` returns or throws. Returns at once.
    ///
    /// @return completes when it is answered, or cancelled
    <T> CompletableFuture<T> answer(ServiceRequestContext context, StreamObserver<T> observer, Callable<T> work) {
        long began = System.nanoTime();
        RequestNotes.of(context).bodyRead();
        return threads.run(context, work).whenComplete((message, thrown) -> {
            if (thrown == null) {
                measure("OK", "OK", began);
                observer.onNext(message);
                observer.onCompleted();
            } else {
                fail(context, observer, thrown, began);
            }
        });
    }

    /// @param began when the call did, as System.nanoTime tells
    void fail(ServiceRequestContext context, StreamObserver<?> observer, Throwable thrown, long began) {
        RequestNotes notes = RequestNotes.of(context);
        Failure failure = WireFailures.of(context, thrown);
        notes.failed(failure.reason());
        Faults.log(LOG, notes, failure, thrown);
        measure(failure.reason().grpcCode(), failure.reason().name(), began);
        observer.onError(GrpcFailures.exception(failure, notes.requestId()));
    }

    private void measure(String code, String reason, long began) {
        metrics.request(GrpcFrontend.API, ModelLabel.NONE, code, reason, System.nanoTime() - began);
    }
}
