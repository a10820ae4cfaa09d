package dev.firstpass.server.frontend.openinference;

import dev.firstpass.proto.inference.RepositoryIndexResponse;
import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Replica;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.Backend;
import dev.firstpass.server.pipeline.TensorTarget;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/// The protocol's repository, which is the registry as it is, and what of it this server has in memory. Clients load models
/// and unload them here; the registry changes through the management listener alone.
///
/// Thread-safe. Blocks.
final class Repository {
    private static final String DEPENDENTS = "unload_dependents";

    private final Backend backend;
    private final Duration limit;

    /// @param limit of a load
    Repository(Backend backend, Duration limit) {
        this.backend = backend;
        this.limit = limit;
    }

    /// Every version of every model that a tenant may use. One that is not in memory is READY, since it is loaded when it is asked for.
    ///
    /// @param readyOnly whether others are left out
    RepositoryIndexResponse index(Tenant tenant, boolean readyOnly) {
        // The first is this server. Where none is known, nothing is known to be in memory.
        Function<ModelRef.Numbered, Replica.Residency> here = backend.registry().replicas().stream()
                .findFirst()
                .<Function<ModelRef.Numbered, Replica.Residency>>map(replica -> replica::of)
                .orElse(_ -> Replica.Residency.COLD);
        RepositoryIndexResponse.Builder index = RepositoryIndexResponse.newBuilder();
        for (ModelEntry entry : backend.models().offered(tenant)) {
            for (ModelVersion version : entry.versions()) {
                RepositoryIndexResponse.ModelIndex line = line(version, here.apply(version.ref()));
                if (!readyOnly || line.getState().equals("READY")) {
                    index.addModels(line);
                }
            }
        }
        return index.build();
    }

    private RepositoryIndexResponse.ModelIndex line(ModelVersion version, Replica.Residency residency) {
        var line = RepositoryIndexResponse.ModelIndex.newBuilder()
                .setName(version.name().value())
                .setVersion(Long.toString(version.number()));
        if (version.state() != ModelVersion.State.AVAILABLE) {
            return line.setState("UNAVAILABLE")
                    .setReason(version.state().name())
                    .build();
        }
        return switch (residency) {
            case SERVING -> line.setState("READY").build();
            case COLD ->
                line.setState("READY")
                        .setReason("unloaded: loaded when it is asked for")
                        .build();
            case LOADING -> line.setState("LOADING").build();
            case FAILED ->
                line.setState("UNAVAILABLE")
                        .setReason(backend.registry().failure(version.ref()).orElse("FAILED"))
                        .build();
        };
    }

    /// Loads the version that the alias `production` means, and waits for it.
    ///
    /// @param parameters names of those that the request has
    /// @throws dev.firstpass.server.failure.FailureException NOT_SUPPORTED for a configuration or files of the caller's own
    void load(Tenant tenant, String repository, String name, Collection<String> parameters) {
        requireNone(repository);
        for (String parameter : parameters) {
            if (parameter.equals("config") || parameter.startsWith("file:")) {
                throw Wire.notSupported("parameter " + Words.quoted(parameter)
                        + ": a version's files and configuration do not change (expected: a new version, registered)");
            }
            throw unknown(parameter, List.of());
        }
        var _ = backend.tensors()
                .describe(new TensorTarget(tenant, name, ""), limit)
                .join();
    }

    /// Gives back the memory of the version that the alias `production` means, without waiting for those who use it.
    ///
    /// @param parameters as in [#load]
    void unload(Tenant tenant, String repository, String name, Collection<String> parameters) {
        requireNone(repository);
        for (String parameter : parameters) {
            if (!parameter.equals(DEPENDENTS)) {
                throw unknown(parameter, List.of(DEPENDENTS));
            }
        }
        backend.tensors().unload(new TensorTarget(tenant, name, ""));
    }

    private static RuntimeException unknown(String parameter, List<String> known) {
        return Wire.invalid(
                "parameters", "parameter " + Words.quoted(parameter) + " is not known (expected: " + known + ")");
    }

    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID where a repository is named
    void requireNone(String repository) {
        if (!repository.isEmpty()) {
            throw Wire.invalid(
                    "repository_name",
                    "repository " + Words.quoted(repository) + ": there is one only (expected: no name)");
        }
    }
}
