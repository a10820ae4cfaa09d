package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Conversions;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.annotation.Provenance;
import dev.firstpass.postprocess.family.FamilyInput;
import dev.firstpass.postprocess.family.Interpretation;
import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.postprocess.family.RowOutput;
import dev.firstpass.postprocess.format.LabelFormat;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.AppliedLabeling;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.postprocess.spec.StageRows;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.asset.Asset;
import dev.firstpass.server.asset.AssetFetcher;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Waiter;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.ledger.Prediction;
import dev.firstpass.server.runtime.batch.BatchItem;
import dev.firstpass.server.runtime.batch.RowOutputs;
import dev.firstpass.server.runtime.device.ImageRow;
import dev.firstpass.server.runtime.device.RowPlan;
import dev.firstpass.server.runtime.lifecycle.ModelRuntime;
import dev.firstpass.server.runtime.lifecycle.ServableLease;
import dev.firstpass.server.runtime.supervision.Quarantine;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// The walk: from an asset reference to label bytes, one request on one virtual thread. It meets shared resources at
/// two gates only, the CPU permits and the batch queue.
///
/// Thread-safe.
public final class PrelabelPipeline implements Prelabeler {
    private final AssetFetcher fetcher;
    private final ModelCatalog catalog;
    private final ModelRuntime runtime;
    private final CpuGate cpu;
    private final Caches caches;
    private final Quarantine quarantine;
    private final Vocabulary vocabulary;
    private final Supplier<UUID> predictionIds;
    private final Consumer<Prediction> ledger;
    private final AnswerListener listener;
    private final InstantSource wallClock;
    private final LongSupplier nanoClock;

    /// Owns none of what it is given.
    ///
    /// @param quarantine assets that are not tried again
    /// @param predictionIds a new id at each call
    /// @param ledger gets each answer; takes no time and does not fail
    public PrelabelPipeline(
            AssetFetcher fetcher,
            ModelCatalog catalog,
            ModelRuntime runtime,
            CpuGate cpu,
            Caches caches,
            Quarantine quarantine,
            Vocabulary vocabulary,
            Supplier<UUID> predictionIds,
            Consumer<Prediction> ledger,
            AnswerListener listener,
            InstantSource wallClock,
            LongSupplier nanoClock) {
        this.fetcher = fetcher;
        this.catalog = catalog;
        this.runtime = runtime;
        this.cpu = cpu;
        this.caches = caches;
        this.quarantine = quarantine;
        this.vocabulary = vocabulary;
        this.predictionIds = predictionIds;
        this.ledger = ledger;
        this.listener = listener;
        this.wallClock = wallClock;
        this.nanoClock = nanoClock;
    }

