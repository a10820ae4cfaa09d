package dev.firstpass.postprocess.family;

/// The model's outputs are not what its family expects: the model's fault or the manifest's, never the caller's.
public final class OutputInvalidException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public OutputInvalidException(String message) {
        super(message);
    }
}
