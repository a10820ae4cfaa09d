package dev.firstpass.server.frontend;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Replica.Residency;
import dev.firstpass.registry.Rollout;
import dev.firstpass.server.runtime.batch.QueueState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/// How a server stands at one moment. Counts are since it started, or, of queues, since their version was loaded: who asks
/// twice has what came in between.
///
/// Immutable.
///
/// @param uptime since the server started
/// @param ready whether requests should be sent to it
/// @param workers the processes that models run in; none where they run in the server's own
/// @param rollouts of aliases whose requests do not all go to one version
/// @param requests reason -> requests that ended so; `OK` for those that were answered
public record StatusReport(
        Duration uptime,
        boolean ready,
        List<Device> devices,
        List<WorkerDescription> workers,
        List<Version> versions,
        List<Split> rollouts,
        SortedMap<String, Long> requests) {
    public StatusReport {
        devices = List.copyOf(devices);
        workers = List.copyOf(workers);
        versions = List.copyOf(versions);
        rollouts = List.copyOf(rollouts);
    }

    /// What models run on.
    ///
    /// @param budgetBytes that models may hold of its memory
    /// @param usedBytes that loaded versions hold
    public record Device(String id, long budgetBytes, long usedBytes) {}

    /// A version that is loaded, is being loaded or has failed, or that an alias names.
    ///
    /// @param aliases that name it
    /// @param bytes device -> memory that it holds; empty where it is not loaded
    /// @param queue what waits in front of it; empty where it is not loaded
    public record Version(
            ModelRef.Numbered ref,
            Residency residency,
            List<String> aliases,
            Map<String, Long> bytes,
            Optional<QueueState> queue) {
        public Version {
            aliases = List.copyOf(aliases);
            bytes = Map.copyOf(bytes);
        }
    }

    /// An alias and where its requests go.
    public record Split(ModelRef.Aliased alias, long stable, Rollout rollout) {}
}
