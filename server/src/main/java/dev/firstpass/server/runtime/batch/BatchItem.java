package dev.firstpass.server.runtime.batch;

import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.runtime.device.Row;

/// A row and what the queue may know of who waits for it.
///
/// Immutable.
public record BatchItem(Row row, Deadline deadline, Priority priority, Caller caller) {}
