package dev.firstpass.server.rollout;

import dev.firstpass.postprocess.evaluation.Agreement;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Uninterrupted;
import dev.firstpass.server.pipeline.Answered;
import dev.firstpass.server.pipeline.StageTimes;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs copies of live requests on shadows, one at a time, when the server has nothing better to do. A copy that finds no
/// room, or whose turn comes while live requests wait, is dropped and counted.
///
/// Thread-safe. Owns its thread; `close` ends it, and drops what is queued.
public final class Shadows implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Shadows.class);
    private static final int QUEUED = 16;
    private static final long QUEUED_BYTES = 64 << 20;

    private final ShadowRuntime runtime;
    private final RolloutListener listener;
    private final BlockingQueue<Copy> queue = new ArrayBlockingQueue<>(QUEUED);
    private final AtomicLong queuedBytes = new AtomicLong();
    private final Thread thread;
    private volatile boolean closed;

    private record Copy(ModelRef.Aliased alias, long version, Answered answer, ShadowFigures figures) {
        long bytes() {
            return answer.asset().bytes().length;
        }
    }

    private Shadows(ShadowRuntime runtime, RolloutListener listener) {
        this.runtime = runtime;
        this.listener = listener;
        this.thread = Thread.ofPlatform().name("shadow").daemon().unstarted(this::work);
    }

    /// @param runtime runs the copies; not owned
    public static Shadows start(ShadowRuntime runtime, RolloutListener listener) {
        Shadows shadows = new Shadows(runtime, listener);
        shadows.thread.start();
        return shadows;
    }

    /// Takes a copy of a request that the stable version has answered. Does not wait.
    void offer(ModelRef.Aliased alias, long version, Answered answer, ShadowFigures figures) {
        Copy copy = new Copy(alias, version, answer, figures);
        boolean hasRoom = queuedBytes.addAndGet(copy.bytes()) <= QUEUED_BYTES && !closed && queue.offer(copy);
        if (!hasRoom) {
            queuedBytes.addAndGet(-copy.bytes());
            drop(copy);
        }
    }

    private void drop(Copy copy) {
        copy.figures.dropped();
        listener.lost(copy.alias, false);
    }

    private void work() {
        while (!closed) {
            try {
                Copy copy = queue.take();
                queuedBytes.addAndGet(-copy.bytes());
                run(copy);
            } catch (InterruptedException _) {
                // It is being closed.
                return;
            }
        }
    }

    private void run(Copy copy) {
        try {
            Optional<ModelVersion> version = runtime.ready(new ModelRef.Numbered(copy.alias.name(), copy.version));
            if (version.isEmpty() || runtime.isBusy()) {
                drop(copy);
                return;
            }
            ShadowRuntime.Found found = runtime.run(copy.answer, version.get());
            Agreement agreement = Agreement.of(copy.answer.annotations(), found.annotations());
            copy.figures.compared(agreement, stableNanos(copy.answer), work(found.times()));
            listener.compared(copy.alias, agreement);
        } catch (RuntimeException e) {
            LOG.debug("a run of {}'s shadow failed", copy.alias.qualified(), e);
            copy.figures.failed();
            listener.lost(copy.alias, true);
        }
    }

    private static OptionalLong stableNanos(Answered answer) {
        return answer.isCached() ? OptionalLong.empty() : OptionalLong.of(work(answer.times()));
    }

    /// What does not depend on who else waits.
    private static long work(StageTimes times) {
        return times.decodeNanos() + times.inferNanos() + times.postprocessNanos();
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        Uninterrupted.join(thread);
    }
}
