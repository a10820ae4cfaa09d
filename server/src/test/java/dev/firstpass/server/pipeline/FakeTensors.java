package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.device.Region;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Function;

/// Knows no model; fails every request with what it is told to, never answers, or answers out of some memory.
///
/// Thread-safe.
public final class FakeTensors implements TensorModels {
    private final List<TensorCall> calls = new CopyOnWriteArrayList<>();
    private final List<TensorRequest> requests = new CopyOnWriteArrayList<>();
    private volatile BiConsumer<TensorRequest, TensorCall> behaviour =
            failing(Failure.of(Reason.MODEL_NOT_FOUND, "no such model"));

    private volatile Optional<TensorModel> described = Optional.empty();

    /// Requests fail with it from now on.
    public void fail(Failure next) {
        behaviour = failing(next);
    }

    private static BiConsumer<TensorRequest, TensorCall> failing(Failure failure) {
        return (_, call) -> call.refuse(failure.asException());
    }

    /// Requests are never answered from now on.
    public void hang() {
        behaviour = (_, call) -> call.taken();
    }

    /// Requests are answered from now on with so many bytes, each the first of the request's first input, in memory of
    /// `results`; and are refused where there is none.
    public void answer(ModelVersion version, Region results, int bytes) {
        behaviour = (request, call) -> results.tryAllocate(bytes)
                .ifPresentOrElse(
                        block -> answer(request, call, version, results, block),
                        () -> call.refuse(
                                Failure.overloaded("no room for results").asException()));
    }

    private static void answer(
            TensorRequest request, TensorCall call, ModelVersion version, Region results, Region.Block block) {
        byte value = request.inputs().getFirst().data().get(ValueLayout.JAVA_BYTE, 0);
        call.taken();
        TensorOutput output = new TensorOutput(
                "y",
                ElementType.UINT8,
                Shape.of(block.segment().byteSize()),
                List.of(block.segment().fill(value)));
        call.answer().complete(new TensorAnswer(version, List.of(output), 1, 1, new TensorAnswer.Origin() {
            @Override
            public boolean isMemoryShort() {
                return results.isMostlyLent();
            }

            @Override
            public void sent() {}

            @Override
            public void close() {
                block.close();
            }
        }));
    }

    /// Every name means this model from now on, which checks requests as real ones do.
    ///
    /// @param outputs of a request that passes, in the order of the signature; those wanted are chosen here
    public void serve(
            ModelVersion version, ModelSignature signature, Function<TensorRequest, List<TensorOutput>> outputs) {
        TensorModel model = TensorModel.of(version, version.manifest().spec().firstStage(), signature);
        described = Optional.of(model);
        behaviour = (request, call) -> {
            try {
                model.rows(request.inputs());
                List<TensorOutput> all = outputs.apply(request);
                List<Integer> places = model.places(request.outputs());
                call.taken();
                call.answer()
                        .complete(new TensorAnswer(
                                version,
                                places.isEmpty()
                                        ? all
                                        : places.stream().map(all::get).toList(),
                                1,
                                1,
                                NOWHERE));
            } catch (RuntimeException e) {
                call.refuse(e);
            }
        };
    }

    private static final TensorAnswer.Origin NOWHERE = new TensorAnswer.Origin() {
        @Override
        public boolean isMemoryShort() {
            return false;
        }

        @Override
        public void sent() {}

        @Override
        public void close() {}
    };

    /// Requests that came.
    public List<TensorRequest> requests() {
        return List.copyOf(requests);
    }

    /// What came so far is as if it had not.
    public void forget() {
        requests.clear();
        calls.clear();
    }

    /// The calls that they became.
    public List<TensorCall> calls() {
        return List.copyOf(calls);
    }

    @Override
    public TensorCall infer(TensorRequest request) {
        TensorCall call = new TensorCall();
        requests.add(request);
        behaviour.accept(request, call);
        calls.add(call);
        return call;
    }

    @Override
    public CompletableFuture<TensorModel> describe(TensorTarget target, Duration limit) {
        return described
                .map(CompletableFuture::completedFuture)
                .orElseGet(() -> CompletableFuture.failedFuture(notFound()));
    }

    @Override
    public List<TensorStatistics> statistics(TensorTarget target) {
        throw notFound();
    }

    @Override
    public List<TensorStatistics> statistics(Tenant tenant) {
        return List.of();
    }

    @Override
    public void unload(TensorTarget target) {
        throw notFound();
    }

    @Override
    public boolean isReady(TensorTarget target) {
        throw notFound();
    }

    private static RuntimeException notFound() {
        return Failure.of(Reason.MODEL_NOT_FOUND, "no such model").asException();
    }
}
