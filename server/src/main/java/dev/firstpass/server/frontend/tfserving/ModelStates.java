package dev.firstpass.server.frontend.tfserving;

import dev.firstpass.proto.tensorflow.Code;
import dev.firstpass.proto.tensorflow.serving.GetModelStatusResponse;
import dev.firstpass.proto.tensorflow.serving.ModelVersionStatus;
import dev.firstpass.proto.tensorflow.serving.StatusProto;
import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Replica;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.Backend;
import dev.firstpass.server.pipeline.TensorTarget;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Which versions a model has, and whether they may be asked for: what the registry says, and this server's memory. One that is not
/// in memory is AVAILABLE, since it is loaded when it is asked for.
///
/// Immutable. Reads the registry's store, so it is asked on a virtual thread.
record ModelStates(Backend backend) {
    /// Newest first; of all versions where none is named.
    ///
    /// @throws RegistryException if there is no such model, stage or version
    GetModelStatusResponse of(TensorTarget target) {
        ModelEntry entry = entry(target.tenant(), target.name());
        List<ModelVersion> versions =
                target.version().isEmpty() ? entry.versions() : List.of(named(entry, target.version()));
        Optional<Replica> here = backend.registry().replicas().stream().findFirst();
        GetModelStatusResponse.Builder response = GetModelStatusResponse.newBuilder();
        versions.stream()
                .sorted(Comparator.comparingLong(ModelVersion::number).reversed())
                .forEach(version -> response.addModelVersionStatus(status(
                        entry,
                        version,
                        here.map(replica -> replica.of(version.ref())).orElse(Replica.Residency.COLD))));
        return response.build();
    }

    /// The model that is named, by itself or with one of its stages.
    private ModelEntry entry(Tenant tenant, String name) {
        try {
            return backend.models().offered(new ModelName(tenant, name));
        } catch (RegistryException.ModelNotFound e) {
            int dot = name.lastIndexOf('.');
            if (dot <= 0) {
                throw e;
            }
            String stage = name.substring(dot + 1);
            ModelEntry entry = backend.models().offered(new ModelName(tenant, name.substring(0, dot)));
            if (entry.versions().stream()
                    .flatMap(version -> version.manifest().spec().stages().stream())
                    .noneMatch(known -> known.name().equals(stage))) {
                throw e;
            }
            return entry;
        }
    }

    private static ModelVersion named(ModelEntry entry, String version) {
        Optional<ModelVersion> found = switch (ModelRef.parse(entry.name().tenant(), entry.name() + "@" + version)) {
            case ModelRef.Numbered numbered -> entry.version(numbered.number());
            case ModelRef.Aliased aliased -> entry.aliased(aliased.alias());
        };
        return found.orElseThrow(
                () -> new RegistryException.VersionNotFound(entry.name() + " has no version " + Words.quoted(version)));
    }

    private ModelVersionStatus status(ModelEntry entry, ModelVersion version, Replica.Residency residency) {
        return switch (version.state()) {
            case REGISTERED, VALIDATING -> status(version, ModelVersionStatus.State.START);
            case AVAILABLE ->
                switch (residency) {
                    case SERVING, COLD -> status(version, ModelVersionStatus.State.AVAILABLE);
                    case LOADING -> status(version, ModelVersionStatus.State.LOADING);
                    case FAILED ->
                        failed(
                                version,
                                backend.registry().failure(version.ref()).orElse("it could not be loaded"));
                };
            case FAILED, CORRUPT ->
                failed(
                        version,
                        entry.failures()
                                .getOrDefault(version.number(), version.state().name()));
            case RETIRED -> status(version, ModelVersionStatus.State.END);
        };
    }

    private static ModelVersionStatus status(ModelVersion version, ModelVersionStatus.State state) {
        return status(version, state, StatusProto.getDefaultInstance());
    }

    private static ModelVersionStatus failed(ModelVersion version, String why) {
        return status(
                version,
                ModelVersionStatus.State.END,
                StatusProto.newBuilder()
                        .setErrorCode(Code.FAILED_PRECONDITION)
                        .setErrorMessage(why)
                        .build());
    }

    private static ModelVersionStatus status(ModelVersion version, ModelVersionStatus.State state, StatusProto status) {
        return ModelVersionStatus.newBuilder()
                .setVersion(version.number())
                .setState(state)
                .setStatus(status)
                .build();
    }
}
