package dev.firstpass.server.runtime.device.worker;

import java.util.List;

/// What a worker found when it tried, before it was given anything, what it must not be able to do.
///
/// Immutable.
///
/// @param proven what was tried and refused
/// @param gaps what is missing of the walls, and what could be done in spite of them
public record WallState(List<String> proven, List<String> gaps) {
    public WallState {
        proven = List.copyOf(proven);
        gaps = List.copyOf(gaps);
    }

    /// Whether everything was refused.
    public boolean isStanding() {
        return gaps.isEmpty() && !proven.isEmpty();
    }

    /// In words, for logs and operators.
    public String summary() {
        return isStanding()
                ? "walled in: tried and refused: " + String.join(", ", proven)
                : "not walled in: " + String.join("; ", gaps);
    }
}
