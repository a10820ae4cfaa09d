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
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// `grpc.health.v1.Health`: the server's readiness, for the server as a whole and for a service of it.
///
/// Thread-safe.
final class HealthService extends HealthGrpc.HealthImplBase {
    private static final Duration LOOK_EVERY = Duration.ofMillis(500);

    private final Set<String> known;
    private final ReadinessProbe readiness;
    private final RequestThreads threads;

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

    /// Tells the status at once and then each time it changes, seen within half a second.
    @Override
    public void watch(HealthCheckRequest request, StreamObserver<HealthCheckResponse> observer) {
        ServerCallStreamObserver<HealthCheckResponse> call = (ServerCallStreamObserver<HealthCheckResponse>) observer;
        var task = threads.run(() -> watch(known.contains(request.getService()), call));
        call.setOnCancelHandler(() -> task.cancel(true));
    }

    private void watch(boolean known, StreamObserver<HealthCheckResponse> observer) {
        ServingStatus told = ServingStatus.UNKNOWN;
        try {
            while (true) {
                ServingStatus now = known ? status() : ServingStatus.SERVICE_UNKNOWN;
                if (now != told) {
                    observer.onNext(response(now));
                    told = now;
                }
                Thread.sleep(LOOK_EVERY);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private ServingStatus status() {
        return readiness.isReady() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    }

    private static HealthCheckResponse response(ServingStatus status) {
        return HealthCheckResponse.newBuilder().setStatus(status).build();
    }
}
