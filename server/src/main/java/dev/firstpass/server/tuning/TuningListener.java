package dev.firstpass.server.tuning;

/// Hears how far a tuning has come.
///
/// @implSpec for one thread; quick
@FunctionalInterface
public interface TuningListener {
    TuningListener NONE = (_, _) -> {};

    /// @param done measurements, of `all`
    void measured(int done, int all);
}
