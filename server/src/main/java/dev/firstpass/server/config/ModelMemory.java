package dev.firstpass.server.config;

import dev.firstpass.registry.ModelRef;
import java.util.List;
import java.util.OptionalLong;

/// How much memory models may hold on a device, and which stay in it.
///
/// Immutable.
///
/// @param budgetBytes of each device; empty takes nine tenths of what a GPU has free at start where that can be told, else
///     half of the machine's
/// @param pinned versions that are not unloaded to make room, by name, number or alias
public record ModelMemory(OptionalLong budgetBytes, List<ModelRef> pinned) {
    public static final ModelMemory STANDARD = new ModelMemory(OptionalLong.empty(), List.of());

    public ModelMemory {
        pinned = List.copyOf(pinned);
        if (budgetBytes.isPresent() && budgetBytes.getAsLong() < 1) {
            throw new IllegalArgumentException("budgetBytes: " + budgetBytes.getAsLong() + " (expected: >= 1)");
        }
    }
}
