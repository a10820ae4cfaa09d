package dev.firstpass.loadtest.soak;

import java.util.Optional;

/// What the server holds at one moment.
///
/// Immutable.
///
/// @param seconds since the start
/// @param descriptors open ones, of the server and its workers
/// @param residentMib memory of the server and its workers; what they share counts once
/// @param processes how many these are
/// @param own what the server's JVM says of itself, where it was asked
record Sample(double seconds, int descriptors, double residentMib, int processes, Optional<Own> own) {
    /// Of the server's process alone, after all garbage was collected.
    ///
    /// Immutable.
    ///
    /// @param heapMib what all objects take that are left
    /// @param directMib memory outside the heap that Java code has taken: buffers and Netty's arenas
    record Own(double heapMib, double directMib) {}
}
