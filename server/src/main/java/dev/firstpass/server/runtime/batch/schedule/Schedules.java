package dev.firstpass.server.runtime.batch.schedule;

import java.util.function.ToDoubleFunction;

/// Makes the schedule of a model version's stage. A server's are [#BY_DEADLINE]; no setting names others.
///
/// Thread-safe.
@FunctionalInterface
public interface Schedules {
    /// By when rows are due.
    Schedules BY_DEADLINE = BatchSchedule::new;

    /// @param devices how many there are
    /// @param weights of tenants
    /// @param refusals is told of rows that were queued and will not run
    <T> Schedule<T> make(
            Buckets buckets,
            int devices,
            BatchLimits limits,
            BatchPolicy policy,
            ToDoubleFunction<String> weights,
            Refusals<T> refusals);
}
