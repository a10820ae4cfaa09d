package dev.firstpass.server.frontend;

import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.pipeline.TensorCall;
import dev.firstpass.server.pipeline.TensorModel;
import dev.firstpass.server.pipeline.TensorModels;
import dev.firstpass.server.pipeline.TensorRequest;
import dev.firstpass.server.pipeline.TensorTarget;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/// Knows no model.
public final class FakeTensors implements TensorModels {
    @Override
    public TensorCall infer(TensorRequest request) {
        return TensorCall.failed(notFound());
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
