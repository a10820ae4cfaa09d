package dev.firstpass.server.pipeline;

import dev.firstpass.server.call.CacheUse;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What is remembered of requests: findings, what was written of them, what encoders made of assets, and assets that are broken. Nothing of it is known
/// across tenants: theirs is the first part of every key.
///
/// Thread-safe.
public final class Caches {
    private final ResultCache results;
    private final RefusalCache refusals;
    private final EmbeddingCache embeddings;
    private final Flights<FindingsKey, Findings> flights = new Flights<>();
    private final Flights<EmbeddingCache.Key, Seen> encoders = new Flights<>();
    private final Map<CacheOutcome, LongAdder> outcomes = Arrays.stream(CacheOutcome.values())
            .collect(Collectors.toUnmodifiableMap(Function.identity(), _ -> new LongAdder()));

    public Caches(ResultCache results, RefusalCache refusals, EmbeddingCache embeddings) {
        this.results = results;
        this.refusals = refusals;
        this.embeddings = embeddings;
    }

    /// Findings that are known, are made by another request just now, or are made by `maker`, as the request wants it.
    ///
    /// @throws RuntimeException as `maker`; or what was said of an asset that is known to be broken; or DEADLINE_EXCEEDED
    Found find(FindingsKey key, CacheUse use, Priority priority, Deadline deadline, Flights.Maker<Findings> maker)
            throws InterruptedException {
        if (!use.reads()) {
            return new Found(kept(key, use, maker), CacheOutcome.BYPASS);
        }
        Optional<Findings> known = results.get(key);
        if (known.isPresent()) {
            return new Found(known.get(), CacheOutcome.HIT);
        }
        refusals.check(RefusalCache.Key.of(key));
        if (!use.keeps() || !results.isOn()) {
            return new Found(kept(key, use, maker), CacheOutcome.MISS);
        }
        Flights.Made<Findings> made = flights.make(key, priority, deadline, () -> {
            // Somebody may have been done just before this one began.
            Optional<Findings> justNow = results.peek(key);
            return justNow.isPresent() ? justNow.get() : kept(key, use, maker);
        });
        return new Found(made.value(), made.isShared() ? CacheOutcome.SHARED : CacheOutcome.MISS);
    }

    private Findings kept(FindingsKey key, CacheUse use, Flights.Maker<Findings> maker) throws InterruptedException {
        try {
            Findings made = maker.make();
            return use.keeps() ? results.keep(key, made) : made;
        } catch (RuntimeException e) {
            if (use.keeps()) {
                refusals.learn(RefusalCache.Key.of(key), e);
            }
            throw e;
        }
    }

    /// Counts an answer.
    ///
    /// @param outcome where all that it says came from
    void answered(CacheOutcome outcome) {
        adder(outcome).increment();
    }

    /// What a stage gave whose outputs outlive its run: known, made by another request just now, or made by `maker`, as the
    /// request wants it.
    ///
    /// @param maker makes it on the heap
    /// @throws RuntimeException as `maker`; or DEADLINE_EXCEEDED
    Embedding embedding(
            EmbeddingCache.Key key, CacheUse use, Priority priority, Deadline deadline, Flights.Maker<Seen> maker)
            throws InterruptedException {
        if (!use.reads()) {
            return new Embedding(kept(key, use, maker), false);
        }
        Optional<Seen> known = embeddings.get(key);
        if (known.isPresent()) {
            return new Embedding(known.get(), true);
        }
        if (!use.keeps() || !embeddings.isOn()) {
            return new Embedding(maker.make(), false);
        }
        Seen made = encoders.make(key, priority, deadline, () -> {
                    // Somebody may have been done just before this one began.
                    Optional<Seen> justNow = embeddings.peek(key);
                    return justNow.isPresent() ? justNow.get() : kept(key, use, maker);
                })
                .value();
        return new Embedding(made, false);
    }

    /// What an encoder made of an asset.
    ///
    /// @param isKnown whether it was there when it was asked for
    record Embedding(Seen seen, boolean isKnown) {}

    private Seen kept(EmbeddingCache.Key key, CacheUse use, Flights.Maker<Seen> maker) throws InterruptedException {
        Seen made = maker.make();
        return use.keeps() ? embeddings.keep(key, made) : made;
    }

    /// Whether anything may come of [#recall], so that it is worth a digest.
    boolean mayRecall(CacheUse use) {
        return use.reads() && results.isOn();
    }

    /// What was written before, and the findings that it was written of. Counts as a hit; where it is empty as nothing, since
    /// who goes on is counted by [#find].
    ///
    /// @param written its key; empty where nothing was to be written
    Optional<Remembered> recall(FindingsKey key, Optional<RenderingKey> written) {
        Optional<Remembered> remembered =
                results.peek(key).flatMap(findings -> form(written).map(form -> new Remembered(findings, form)));
        if (remembered.isPresent()) {
            results.hit();
            answered(CacheOutcome.HIT);
        }
        return remembered;
    }

    private Optional<RenderedForm> form(Optional<RenderingKey> written) {
        return written.isEmpty() ? Optional.of(RenderedForm.NONE) : results.get(written.get());
    }

    /// An answer's bytes, under its id. What is asked for again is written once and given again.
    ///
    /// @param outcome where the findings came from: only what is asked for a second time is worth the room
    /// @throws RuntimeException as `writer`
    Rendering written(RenderingKey key, UUID id, CacheUse use, CacheOutcome outcome, Writer writer)
            throws InterruptedException {
        if (outcome != CacheOutcome.HIT) {
            return writer.write();
        }
        Optional<RenderedForm> form = results.get(key);
        if (form.isPresent()) {
            return form.get().with(id);
        }
        Rendering rendering = writer.write();
        if (use.keeps()) {
            RenderedForm.of(rendering, id).ifPresent(made -> results.keep(key, made));
        }
        return rendering;
    }

    /// Answers since the server was started whose findings came from there.
    public long answers(CacheOutcome outcome) {
        return adder(outcome).sum();
    }

    private LongAdder adder(CacheOutcome outcome) {
        return Optional.ofNullable(outcomes.get(outcome)).orElseThrow();
    }

    public ResultCache results() {
        return results;
    }

    public RefusalCache refusals() {
        return refusals;
    }

    public EmbeddingCache embeddings() {
        return embeddings;
    }

    /// Writes an answer.
    @FunctionalInterface
    interface Writer {
        Rendering write() throws InterruptedException;
    }

    /// Findings, and what was written of them.
    record Remembered(Findings findings, RenderedForm form) {}

    /// Findings, and where they came from.
    record Found(Findings findings, CacheOutcome outcome) {}
}
