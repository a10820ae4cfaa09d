package dev.firstpass.loadtest.overload;

/// Pictures of one size whose first pixels are a [dev.firstpass.loadtest.paced.Mark].
///
/// Thread-safe.
@FunctionalInterface
interface Marked {
    /// A new one.
    ///
    /// @param number makes it another one than others of the same deadline
    byte[] with(long deadlineNanos, int number);
}
