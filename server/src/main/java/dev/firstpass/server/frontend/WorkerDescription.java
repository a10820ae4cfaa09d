package dev.firstpass.server.frontend;

import java.util.List;
import java.util.Optional;

/// One of the processes that models run in.
///
/// Immutable.
///
/// @param group the isolation group it works for
/// @param device its models run on
/// @param role what it is for
/// @param pid of the process; empty while there is none
/// @param proven what it tried and was refused, when it started
/// @param gaps what is missing of the walls around it; none and nothing proven where it has not started
public record WorkerDescription(
        String group, String device, String role, Optional<Long> pid, List<String> proven, List<String> gaps) {
    public WorkerDescription {
        proven = List.copyOf(proven);
        gaps = List.copyOf(gaps);
    }

    /// Whether it is walled in.
    public boolean isWalled() {
        return !proven.isEmpty() && gaps.isEmpty();
    }
}
