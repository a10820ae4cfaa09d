package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.registry.ModelVersion;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/// Has files of versions brought from elsewhere before their loads, a few at a time, while what is here is loaded.
///
/// Its methods are for the lifecycle thread, which gets the outcomes too; the work is done on threads of its own. One that
/// was broken off goes on to its end, and nobody hears of it.
final class Fetches {
    private static final int AT_A_TIME = 4;

    /// Brings a version's files.
    @FunctionalInterface
    interface Source {
        /// Blocks.
        ///
        /// @throws RuntimeException if they cannot be had
        void fetch(ModelVersion version);
    }

    private final Source source;
    private final Executor lifecycle;
    private final Semaphore turns = new Semaphore(AT_A_TIME, true);

    /// For the lifecycle thread.
    private final Set<Residence> underWay = new HashSet<>();

    Fetches(Source source, Executor lifecycle) {
        this.source = source;
        this.lifecycle = lifecycle;
    }

    /// @param whenHere gets it when its files are here
    /// @param whenNot gets why they are not
    void begin(Residence residence, Consumer<Residence> whenHere, Consumer<Throwable> whenNot) {
        underWay.add(residence);
        var _ = Thread.ofVirtual()
                .name("fetch-" + residence.version().ref().qualified())
                .start(() -> {
                    Optional<Throwable> failure = fetched(residence);
                    onLifecycle(() -> {
                        if (underWay.remove(residence)) {
                            failure.ifPresentOrElse(whenNot, () -> whenHere.accept(residence));
                        }
                    });
                });
    }

    private Optional<Throwable> fetched(Residence residence) {
        turns.acquireUninterruptibly();
        try {
            if (!residence.isDismissed()) {
                source.fetch(residence.version());
            }
            return Optional.empty();
        } catch (RuntimeException | Error e) {
            return Optional.of(e);
        } finally {
            turns.release();
        }
    }

    private void onLifecycle(Runnable work) {
        try {
            lifecycle.execute(work);
        } catch (RejectedExecutionException _) {
            // Everything was closed meanwhile, and this broken off.
        }
    }

    /// Forgets one.
    ///
    /// @return whether it was under way
    boolean breakOff(Residence residence) {
        return underWay.remove(residence);
    }
}
