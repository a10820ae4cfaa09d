package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Replica.Residency;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.call.Waiter;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.batch.BatchItem;
import dev.firstpass.server.runtime.batch.RowOutline;
import dev.firstpass.server.runtime.batch.RowOutputs;
import dev.firstpass.server.runtime.device.Row;
import dev.firstpass.server.runtime.lifecycle.ModelRuntime;
import dev.firstpass.server.runtime.lifecycle.ServableLease;
import dev.firstpass.server.runtime.lifecycle.StageCounts;
import dev.firstpass.server.runtime.supervision.Quarantine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/// The tensor walk: from a caller's tensors to those of a model, without a thread of its own. The caller's thread chooses
/// the version, copies the rows into the slab and queues them; the batcher's thread completes the call.
///
/// Thread-safe.
public final class TensorPipeline implements TensorModels {
    private final ModelCatalog catalog;
    private final ModelRuntime runtime;
    private final Quarantine quarantine;
    private final LongSupplier nanoClock;

    /// Stands for the id of requests that have none, so that a canary gets its share of them.
    private final AtomicLong anonymous = new AtomicLong();

    /// Owns none of what it is given.
    ///
    /// @param quarantine rows that are not tried again
    public TensorPipeline(ModelCatalog catalog, ModelRuntime runtime, Quarantine quarantine, LongSupplier nanoClock) {
        this.catalog = catalog;
        this.runtime = runtime;
        this.quarantine = quarantine;
        this.nanoClock = nanoClock;
    }

    @Override
    public TensorCall infer(TensorRequest request) {
        TensorCall call = new TensorCall();
        try {
            Deadline deadline = request.deadline();
            Arrivals.requireInTime(deadline);
            Chosen chosen = choose(request.target(), request.id().orElseGet(this::anonymous));
            CompletableFuture<ServableLease> lease = runtime.leaseLater(chosen.version(), deadline, request.priority());
            var _ = lease.whenComplete((had, failure) -> {
                if (failure == null) {
                    run(call, request, chosen, had, deadline);
                } else {
                    call.refuse(failure);
                }
            });
            if (!lease.isDone()) {
                var _ = call.answer().whenComplete((_, _) -> lease.cancel(false));
            }
        } catch (RuntimeException e) {
            call.refuse(e);
        }
        return call;
    }

    /// Takes over the lease.
    private void run(TensorCall call, TensorRequest request, Chosen chosen, ServableLease lease, Deadline deadline) {
        long began = nanoClock.getAsLong();
        List<Row> rows;
        TensorModel model;
        List<Integer> wanted;
        RowOutline outline;
        try {
            String stage = chosen.stage().name();
            model = TensorModel.of(chosen.version(), chosen.stage(), lease.signature(stage));
            wanted = model.places(request.outputs());
            int count = model.rows(request.inputs());
            List<TensorInput> inputs = TensorRows.ordered(model, request.inputs());
            outline = TensorRows.outline(
                    model, inputs, count, new Waiter(deadline, request.priority(), request.caller()));
            lease.admit(stage, outline);
            rows = TensorRows.of(model, inputs, count, lease.room());
        } catch (RuntimeException | Error e) {
            lease.failed(chosen.stage().name(), nanoClock.getAsLong() - began);
            lease.close();
            call.refuse(e);
            return;
        }
        call.taken();
        List<CompletableFuture<RowOutputs>> outputs = new ArrayList<>(rows.size());
        for (Row row : rows) {
            outputs.add(submit(lease, chosen, row, outline));
        }
        call.await(lease, outputs, done -> answer(model, done, wanted, lease, began));
        var _ = call.answer().whenComplete((_, failure) -> {
            if (failure != null) {
                lease.failed(model.stage(), nanoClock.getAsLong() - began);
            }
        });
    }

    private CompletableFuture<RowOutputs> submit(ServableLease lease, Chosen chosen, Row row, RowOutline outline) {
        Quarantine.Key input = new Quarantine.Key.OfTensors(
                new RowDigest(row), chosen.version().digest());
        // Only where there is something to find is it worth what a digest costs.
        if (quarantine.isHolding() && quarantine.holds(input)) {
            row.close();
            return CompletableFuture.failedFuture(Quarantine.refusal().asException());
        }
        return lease.submit(chosen.stage().name(), new BatchItem(row, outline, input));
    }

    /// Called when the last of the rows has run.
    private TensorAnswer answer(
            TensorModel model, List<RowOutputs> rows, List<Integer> wanted, ServableLease lease, long began) {
        long queueNanos = 0;
        long inferNanos = 0;
        for (RowOutputs row : rows) {
            queueNanos = Math.max(queueNanos, row.queueNanos());
            inferNanos = Math.max(inferNanos, row.inferNanos());
        }
        long ran = nanoClock.getAsLong();
        List<TensorOutput> outputs = TensorOutputs.of(model, rows, wanted);
        lease.succeeded(model.stage(), rows, ran - began, ran);
        return new TensorAnswer(
                model.version(), outputs, queueNanos, inferNanos, new Origin(lease, model.stage(), rows, ran));
    }

