package dev.firstpass.postprocess.format;

/// An option of a label format is unknown or has a value that cannot be read: the caller's fault.
public final class FormatOptionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String option;

    public FormatOptionException(String option, String message) {
        super(message);
        this.option = option;
    }

    public String option() {
        return option;
    }
}
