package dev.firstpass.postprocess.dataset;

/// A data set, or the labels of one of its images, cannot be read. The message is for the person whose data it is: it
/// names the file and what was expected.
public final class DataSetException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DataSetException(String message) {
        super(message);
    }

    public DataSetException(String message, Throwable cause) {
        super(message, cause);
    }
}
