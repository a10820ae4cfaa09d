package dev.firstpass.server.call;

/// Who waits for an answer, how urgently, and until when.
///
/// Immutable.
public record Waiter(Deadline deadline, Priority priority, Caller caller) {}
