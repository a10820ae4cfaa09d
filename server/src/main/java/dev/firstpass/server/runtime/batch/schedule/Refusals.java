package dev.firstpass.server.runtime.batch.schedule;

/// Is told of rows that waited and will not run.
@FunctionalInterface
public interface Refusals<T> {
    /// Called within a decision, so it must not call the schedule. The row is its caller's again.
    void refused(QueuedRow<T> row, Refusal refusal);
}
