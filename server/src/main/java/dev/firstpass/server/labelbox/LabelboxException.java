package dev.firstpass.server.labelbox;

/// Labelbox refused something, or could not be reached. The message is for the person at the terminal and has no key in it.
public final class LabelboxException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean isPassing;

    private LabelboxException(String message, boolean isPassing) {
        super(message);
        this.isPassing = isPassing;
    }

    /// Trying again may help.
    static LabelboxException passing(String message) {
        return new LabelboxException(message, true);
    }

    static LabelboxException refused(String message) {
        return new LabelboxException(message, false);
    }

    /// Something that Labelbox does not say.
    static LabelboxException strange(String what) {
        return refused("what answers is not Labelbox: " + what);
    }

    boolean isPassing() {
        return isPassing;
    }
}
