package dev.firstpass.server.frontend.grpc;

import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.ReadinessProbe;
import dev.firstpass.server.frontend.RequestThreads;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `grpc.health.v1.Health`: the server's readiness, for the server as a whole and for a service of it.
///
/// Thread-safe.
final class HealthService extends HealthGrpc.HealthImplBase {
    private static final Logger LOG = LoggerFactory.getLogger(HealthService.class);
    private static final Duration LOOK_EVERY = Duration.ofMillis(500);

    private final Set<String> known;
    private final ReadinessProbe readiness;
    private final RequestThreads threads;
    private final Set<Watcher> watchers = ConcurrentHashMap.newKeySet();

    /// Whether a thread looks for the watchers.
    private final AtomicBoolean isLooking = new AtomicBoolean();

    HealthService(FrontendContext context, String... services) {
        this.known = Stream.concat(Stream.of(""), Stream.of(services)).collect(Collectors.toUnmodifiableSet());
        this.readiness = context.readiness();
        this.threads = context.threads();
    }

    @Override
    public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> observer) {
        if (!known.contains(request.getService())) {
            observer.onError(Status.NOT_FOUND.withDescription("no such service").asRuntimeException());
            return;
        }
        observer.onNext(response(status()));
        observer.onCompleted();
    }

    /// Tells the status at once and then each time it changes, seen within half a second. However many watch, one thread looks.
    @Override
    public void watch(HealthCheckRequest request, StreamObserver<HealthCheckResponse> observer) {
        ServerCallStreamObserver<HealthCheckResponse> call = (ServerCallStreamObserver<HealthCheckResponse>) observer;
        Watcher watcher = new Watcher(known.contains(request.getService()), call);
        call.setOnCancelHandler(() -> watchers.remove(watcher));
        if (watcher.tell()) {
            watchers.add(watcher);
        }
        if (call.isCancelled()) {
            watchers.remove(watcher);
        }
        if (isLooking.compareAndSet(false, true)) {
            var _ = threads.run(this::look);
        }
    }

    private void look() {
        try {
            while (true) {
                Thread.sleep(LOOK_EVERY);
                watchers.removeIf(watcher -> !watcher.tell());
                if (watchers.isEmpty()) {
                    isLooking.set(false);
                    // Whoever came just now may have taken this thread for one that goes on.
                    if (watchers.isEmpty() || !isLooking.compareAndSet(false, true)) {
                        return;
                    }
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Somebody who watches.
    private final class Watcher {
        private final boolean isKnown;
        private final StreamObserver<HealthCheckResponse> observer;

        /// Guarded by this.
        private ServingStatus told = ServingStatus.UNKNOWN;

        Watcher(boolean isKnown, StreamObserver<HealthCheckResponse> observer) {
            this.isKnown = isKnown;
            this.observer = observer;
        }

        /// @return whether the call is one that can be told more
        synchronized boolean tell() {
            try {
                ServingStatus now = isKnown ? status() : ServingStatus.SERVICE_UNKNOWN;
                if (now != told) {
                    observer.onNext(response(now));
                    told = now;
                }
                return true;
            } catch (RuntimeException e) {
                LOG.debug("a watcher is told no more", e);
                return false;
            }
        }
    }

    private ServingStatus status() {
        return readiness.isReady() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    }

    private static HealthCheckResponse response(ServingStatus status) {
        return HealthCheckResponse.newBuilder().setStatus(status).build();
    }
}
