package dev.firstpass.server;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.store.ModelRegistry;
import dev.firstpass.server.runtime.supervision.SupervisionListener;
import java.time.Duration;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes aliases back from a version that brings its worker down time after time and got them a short while ago: the
/// one exception to the rule that an alias moves when somebody moves it.
///
/// Thread-safe.
final class AliasGuard {
    private static final Logger LOG = LoggerFactory.getLogger(AliasGuard.class);

    private final ModelRegistry registry;
    private final Duration guardPeriod;
    private final SupervisionListener listener;

    AliasGuard(ModelRegistry registry, Duration guardPeriod, SupervisionListener listener) {
        this.registry = registry;
        this.guardPeriod = guardPeriod;
        this.listener = listener;
    }

    /// Gives the aliases of a version to those that had them before. Waits for the disk.
    ///
    /// @param hasFailed versions that get none
    void takeBackFrom(ModelVersion failed, Predicate<ModelRef.Numbered> hasFailed) {
        registry.rollBack(failed.name(), failed.number(), guardPeriod, hasFailed.negate())
                .forEach((alias, to) -> {
                    LOG.warn(
                            "{}@{} names version {} again, since {} has failed",
                            failed.name().qualified(),
                            alias,
                            to,
                            failed.ref().qualified());
                    listener.rolledBack();
                });
    }
}
