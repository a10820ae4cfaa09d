package dev.firstpass.server.runtime.batch.schedule;

import dev.firstpass.server.call.Priority;
import java.util.OptionalLong;

/// What a schedule knows of a row.
///
/// Immutable.
///
/// @param bucket that it runs in
/// @param priority whether somebody waits for it
/// @param tenant whose it is
/// @param bytes of memory that it takes while it waits
/// @param arrivedNanos reading of the clock when its request came
/// @param timeoutNanos after that, when its answer is of no use any more, if that was said; any number will do
public record RowTerms(
        int bucket, Priority priority, String tenant, long bytes, long arrivedNanos, OptionalLong timeoutNanos) {}
