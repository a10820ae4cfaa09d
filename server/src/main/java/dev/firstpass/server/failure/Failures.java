package dev.firstpass.server.failure;

import dev.firstpass.postprocess.family.OutputInvalidException;
import dev.firstpass.postprocess.format.FormatOptionException;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.server.image.ImageException;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.RunLostException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/// The one mapping from what is thrown on the walk to a [Failure]. A door adds only what its own wire library
/// throws.
///
/// What is not known here is a fault of the server: its message stays in the log and never reaches a client.
public final class Failures {
    private static final Failure INTERNAL = Failure.of(Reason.INTERNAL, "the server failed on this request");

    private static final Failure WORKER_LOST = new Failure(
            Reason.WORKER_LOST,
            "the process that ran the model ended",
            Optional.empty(),
            Optional.of(Duration.ofSeconds(1)));

    /// A detail may repeat what the caller sent, which may be long.
    private static final int MAX_DETAIL = 300;

    private Failures() {}

    public static Failure of(Throwable thrown) {
        return switch (unwrapped(thrown)) {
            case FailureException e -> e.failure();
            case RegistryException e -> ofRegistry(e);
            case ImageException e -> Failure.of(reason(e), message(e));
            case OutputInvalidException e -> Failure.of(Reason.OUTPUT_INVALID, message(e));
            case FormatOptionException e ->
                Failure.ofField(Reason.ARGUMENT_INVALID, "format-options." + e.option(), message(e));
            // Its words are the engine's own, paths included.
            case EngineException _ -> Failure.of(Reason.MODEL_FAILED, "the model failed on this input");
            case RunLostException _ -> WORKER_LOST;
            case InterruptedException _ -> Failure.of(Reason.CANCELLED, "the request was cancelled");
            default -> INTERNAL;
        };
    }

    /// What was thrown before an executor or a future wrapped it.
    public static Throwable unwrapped(Throwable thrown) {
        Throwable cause = thrown.getCause();
        boolean wrapper = thrown instanceof CompletionException || thrown instanceof ExecutionException;
        return wrapper && cause != null ? unwrapped(cause) : thrown;
    }

    /// Whether people who run the server should see it: it is not the caller's doing and not a matter of load.
    public static boolean isFault(Failure failure) {
        return switch (failure.reason()) {
            case INTERNAL, MODEL_FAILED, OUTPUT_INVALID, STORAGE_FULL, REGISTRY_UNAVAILABLE -> true;
            default -> false;
        };
    }

    private static String message(Throwable thrown) {
        String message = String.valueOf(thrown.getMessage());
        return message.length() <= MAX_DETAIL ? message : message.substring(0, MAX_DETAIL) + "...";
    }

    private static Reason reason(ImageException thrown) {
        return switch (thrown) {
            case ImageException.Undecodable _ -> Reason.IMAGE_UNDECODABLE;
            case ImageException.Truncated _ -> Reason.IMAGE_TRUNCATED;
            case ImageException.TooManyPixels _ -> Reason.IMAGE_TOO_MANY_PIXELS;
            case ImageException.UnsupportedType _ -> Reason.MEDIA_TYPE_UNSUPPORTED;
        };
    }

    private static Failure ofRegistry(RegistryException thrown) {
        String detail = message(thrown);
        return switch (thrown) {
            case RegistryException.ArgumentInvalid e -> Failure.ofField(Reason.ARGUMENT_INVALID, e.field(), detail);
            case RegistryException.ModelNotFound _ -> Failure.of(Reason.MODEL_NOT_FOUND, detail);
            case RegistryException.VersionNotFound _ -> Failure.of(Reason.VERSION_NOT_FOUND, detail);
            case RegistryException.ProjectNotFound _ -> Failure.ofField(Reason.PROJECT_NOT_FOUND, "project", detail);
            case RegistryException.AlreadyExists _ -> Failure.of(Reason.ALREADY_EXISTS, detail);
            case RegistryException.ManifestInvalid e -> Failure.ofField(Reason.MANIFEST_INVALID, e.field(), detail);
            case RegistryException.ArtifactRejected _ -> Failure.of(Reason.ARTIFACT_REJECTED, detail);
            case RegistryException.PreconditionFailed _ -> Failure.of(Reason.PRECONDITION_FAILED, detail);
            case RegistryException.InUse _ -> Failure.of(Reason.IN_USE, detail);
            case RegistryException.StorageFull _ -> Failure.of(Reason.STORAGE_FULL, detail);
            case RegistryException.Unavailable _ -> Failure.of(Reason.REGISTRY_UNAVAILABLE, detail);
            case RegistryException.DataUnusable _ -> INTERNAL;
        };
    }
}
