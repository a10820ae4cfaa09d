package dev.firstpass.server.pipeline;

import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/// Knows no model; fails every request with what it is told to, or never answers.
///
/// Thread-safe.
public final class FakeTensors implements TensorModels {
    private final List<TensorCall> calls = new CopyOnWriteArrayList<>();
    private volatile Optional<Failure> failure = Optional.of(Failure.of(Reason.MODEL_NOT_FOUND, "no such model"));

    /// Requests fail with it from now on.
    public void fail(Failure next) {
        failure = Optional.of(next);
    }

    /// Requests are never answered from now on.
    public void hang() {
        failure = Optional.empty();
    }

    /// Requests that came.
    public List<TensorCall> calls() {
        return List.copyOf(calls);
    }

    @Override
    public TensorCall infer(TensorRequest request) {
        TensorCall call = new TensorCall();
        failure.ifPresentOrElse(why -> call.refuse(why.asException()), call::taken);
        calls.add(call);
        return call;
    }

    @Override
    public CompletableFuture<TensorModel> describe(TensorTarget target, Duration limit) {
        return CompletableFuture.failedFuture(notFound());
    }

    @Override
    public boolean isReady(TensorTarget target) {
        throw notFound();
    }

    private static RuntimeException notFound() {
        return Failure.of(Reason.MODEL_NOT_FOUND, "no such model").asException();
    }
}
