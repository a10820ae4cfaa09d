package dev.firstpass.server.failure;

/// Every reason a request can fail for: the closed enum that clients may switch on. docs/errors.md is made from it.
///
/// The gRPC code is kept by its name, so that this enum needs no gRPC type.
public enum Reason {
    ARGUMENT_INVALID(
            400, "INVALID_ARGUMENT", false, "A parameter has a value that cannot be used.", "Correct the named field."),
    UNAUTHENTICATED(401, "UNAUTHENTICATED", false, "No credential, or one that is not valid.", "Send a valid token."),
    PERMISSION_DENIED(
            403,
            "PERMISSION_DENIED",
            false,
            "The caller may not do this, or the request came from a foreign web page.",
            "Use a credential with the needed scope, or call from the server's own origin."),
    ASSET_FORBIDDEN(
            403,
            "PERMISSION_DENIED",
            false,
            "The asset's location is not on the allow-list.",
            "Send the bytes, or have the location allowed."),
    MODEL_NOT_FOUND(404, "NOT_FOUND", false, "No model has that name.", "GET /v1/models lists the models."),
    VERSION_NOT_FOUND(
            404,
            "NOT_FOUND",
            false,
            "The model has no such version or alias.",
            "GET /v1/models/{name} lists versions and aliases."),
    PROJECT_NOT_FOUND(
            404,
            "NOT_FOUND",
            false,
            "There is no labeling project of that name, or it has no such version.",
            "GET /v1/projects lists the projects and their versions."),
    UPLOAD_NOT_FOUND(
            404,
            "NOT_FOUND",
            false,
            "There is no such upload: it was registered, deleted, or has expired, or the server was started anew.",
            "Begin a new upload."),
    OPERATION_NOT_FOUND(
            404,
            "NOT_FOUND",
            false,
            "There is no such operation: it ended long ago, or the server was started anew.",
            "GET the model to see what became of it."),
    PREDICTION_NOT_FOUND(
            404,
            "NOT_FOUND",
            false,
            "The ledger has no prediction of that id.",
            "Check the id; one that is too old, or made while the ledger was off, is not there."),
    ASSET_NOT_HELD(
            404,
            "NOT_FOUND",
            false,
            "The image was named by its digest, and the server does not hold it, or no longer.",
            "Open it again, or send it with the prompt."),
    TOKEN_NOT_FOUND(
            404,
            "NOT_FOUND",
            false,
            "There is no token of that name, or it was revoked.",
            "GET /v1/tokens lists the tokens."),
    FORMAT_UNKNOWN(404, "NOT_FOUND", false, "No label format has that name.", "GET /v1/formats lists the formats."),
    ROUTE_NOT_FOUND(404, "NOT_FOUND", false, "Nothing is served at this path.", "GET /openapi.yaml lists the paths."),
    METHOD_NOT_ALLOWED(
            405, "UNIMPLEMENTED", false, "The path does not take this method.", "Use a method named in Allow."),
    REQUEST_TIMEOUT(
            408, "DEADLINE_EXCEEDED", true, "The body did not arrive in time.", "Send the body without pauses."),
    ALREADY_EXISTS(409, "ALREADY_EXISTS", false, "Something of that name exists and differs.", "Choose another name."),
    IN_USE(
            409,
            "FAILED_PRECONDITION",
            false,
            "The thing is in use.",
            "Move its aliases, end its rollouts, release its hold; of an upload, wait for the other request."),
    PRECONDITION_FAILED(
            412,
            "FAILED_PRECONDITION",
            false,
            "The state is not the one expected by the request.",
            "Read the state again and decide anew."),
    REQUEST_TOO_LARGE(
            413,
            "RESOURCE_EXHAUSTED",
            false,
            "The body is over the limit.",
            "Send a smaller image, or have the limit raised."),
    MEDIA_TYPE_UNSUPPORTED(
            415,
            "INVALID_ARGUMENT",
            false,
            "The body is of a type that is not read.",
            "Send JPEG, PNG, TIFF, BMP or WebP, multipart/form-data or JSON."),
    IMAGE_UNDECODABLE(
            422,
            "INVALID_ARGUMENT",
            false,
            "The bytes are no image that can be read.",
            "Check the file in an image viewer."),
    IMAGE_TRUNCATED(422, "INVALID_ARGUMENT", false, "The image ends too early.", "Send the whole file."),
    IMAGE_TOO_MANY_PIXELS(
            422,
            "INVALID_ARGUMENT",
            false,
            "The image has more pixels than the limit.",
            "Send a smaller image, or have the limit raised."),
    GEOMETRY_UNSUPPORTED(
            422,
            "INVALID_ARGUMENT",
            false,
            "The model's findings cannot be given in that geometry.",
            "Ask for another geometry; GET /v1/models/{name} says which."),
    MANIFEST_INVALID(
            422,
            "INVALID_ARGUMENT",
            false,
            "The manifest is not complete or not consistent.",
            "Correct the named field."),
    ARTIFACT_REJECTED(
            422,
            "INVALID_ARGUMENT",
            false,
            "The files offered are no model, or not safe to take in.",
            "Send a model file or a bundle without links, outside references and code; signed, where signatures are checked."),
    INPUT_QUARANTINED(
            422,
            "INVALID_ARGUMENT",
            false,
            "This asset has brought a worker down twice.",
            "Leave the asset out and report it."),
    ASSET_UNREACHABLE(424, "UNAVAILABLE", true, "The asset could not be fetched.", "Check that the location answers."),
    OVERLOADED(
            429,
            "RESOURCE_EXHAUSTED",
            true,
            "More work is queued than can be done in time.",
            "Try again after Retry-After."),
    QUOTA_EXCEEDED(429, "RESOURCE_EXHAUSTED", true, "The caller's quota is used up.", "Try again after Retry-After."),
    CANCELLED(499, "CANCELLED", true, "The client went away.", "None is needed."),
    INTERNAL(500, "INTERNAL", false, "A fault of the server.", "Report it with the request id."),
    MODEL_FAILED(500, "INTERNAL", false, "The model failed on this input.", "Check the model version."),
    OUTPUT_INVALID(
            500,
            "INTERNAL",
            false,
            "The model's output is not what its family expects.",
            "Check the manifest's family and outputs."),
    NOT_SUPPORTED(
            501,
            "UNIMPLEMENTED",
            false,
            "This part of a protocol is not served.",
            "Do without it; docs/openinference.md and docs/integrations say what is served."),
    MODEL_NOT_READY(
            503,
            "UNAVAILABLE",
            true,
            "The version is not loaded yet, or failed to load.",
            "Try again shortly; look at the model's state."),
    WORKER_LOST(503, "UNAVAILABLE", true, "The process that ran the model ended.", "Try again."),
    DRAINING(503, "UNAVAILABLE", true, "The server is going down.", "Try again on another replica."),
    REGISTRY_UNAVAILABLE(
            503,
            "UNAVAILABLE",
            true,
            "The database or the bucket that the servers share does not answer.",
            "Look at the state, since a change may have been made; then try again."),
    DEADLINE_EXCEEDED(
            504,
            "DEADLINE_EXCEEDED",
            true,
            "The answer would have come after the deadline.",
            "Allow more time or try when there is less load."),
    STORAGE_FULL(
            507,
            "RESOURCE_EXHAUSTED",
            false,
            "No space is left in the data directory.",
            "Free space or enlarge the volume.");

    private final int httpStatus;
    private final String grpcCode;
    private final boolean retryable;
    private final String cause;
    private final String mend;

    Reason(int httpStatus, String grpcCode, boolean retryable, String cause, String mend) {
        this.httpStatus = httpStatus;
        this.grpcCode = grpcCode;
        this.retryable = retryable;
        this.cause = cause;
        this.mend = mend;
    }

    public int httpStatus() {
        return httpStatus;
    }

    /// Name of the constant of `io.grpc.Status.Code`.
    public String grpcCode() {
        return grpcCode;
    }

    /// Whether the very same request may succeed later.
    public boolean retryable() {
        return retryable;
    }

    /// What it means, in one sentence.
    public String cause() {
        return cause;
    }

    /// What the caller can do.
    public String mend() {
        return mend;
    }
}
