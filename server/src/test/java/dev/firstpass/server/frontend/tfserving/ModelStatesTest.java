package dev.firstpass.server.frontend.tfserving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.proto.tensorflow.Code;
import dev.firstpass.proto.tensorflow.serving.ModelVersionStatus;
import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Replica;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.frontend.FakeBackend;
import dev.firstpass.server.frontend.TestVersions;
import dev.firstpass.server.pipeline.TensorTarget;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class ModelStatesTest {
    private final FakeBackend backend = new FakeBackend();
    private final ModelStates states = new ModelStates(backend.backend());

    @Test
    void versions_areThereNewestFirst() {
        assertEquals(
                List.of(2L, 1L),
                states.of(new TensorTarget(Tenant.LOCAL, "coco", "")).getModelVersionStatusList().stream()
                        .map(ModelVersionStatus::getVersion)
                        .toList());
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "production, 2"})
    void version_namedByNumberOrLabel_isAlone(String version, long number) {
        assertEquals(number, only("coco", version).getVersion());
    }

    @ParameterizedTest
    @CsvSource({"COLD, AVAILABLE", "SERVING, AVAILABLE", "LOADING, LOADING", "FAILED, END"})
    void version_thatIsAvailable_isAsItStandsHere(Replica.Residency residency, ModelVersionStatus.State state) {
        backend.replicas =
                List.of(new Replica("here", Map.of(new ModelRef.Numbered(new ModelName("coco"), 1), residency)));
        backend.failure = Optional.of("no room");

        ModelVersionStatus status = only("coco", "1");

        assertEquals(state, status.getState());
        boolean hasFailed = residency == Replica.Residency.FAILED;
        assertEquals(
                hasFailed ? Code.FAILED_PRECONDITION : Code.OK,
                status.getStatus().getErrorCode());
        assertEquals(hasFailed ? "no room" : "", status.getStatus().getErrorMessage());
    }

    @ParameterizedTest
    @EnumSource(ModelVersion.State.class)
    void version_inEveryState_isTold(ModelVersion.State state) {
        backend.further = List.of(new ModelEntry(
                new ModelName("other"),
                List.of(in(state)),
                Map.of("production", 1L),
                Map.of(),
                Map.of(1L, "why"),
                Map.of()));
        Map<ModelVersion.State, ModelVersionStatus.State> told = Arrays.stream(ModelVersion.State.values())
                .collect(Collectors.toMap(each -> each, each -> switch (each) {
                    case REGISTERED, VALIDATING -> ModelVersionStatus.State.START;
                    case AVAILABLE -> ModelVersionStatus.State.AVAILABLE;
                    case FAILED, CORRUPT, RETIRED -> ModelVersionStatus.State.END;
                }));

        ModelVersionStatus status = only("other", "");

        assertEquals(told.get(state), status.getState());
        boolean hasFailed = state == ModelVersion.State.FAILED || state == ModelVersion.State.CORRUPT;
        assertEquals(hasFailed ? "why" : "", status.getStatus().getErrorMessage());
    }

    @Test
    void stage_isItsModels() {
        assertEquals(
                2, states.of(new TensorTarget(Tenant.LOCAL, "coco.main", "")).getModelVersionStatusCount());
        assertThrows(
                RegistryException.ModelNotFound.class,
                () -> states.of(new TensorTarget(Tenant.LOCAL, "coco.none", "")));
    }

    @Test
    void modelOrVersion_thatIsNone_isNotFound() {
        assertThrows(
                RegistryException.ModelNotFound.class, () -> states.of(new TensorTarget(Tenant.LOCAL, "none", "")));
        assertThrows(
                RegistryException.VersionNotFound.class, () -> states.of(new TensorTarget(Tenant.LOCAL, "coco", "9")));
        assertThrows(
                RegistryException.VersionNotFound.class,
                () -> states.of(new TensorTarget(Tenant.LOCAL, "coco", "stable")));
    }

    private ModelVersionStatus only(String name, String version) {
        List<ModelVersionStatus> all =
                states.of(new TensorTarget(Tenant.LOCAL, name, version)).getModelVersionStatusList();
        assertEquals(1, all.size());
        return all.getFirst();
    }

    private static ModelVersion in(ModelVersion.State state) {
        ModelVersion version = TestVersions.version("other", 1);
        return new ModelVersion(
                version.name(),
                version.number(),
                version.digest(),
                version.manifest(),
                version.directory(),
                state,
                version.registeredAt());
    }
}
