package dev.firstpass.loadtest.overload;

/// Pictures for tests of other packages.
///
/// Pure functions.
public final class Pictures {
    private Pictures() {}

    /// A file whose first pixels are a mark.
    public static byte[] marked(int side, long deadlineNanos) {
        return new MarkedImage(side).with(deadlineNanos, 1);
    }
}
