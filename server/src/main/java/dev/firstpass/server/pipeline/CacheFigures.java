package dev.firstpass.server.pipeline;

/// How a cache does, since the server was started.
///
/// Immutable; a snapshot.
///
/// @param hits look-ups that found something
/// @param misses look-ups that did not
/// @param evictions entries that made room for others, or were too old
/// @param entries there now
/// @param bytes that they hold, as far as that can be told
public record CacheFigures(long hits, long misses, long evictions, long entries, long bytes) {}
