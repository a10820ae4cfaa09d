package dev.firstpass.server.labelbox;

/// A line that Labelbox would refuse; the message says why, for people, without the line's number.
final class RowException extends Exception {
    private static final long serialVersionUID = 1L;

    RowException(String message) {
        super(message);
    }
}
