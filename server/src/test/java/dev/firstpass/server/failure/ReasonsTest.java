package dev.firstpass.server.failure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.family.OutputInvalidException;
import dev.firstpass.postprocess.format.FormatOptionException;
import dev.firstpass.registry.RegistryException;
import io.grpc.Status;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

final class ReasonsTest {
    @Test
    void registryExceptions_haveTheirReasons() {
        Throwable cause = new IllegalStateException("/data/store");
        Map<RegistryException, Reason> expected = new HashMap<>(Map.of(
                new RegistryException.ArgumentInvalid("name", "m"), Reason.ARGUMENT_INVALID,
                new RegistryException.ModelNotFound("m"), Reason.MODEL_NOT_FOUND,
                new RegistryException.VersionNotFound("m"), Reason.VERSION_NOT_FOUND,
                new RegistryException.ManifestInvalid("classes", "m"), Reason.MANIFEST_INVALID,
                new RegistryException.ArtifactRejected("m"), Reason.ARTIFACT_REJECTED,
                new RegistryException.PreconditionFailed("m"), Reason.PRECONDITION_FAILED,
                new RegistryException.InUse("m"), Reason.IN_USE,
                new RegistryException.StorageFull("m", cause), Reason.STORAGE_FULL,
                new RegistryException.Unavailable("m", cause), Reason.REGISTRY_UNAVAILABLE,
                new RegistryException.DataUnusable("m", cause), Reason.INTERNAL));
        expected.put(new RegistryException.ProjectNotFound("m"), Reason.PROJECT_NOT_FOUND);
        expected.put(new RegistryException.AlreadyExists("m"), Reason.ALREADY_EXISTS);

        expected.forEach((thrown, reason) -> assertEquals(
                reason, Failures.of(thrown).reason(), () -> thrown.getClass().getSimpleName()));
        assertEquals(
                RegistryException.class.getPermittedSubclasses().length, expected.size(), "one case for each of them");
    }

    @Test
    void field_isKept() {
        assertEquals(
                Optional.of("classes"),
                Failures.of(new RegistryException.ManifestInvalid("classes", "m"))
                        .field());
        assertEquals(
                Optional.of("format-options.from_name"),
                Failures.of(new FormatOptionException("from_name", "m")).field());
    }

    @Test
    void wrappers_areLookedThrough() {
        Throwable wrapped = new CompletionException(new ExecutionException(new OutputInvalidException("shape")));

        assertEquals(Failure.of(Reason.OUTPUT_INVALID, "shape"), Failures.of(wrapped));
    }

    @Test
    void anythingElse_isAFaultThatTellsNothing() {
        Failure failure = Failures.of(new IllegalArgumentException("/secret/path"));

        assertEquals(Reason.INTERNAL, failure.reason());
        assertFalse(failure.detail().contains("secret"));
        assertTrue(Failures.isFault(failure));
        assertFalse(Failures.isFault(Failure.of(Reason.OVERLOADED, "")));
    }

    @Test
    void grpcCodes_exist() {
        List<String> codes =
                Arrays.stream(Status.Code.values()).map(Status.Code::name).toList();

        for (Reason reason : Reason.values()) {
            assertTrue(codes.contains(reason.grpcCode()), reason::name);
        }
    }
}