    @Override
    public PrelabelAnswer prelabel(PrelabelRequest request) {
        Stopwatch watch = new Stopwatch(nanoClock, request.stages());
        Deadline deadline = request.deadline();
        Arrivals.requireInTime(deadline);
        try {
            Optional<Writing> writing = request.written().map(this::writing);
            Asset asset = fetch(request);
            Choice choice = catalog.choose(request.model(), asset.id());
            try {
                return answer(request, writing, asset, choice, deadline, watch);
            } catch (RuntimeException e) {
                listener.failed(request, asset.id(), choice, e);
                throw e;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailureException(Failure.of(Reason.CANCELLED, "the request was cancelled"), e);
        }
    }

    /// The same walk where it is short: what was written before.
    @Override
    public Recalled recall(PrelabelRequest request) {
        Arrivals.requireInTime(request.deadline());
        Stopwatch watch = new Stopwatch(nanoClock, request.stages());
        if (!caches.mayRecall(request.cache()) || !request.asset().isHere()) {
            return new Recalled.Nothing(request);
        }
        Asset asset = fetch(request);
        Choice choice = catalog.choose(request.model(), asset.id());
        FindingsKey key = key(request, asset, choice.version());
        watch.mark(Stopwatch.Span.FETCH);
        Optional<Caches.Remembered> known = caches.recall(
                key, request.written().map(written -> renderingKey(key, asset.id(), choice.version(), written)));
        if (known.isEmpty()) {
            return new Recalled.Nothing(request.of(asset));
        }
        Findings findings = known.get().findings();
        UUID id = predictionIds.get();
        Rendering rendering = known.get().form().with(id);
        Prelabels prelabels = prelabels(id, request, asset, choice.version(), findings);
        return new Recalled.Known(
                recorded(id, request, asset, choice, findings, CacheOutcome.HIT, prelabels, rendering, watch));
    }

    /// The first part of the same walk: up to what a prompt is needed for.
    @Override
    public OpenedAsset open(PrelabelRequest request) {
        Stopwatch watch = new Stopwatch(nanoClock, request.stages());
        Deadline deadline = request.deadline();
        Arrivals.requireInTime(deadline);
        try {
            Asset asset = fetch(request);
            ModelVersion version = catalog.choose(request.model(), asset.id()).version();
            ModelSpec spec = version.manifest().spec();
            Prompts.requirePrompted(vocabulary.family(spec.family()));
            watch.mark(Stopwatch.Span.FETCH);
            Quarantine.Key tried = notQuarantined(asset, version);
            Waiter waiter = new Waiter(deadline, request.priority(), request.caller());
            Interpretation.Next first =
                    new Interpretation.Next(spec.firstStage().name(), StageRows.WHOLE, List.of());
            try (ServableLease lease = runtime.lease(version, deadline, request.priority())) {
                watch.mark(Stopwatch.Span.QUEUE);
                try (Seen seen = see(lease, request, asset, spec, first, tried, waiter, watch)) {
                    return new OpenedAsset(
                            new AssetInfo(asset.id(), seen.size(), asset.digest()),
                            version,
                            request.cache().keeps()
                                    && fetcher.hold(request.caller().tenant().value(), asset),
                            watch.times(),
                            watch.isEncoderSpared()
                                    ? CacheOutcome.EMBEDDING
                                    : request.cache().reads() ? CacheOutcome.MISS : CacheOutcome.BYPASS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailureException(Failure.of(Reason.CANCELLED, "the request was cancelled"), e);
        }
    }

    private Asset fetch(PrelabelRequest request) {
        return fetcher.fetch(
                request.asset(),
                request.assetId(),
                request.caller().tenant().value(),
                request.deadline(),
                request.stages().carried());
    }

    /// @return what is known of the asset with that version from now on
    /// @throws FailureException INPUT_QUARANTINED
    private Quarantine.Key notQuarantined(Asset asset, ModelVersion version) {
        Quarantine.Key tried = new Quarantine.Key.OfVersion(asset.digest(), version.digest());
        quarantine.check(tried);
        quarantine.check(new Quarantine.Key.OfDecoder(asset.digest()));
        return tried;
    }

    private PrelabelAnswer answer(
            PrelabelRequest request,
            Optional<Writing> writing,
            Asset asset,
            Choice choice,
            Deadline deadline,
            Stopwatch watch)
            throws InterruptedException {
        ModelVersion version = choice.version();
        FindingsKey key = key(request, asset, version);
        watch.mark(Stopwatch.Span.FETCH);
        Caches.Found found = caches.find(
                key,
                request.cache(),
                request.priority(),
                deadline,
                () -> find(request, asset, version, deadline, watch));
        Findings findings = found.findings();
        if (found.outcome() == CacheOutcome.SHARED) {
            watch.mark(Stopwatch.Span.QUEUE);
        }

        UUID id = predictionIds.get();
        Prelabels prelabels = prelabels(id, request, asset, version, findings);
        Rendering rendering = writing.isEmpty()
                ? Rendering.NONE
                : written(request, writing.get(), key, version, prelabels, id, found.outcome(), watch);
        CacheOutcome outcome = found.outcome() == CacheOutcome.MISS && watch.isEncoderSpared()
                ? CacheOutcome.EMBEDDING
                : found.outcome();
        caches.answered(outcome);
        return recorded(id, request, asset, choice, findings, outcome, prelabels, rendering, watch);
    }

    private Rendering written(
            PrelabelRequest request,
            Writing writing,
            FindingsKey key,
            ModelVersion version,
            Prelabels prelabels,
            UUID id,
            CacheOutcome outcome,
            Stopwatch watch)
            throws InterruptedException {
        FormatChoice choice = writing.choice();
        RenderingKey rendered = renderingKey(key, prelabels.asset().id(), version, choice);
        return caches.written(rendered, id, request.cache(), outcome, () -> {
            try (CpuGate.Permit _ = enter(request.deadline(), request.caller(), watch)) {
                return Rendering.of(
                        prelabels, writing.format(), version.manifest().spec().classes(), choice.options(), wallClock);
            }
        });
    }

    private Writing writing(FormatChoice choice) {
        return new Writing(choice, vocabulary.format(choice.format()));
    }

    private PrelabelAnswer recorded(
            UUID id,
            PrelabelRequest request,
            Asset asset,
            Choice choice,
            Findings findings,
            CacheOutcome outcome,
            Prelabels prelabels,
            Rendering rendering,
            Stopwatch watch) {
        watch.mark(Stopwatch.Span.WRITE);
        StageTimes times = watch.times();
        ledger.accept(prediction(id, request, asset, choice, findings, times));
        listener.answered(new Answered(request, asset, choice, findings.annotations(), outcome.isCached(), times));
        return rendering.answer(prelabels, times, outcome);
    }

    private static Prelabels prelabels(
            UUID id, PrelabelRequest request, Asset asset, ModelVersion version, Findings findings) {
        return new Prelabels(
                new AssetInfo(asset.id(), findings.size(), asset.digest()),
                provenance(id, version, request),
                findings.annotations(),
                findings.dropped());
    }

    /// Has a version do again what was done for an answer, as bulk work, and compares nothing: neither the cache of
    /// findings nor the ledger learns of it.
    ///
    /// @param limit how long it may take
    /// @return what it found, and where the time went
    /// @throws RuntimeException as `prelabel`
    public Repeated repeat(Answered answer, ModelVersion version, Duration limit) {
        Stopwatch watch = new Stopwatch(nanoClock);
        PrelabelRequest request = answer.request().asBulk();
        try {
            Findings findings = find(request, answer.asset(), version, Deadline.after(limit, nanoClock), watch);
            return new Repeated(findings.annotations(), watch.times());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailureException(Failure.of(Reason.CANCELLED, "the request was cancelled"), e);
        }
    }

    /// What another version found.
    public record Repeated(List<Annotation> annotations, StageTimes times) {
        public Repeated {
            annotations = List.copyOf(annotations);
        }
    }

    /// Runs stage after stage until the family has read the asset. Pixels are there only while rows are made, so that
    /// what a queue holds is rows and never whole images; a later stage decodes anew.
    private Findings find(
            PrelabelRequest request, Asset asset, ModelVersion version, Deadline deadline, Stopwatch watch)
            throws InterruptedException {
        ModelSpec spec = version.manifest().spec();
        ModelFamily family = vocabulary.family(spec.family());
        requireExpressible(family.nativeGeometry(spec.parameters()), request.labeling());
        Prompts.require(request.prompt(), family);
        Quarantine.Key tried = notQuarantined(asset, version);
        Waiter waiter = new Waiter(deadline, request.priority(), request.caller());
        try (ServableLease lease = runtime.lease(version, deadline, request.priority())) {
            watch.mark(Stopwatch.Span.QUEUE);
            Interpretation.Next next = new Interpretation.Next(spec.firstStage().name(), StageRows.WHOLE, List.of());
            while (true) {
                FamilyInput input =
                        new FamilyInput(spec, next.stage(), next.findings(), request.prompt(), request.labeling());
                try (Seen seen = see(lease, request, asset, spec, next, tried, waiter, watch);
                        CpuGate.Permit _ = enter(deadline, request.caller(), watch)) {
                    switch (family.interpret(seen.rows(), input)) {
                        case Interpretation.Next further -> next = further;
                        case Interpretation.Done done -> {
                            return Findings.of(
                                    AppliedLabeling.of(done.annotations(), spec, request.labeling(), seen.size()),
                                    seen.size());
                        }
                    }
                } finally {
                    watch.mark(Stopwatch.Span.POSTPROCESS);
                }
            }
        }
    }

    /// Runs one stage. What rows of another are made of outlives the run, and may be known from another prompt.
    private Seen see(
            ServableLease lease,
            PrelabelRequest request,
            Asset asset,
            ModelSpec spec,
            Interpretation.Next next,
            Quarantine.Key tried,
            Waiter waiter,
            Stopwatch watch)
            throws InterruptedException {
        StageSpec stage = spec.stage(next.stage());
        if (!spec.hasMadeStage() || stage.isMade()) {
            return run(lease, request.prompt(), asset, stage, next.rows(), tried, waiter, watch);
        }
        EmbeddingCache.Key key = new EmbeddingCache.Key(
                request.caller().tenant().value(),
                asset.digest(),
                lease.version().digest(),
                stage.name());
        Caches.Embedding embedding = caches.embedding(
                key,
                request.cache(),
                request.priority(),
                waiter.deadline(),
                () -> run(lease, request.prompt(), asset, stage, next.rows(), tried, waiter, watch)
                        .kept());
        // Another request's waiting is this one's.
        watch.mark(Stopwatch.Span.QUEUE);
        if (embedding.isKnown()) {
            watch.spareEncoder();
        }
        return embedding.seen();
    }

    private Seen run(
            ServableLease lease,
            Prompt prompt,
            Asset asset,
            StageSpec stage,
            StageRows rows,
            Quarantine.Key tried,
            Waiter waiter,
            Stopwatch watch)
            throws InterruptedException {
        Prepared prepared = prepare(lease, prompt, asset, stage, rows, waiter, watch);
        List<RowOutputs> outputs = infer(lease, stage.name(), prepared.rows(), tried, waiter, watch);
        return new Seen(prepared.size(), together(prepared.rows(), outputs));
    }

    private static void requireExpressible(GeometryKind found, LabelingSpec labeling) {
        labeling.geometry()
                .filter(wanted -> !Conversions.hasRule(found, wanted))
                .ifPresent(wanted -> {
                    throw Failure.ofField(
                                    Reason.GEOMETRY_UNSUPPORTED,
                                    "geometry",
                                    "geometry: " + wanted.id() + " cannot be made of the model's " + found.id())
                            .asException();
                });
    }

    /// GATE 1, also around interpretation and writing: what computes holds a permit.
    private CpuGate.Permit enter(Deadline deadline, Caller caller, Stopwatch watch) throws InterruptedException {
        CpuGate.Permit permit = cpu.enter(deadline, caller.tenant().value());
        watch.mark(Stopwatch.Span.QUEUE);
        return permit;
    }

    /// Bytes, or what the family made of an earlier stage, to rows in the slab, under GATE 1. Room for the rows is had before the gate, because it comes back through
    /// those who interpret results, and they need a permit as well.
    private Prepared prepare(
            ServableLease lease,
            Prompt prompt,
            Asset asset,
            StageSpec stage,
            StageRows sources,
            Waiter waiter,
            Stopwatch watch)
            throws InterruptedException {
        try (RowPlan plan = lease.plan(asset.bytes(), stage, sources, waiter);
                CpuGate.Permit _ = enter(waiter.deadline(), waiter.caller(), watch)) {
            Prompts.requireWithin(prompt, plan.size());
            List<ImageRow> rows = plan.fill();
            watch.mark(Stopwatch.Span.DECODE);
            return new Prepared(plan.size(), rows);
        } catch (FailureException e) {
            if (e.failure().reason() == Reason.INPUT_QUARANTINED) {
                quarantine.hold(new Quarantine.Key.OfDecoder(asset.digest()));
            }
            throw e;
        }
    }

    /// Rows to raw outputs, through GATE 2. The rows are the batcher's from here on.
    private static List<RowOutputs> infer(
            ServableLease lease,
            String stage,
            List<ImageRow> rows,
            Quarantine.Key tried,
            Waiter waiter,
            Stopwatch watch)
            throws InterruptedException {
        List<RowOutputs> outputs = lease.infer(
                stage,
                rows.stream()
                        .map(row -> new BatchItem(row.row(), waiter, tried))
                        .toList());
        watch.markInference(
                outputs.stream().mapToLong(RowOutputs::inferNanos).max().orElse(0));
        return outputs;
    }

    private static List<RowOutput> together(List<ImageRow> rows, List<RowOutputs> outputs) {
        List<RowOutput> together = new ArrayList<>(rows.size());
        for (int i = 0; i < rows.size(); i++) {
            together.add(new RowOutput(outputs.get(i).raw(), rows.get(i).transform()));
        }
        return together;
    }

    private static FindingsKey key(PrelabelRequest request, Asset asset, ModelVersion version) {
        return new FindingsKey(
                request.caller().tenant().value(),
                asset.digest(),
                version.digest(),
                request.prompt(),
                request.labeling());
    }

    private static RenderingKey renderingKey(
            FindingsKey findings, String assetId, ModelVersion version, FormatChoice written) {
        return new RenderingKey(
                findings, assetId, version.name().value(), version.number(), written.format(), written.options());
    }

    private Prediction prediction(
            UUID id, PrelabelRequest request, Asset asset, Choice choice, Findings findings, StageTimes times) {
        return new Prediction(
                id,
                wallClock.instant(),
                request.caller().tenant().value(),
                asset.id(),
                asset.digest(),
                choice.version().name().value(),
                choice.version().number(),
                choice.version().digest(),
                choice.arm(),
                request.labeling().project(),
                findings.annotations().size(),
                findings.labelsDigest(),
                times.totalNanos());
    }

    private static Provenance provenance(UUID id, ModelVersion version, PrelabelRequest request) {
        return new Provenance(
                id.toString(),
                version.name().value(),
                version.number(),
                version.digest(),
                version.manifest().spec().family(),
                request.labeling().project());
    }

    /// What an answer is written in.
    private record Writing(FormatChoice choice, LabelFormat format) {}

    private record Prepared(ImageSize size, List<ImageRow> rows) {}
}