    @Override
    public CompletableFuture<TensorModel> describe(TensorTarget target, Duration limit) {
        try {
            Chosen chosen = choose(target, "");
            return runtime.leaseLater(chosen.version(), Deadline.after(limit, nanoClock), Priority.BULK)
                    .thenApply(lease -> {
                        try (lease) {
                            return TensorModel.of(
                                    chosen.version(),
                                    chosen.stage(),
                                    lease.signature(chosen.stage().name()));
                        }
                    });
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public boolean isReady(TensorTarget target) {
        ModelRef.Numbered version;
        try {
            version = choose(target, "").version().ref();
        } catch (FailureException _) {
            return false;
        }
        return switch (runtime.residencies().getOrDefault(version, Residency.COLD)) {
            case SERVING, COLD -> true;
            case LOADING, FAILED -> false;
        };
    }

    @Override
    public List<TensorStatistics> statistics(TensorTarget target) {
        Chosen chosen = choose(target, "");
        ModelRef.Numbered meant = chosen.version().ref();
        return Stream.concat(
                        Stream.of(meant),
                        target.version().isEmpty()
                                ? runtime.loadedVersions().stream()
                                        .filter(ref -> ref.name().equals(meant.name()) && !ref.equals(meant))
                                : Stream.empty())
                .distinct()
                .flatMap(ref -> statistics(target, ref, chosen.stage().name(), ref.equals(meant)).stream())
                .sorted(Comparator.comparingLong(TensorStatistics::version))
                .toList();
    }

    /// @param isMeant whether there is something to say of it where it is not loaded, too
    private Optional<TensorStatistics> statistics(
            TensorTarget target, ModelRef.Numbered ref, String stage, boolean isMeant) {
        // Who uses a model that another tenant shares is not told how others use it.
        boolean isOwn = ref.name().tenant().equals(target.tenant());
        return Optional.ofNullable(runtime.counts(ref, nanoClock).get(stage))
                .filter(_ -> isOwn)
                .or(() -> isMeant ? Optional.of(StageCounts.Totals.NONE) : Optional.empty())
                .map(totals -> new TensorStatistics(target.name(), ref.number(), totals));
    }

    @Override
    public List<TensorStatistics> statistics(Tenant tenant) {
        List<TensorStatistics> all = new ArrayList<>();
        for (ModelRef.Numbered ref : Set.copyOf(runtime.loadedVersions())) {
            if (!ref.name().tenant().equals(tenant)) {
                continue;
            }
            String model = ref.name().value();
            String first = runtime.leaseIfLoaded(ref)
                    .map(lease -> {
                        try (lease) {
                            return lease.version()
                                    .manifest()
                                    .spec()
                                    .firstStage()
                                    .name();
                        }
                    })
                    .orElse("");
            runtime.counts(ref, nanoClock)
                    .forEach((stage, totals) -> all.add(new TensorStatistics(
                            stage.equals(first) ? model : model + "." + stage, ref.number(), totals)));
        }
        all.sort(Comparator.comparing(TensorStatistics::name).thenComparingLong(TensorStatistics::version));
        return List.copyOf(all);
    }

    @Override
    public void unload(TensorTarget target) {
        ModelRef.Numbered ref = choose(target, "").version().ref();
        if (!ref.name().tenant().equals(target.tenant())) {
            // Others use it, too.
            throw new RegistryException.ModelNotFound(target.name() + ": no such model");
        }
        if (!runtime.unload(ref)) {
            throw Failure.of(Reason.IN_USE, ref + " is to stay loaded (expected: not among runtime.pinned)")
                    .asException();
        }
    }

    /// The version and the stage that a name means: a model's first stage if it is a model's name.
    private Chosen choose(TensorTarget target, String subject) {
        try {
            ModelVersion version = catalog.choose(target.ref(), subject).version();
            return new Chosen(version, version.manifest().spec().firstStage());
        } catch (RegistryException.ModelNotFound e) {
            return target.ofStage().flatMap(named -> ofStage(named, subject)).orElseThrow(() -> e);
        }
    }

    private Optional<Chosen> ofStage(TensorTarget.OfStage named, String subject) {
        try {
            ModelVersion version = catalog.choose(named.ref(), subject).version();
            return version.manifest().spec().stages().stream()
                    .filter(stage -> stage.name().equals(named.stage()))
                    .findFirst()
                    .map(stage -> new Chosen(version, stage));
        } catch (RegistryException.ModelNotFound | RegistryException.ArgumentInvalid _) {
            return Optional.empty();
        }
    }

    private String anonymous() {
        return Long.toString(anonymous.getAndIncrement());
    }

    /// Rows that have run, and the lease of their version.
    private final class Origin implements TensorAnswer.Origin {
        private final ServableLease lease;
        private final String stage;
        private final List<RowOutputs> rows;
        private final long ranNanos;

        Origin(ServableLease lease, String stage, List<RowOutputs> rows, long ranNanos) {
            this.lease = lease;
            this.stage = stage;
            this.rows = rows;
            this.ranNanos = ranNanos;
        }

        @Override
        public boolean isMemoryShort() {
            return lease.areResultsShort(stage);
        }

        @Override
        public void sent() {
            lease.answered(stage, nanoClock.getAsLong() - ranNanos);
        }

        @Override
        public void close() {
            TensorCall.giveBack(lease, rows);
        }
    }

    /// What answers a request.
    private record Chosen(ModelVersion version, StageSpec stage) {}
}
