package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.runtime.batch.Batcher;
import dev.firstpass.server.runtime.batch.QueueState;
import dev.firstpass.server.runtime.device.DecodingHost;
import dev.firstpass.server.runtime.device.Region;
import dev.firstpass.server.runtime.engine.Closing;
import dev.firstpass.server.runtime.engine.EngineSession;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A loaded version: the batcher of each stage, its sessions, one at least for each device, and the native memory behind them. It is reached
/// through leases alone and closes when it is retired and the last lease has come back.
///
/// Retiring refuses new leases first and drains then. The other way round, a steady stream of leases would keep a
/// version alive for ever.
///
/// Thread-safe.
public final class Servable {
    private static final long RETIRED = 1L << 62;

    private final ModelVersion version;
    private final Map<String, LoadedStage> stages;
    private final Map<String, StageCounts> counts;
    private final DecodingHost decoding;
    private final Region room;
    private final Executor lifecycle;
    private final Runnable whenIdle;
    /// Number of leases out, with the bit RETIRED set from retirement on. One word, so that the last lease to come
    /// back and the retirement agree on who closes.
    private final AtomicLong state = new AtomicLong();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    /// Takes ownership of the stages.
    ///
    /// @param decoding makes rows for them; not closed
    /// @param room where rows that nobody decodes are put
    /// @param lifecycle runs the closing, which may take long
    /// @param whenIdle is run each time that the last lease comes back; must be quick
    Servable(
            ModelVersion version,
            Map<String, LoadedStage> stages,
            DecodingHost decoding,
            Region room,
            Executor lifecycle,
            Runnable whenIdle) {
        this.version = version;
        this.stages = Map.copyOf(stages);
        this.counts =
                stages.keySet().stream().collect(Collectors.toUnmodifiableMap(name -> name, _ -> new StageCounts()));
        this.decoding = decoding;
        this.room = room;
        this.lifecycle = lifecycle;
        this.whenIdle = whenIdle;
    }

    public ModelVersion version() {
        return version;
    }

    /// The right to infer, or empty once the version is retired.
    Optional<ServableLease> lease() {
        while (true) {
            long seen = state.get();
            if ((seen & RETIRED) != 0) {
                return Optional.empty();
            }
            if (state.compareAndSet(seen, seen + 1)) {
                return Optional.of(new ServableLease(this));
            }
        }
    }

    void release() {
        long left = state.decrementAndGet();
        if (left == RETIRED) {
            close();
        } else if (left == 0) {
            whenIdle.run();
        }
    }

    /// Retires it if no lease is out.
    ///
    /// @return whether it is retired now by this call
    boolean retireIfIdle() {
        if (!state.compareAndSet(0, RETIRED)) {
            return false;
        }
        close();
        return true;
    }

    /// Refuses new leases from now on and closes once the last one is back. A second call does nothing more.
    ///
    /// @return completes when everything is closed
    CompletableFuture<Void> retire() {
        if (state.getAndUpdate(seen -> seen | RETIRED) == 0) {
            close();
        }
        return closed;
    }

    /// Leases that are out now.
    long leases() {
        return state.get() & ~RETIRED;
    }

    /// Makes the rows that its stages run.
    DecodingHost decoding() {
        return decoding;
    }

    /// Where rows that nobody decodes are put.
    Region room() {
        return room;
    }

    LoadedStage stage(String name) {
        LoadedStage stage = stages.get(name);
        if (stage == null) {
            throw new IllegalArgumentException("stage: " + name + " (expected: one of " + stages.keySet() + ")");
        }
        return stage;
    }

    /// What was asked of a stage.
    StageCounts counts(String stage) {
        return Objects.requireNonNull(counts.get(stage), stage);
    }

    /// Stage -> what was asked of it until now.
    Map<String, StageCounts.Totals> totals(LongSupplier nanoClock) {
        return counts.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(
                        Map.Entry::getKey, entry -> entry.getValue().totals(nanoClock)));
    }

    /// What waits in all stages.
    QueueState queue() {
        return stages.values().stream()
                .map(stage -> stage.batcher().queue())
                .reduce(QueueState.EMPTY, QueueState::plus);
    }

    /// Runs once: the state reaches "retired, no lease" by exactly one call, since nothing leaves it.
    private void close() {
        lifecycle.execute(() -> {
            try {
                Closing.all(stages.values().stream().flatMap(LoadedStage::closings));
                closed.complete(null);
            } catch (RuntimeException | Error e) {
                closed.completeExceptionally(e);
            }
        });
    }

    /// Stage -> device -> what it took to get it ready there.
    Map<String, Map<String, Preparation>> preparations() {
        return stages.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().preparations()));
    }

    /// Stage -> device -> how it is run there.
    Map<String, Map<String, RunSetup>> setups() {
        return stages.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().setups()));
    }

    /// One stage's batcher and the sessions behind it.
    ///
    /// @param preparations device -> what it took to get the first session there ready
    /// @param setups device -> how the stage is run there
    record LoadedStage(
            Batcher batcher,
            List<EngineSession> sessions,
            Map<String, Preparation> preparations,
            Map<String, RunSetup> setups) {
        LoadedStage {
            sessions = List.copyOf(sessions);
            preparations = Map.copyOf(preparations);
            setups = Map.copyOf(setups);
        }

        /// What the model file says of itself: the same on every device.
        ModelSignature signature() {
            return sessions.getFirst().signature();
        }

        /// The batcher first: its threads use the sessions.
        Stream<Runnable> closings() {
            return Stream.concat(Stream.of(batcher::close), sessions.stream().<Runnable>map(session -> session::close));
        }
    }
}
