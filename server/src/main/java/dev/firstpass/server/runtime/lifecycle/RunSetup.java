package dev.firstpass.server.runtime.lifecycle;

/// How a stage is run on a device: what is in force, not what was asked for.
///
/// Immutable.
///
/// @param sessions side by side, each of which runs a batch at a time
/// @param threads of each run; means nothing on a GPU
/// @param mostRows in one run: what the manifest says, the trial found and the device is worth
public record RunSetup(int sessions, int threads, int mostRows) {
    /// With another session beside, which is like it.
    RunSetup and(RunSetup other) {
        return new RunSetup(sessions + other.sessions, threads, Math.min(mostRows, other.mostRows));
    }
}
