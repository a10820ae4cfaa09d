package dev.firstpass.server.runtime.residency;

/// Something loaded that may be unloaded to make room.
///
/// Immutable.
///
/// @param bytes that come free with it
/// @param worth loading time that keeping it saves: how often it is asked for times how long it takes to load
/// @param idle whether nobody uses it now
public record Candidate<K>(K key, long bytes, double worth, boolean idle) {
    /// What keeping it is worth for each byte that it holds.
    double density() {
        return worth / Math.max(1, bytes);
    }
}
