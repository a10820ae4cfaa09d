package dev.firstpass.server.pipeline;

import dev.firstpass.registry.Tenant;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Models by their raw tensors; what every door for those calls.
///
/// Thread-safe. Never blocks, so it is called on event loops.
public interface TensorModels {
    /// Takes a request in: when this returns, its inputs are no longer looked at unless the model has yet to be loaded;
    /// then they are until [TensorCall#isTaken()] completes.
    ///
    /// What goes wrong is in the call, never thrown.
    TensorCall infer(TensorRequest request);

    /// What a stage takes and gives, loading its version where it is not.
    ///
    /// @param limit how long the answer is of use
    /// @return fails with what `failure.Failures` maps
    CompletableFuture<TensorModel> describe(TensorTarget target, Duration limit);

    /// What was asked of the stage that a name means: of the version that it means, and where it means none by itself, of
    /// the other versions of the model that are loaded too. By number.
    ///
    /// @throws dev.firstpass.registry.RegistryException if there is no such model, version or stage
    List<TensorStatistics> statistics(TensorTarget target);

    /// The same of every stage of a tenant's models that is loaded, by name and number.
    List<TensorStatistics> statistics(Tenant tenant);

    /// Gives back the memory of what a name means, of its tenant's own models, as soon as nobody uses it; it is loaded again when it is asked for. Does
    /// nothing where it is not loaded.
    ///
    /// @throws dev.firstpass.registry.RegistryException if there is no such model, version or stage
    /// @throws dev.firstpass.server.failure.FailureException IN_USE where it is to stay loaded
    void unload(TensorTarget target);

    /// Whether a request to it would be served: there is such a version, it may serve, and it is loaded or will be when
    /// it is asked for.
    ///
    /// @throws dev.firstpass.registry.RegistryException if there is no such model, version or stage
    boolean isReady(TensorTarget target);
}
