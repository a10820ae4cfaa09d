package dev.firstpass.server.runtime.batch;

import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.runtime.device.Row;
import dev.firstpass.server.runtime.supervision.Quarantine;

/// A row and what the queue may know of who waits for it.
///
/// Immutable.
///
/// @param input what the row was made from, should it have to be refused from now on
public record BatchItem(Row row, Deadline deadline, Priority priority, Caller caller, Quarantine.Key input) {}
