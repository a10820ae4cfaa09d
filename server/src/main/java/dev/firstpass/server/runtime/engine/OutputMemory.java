package dev.firstpass.server.runtime.engine;

import java.lang.foreign.MemorySegment;

/// Where a session puts its outputs: called once per output of a run, with the size that output has.
/// That of strings is known only when the run is over.
///
/// For one thread.
@FunctionalInterface
public interface OutputMemory {
    /// Off-heap memory of `bytes`, owned by whoever passed this in.
    MemorySegment allocate(long bytes);
}
