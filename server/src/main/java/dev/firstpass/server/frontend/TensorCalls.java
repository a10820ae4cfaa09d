package dev.firstpass.server.frontend;

import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.observe.Metrics.ModelLabel;
import dev.firstpass.server.pipeline.StageListener;
import dev.firstpass.server.pipeline.TensorAnswer;
import dev.firstpass.server.pipeline.TensorCall;
import dev.firstpass.server.pipeline.TensorModel;
import dev.firstpass.server.pipeline.TensorRequest;
import dev.firstpass.server.pipeline.TensorTarget;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/// The way of every door for raw tensors, from a request to its answer: what is noted of it, that nobody waits any more once the
/// client has gone or the time is over, and that whatever goes wrong is told. A door adds how its protocol asks and how it
/// is answered.
///
/// Thread-safe. Blocks only where it says so.
public final class TensorCalls {
    private final Backend backend;
    private final Duration limit;

    public TensorCalls(FrontendContext context) {
        this.backend = context.backend();
        this.limit = context.limits().timeout();
    }

    /// Who asked.
    public interface Listener {
        /// The request's tensors are no longer looked at. Once, on any thread.
        void taken();

        /// On the request's event loop. The listener closes the answer, also where it has been told of a failure before.
        void answered(TensorAnswer answer);

        /// On any thread. May come more than once, and after an answer; what came first counts.
        ///
        /// @param failure as `failure.Failures` or the wire library knows it
        void failed(Throwable failure);
    }

    /// What a model takes and gives, as [dev.firstpass.server.pipeline.TensorModels#describe], within the time that requests have by default.
    public CompletableFuture<TensorModel> described(TensorTarget target) {
        return backend.tensors().describe(target, limit);
    }

    /// The same for a request that asks for nothing else. Blocks.
    public TensorModel describe(ServiceRequestContext context, TensorTarget target) {
        TensorModel model = described(target).join();
        RequestNotes.of(context).model(label(model.version()));
        return model;
    }

    public static ModelLabel label(ModelVersion version) {
        return ModelLabel.of(version.name().qualified(), version.number());
    }

    public void infer(ServiceRequestContext context, TensorRequest request, Listener listener) {
        TensorCall call = backend.tensors().infer(request);
        var _ = call.isTaken().thenRun(listener::taken);
        var _ = context.whenRequestCancelling().thenAccept(cause -> {
            listener.failed(cause);
            call.cancel();
        });
        var _ = call.answer()
                .whenCompleteAsync(
                        (answer, failure) -> {
                            if (failure == null) {
                                note(context, answer);
                                listener.answered(answer);
                            } else {
                                listener.failed(failure);
                            }
                        },
                        context.eventLoop())
                .whenComplete((_, fault) -> {
                    // Whatever goes wrong on the way back, the caller is told now and not when the time is over.
                    if (fault != null) {
                        listener.failed(fault);
                    }
                });
    }

    private void note(ServiceRequestContext context, TensorAnswer answer) {
        ModelLabel label = label(answer.version());
        RequestNotes notes = RequestNotes.of(context);
        notes.model(label);
        backend.metrics().stages(label, answer.queueNanos(), answer.inferNanos(), notes.sampledTrace());
        StageListener stages = notes.stages();
        if (!stages.equals(StageListener.NONE)) {
            tell(stages, answer, System.nanoTime());
        }
    }

    /// To its trace, where it has one.
    public static void tell(StageListener stages, TensorAnswer answer, long nowNanos) {
        long ran = nowNanos - answer.inferNanos();
        stages.ended("queue", ran - answer.queueNanos(), ran);
        stages.ended("infer", ran, nowNanos);
    }
}
