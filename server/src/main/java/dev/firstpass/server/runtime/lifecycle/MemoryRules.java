package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.registry.ModelRef;
import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/// How much memory models may hold, and what stays in it.
///
/// Immutable, if the functions are.
///
/// @param budgetBytes that models may hold on the device of a name; always the same
/// @param isPinned whether a version, once loaded, is never unloaded to make room
/// @param patience how long a version that is asked for waits for others to come out of use, before those that could
///     best make room take no new users
/// @param retryAfter how long a failed load is remembered before it is tried again
/// @param quiet how long nothing is loaded before what runs models is ended
public record MemoryRules(
        ToLongFunction<String> budgetBytes,
        Predicate<ModelRef.Numbered> isPinned,
        Duration patience,
        Duration retryAfter,
        Duration quiet) {
    /// The usual times.
    public static MemoryRules of(ToLongFunction<String> budgetBytes, Predicate<ModelRef.Numbered> isPinned) {
        return new MemoryRules(
                budgetBytes, isPinned, Duration.ofSeconds(1), Duration.ofSeconds(10), Duration.ofSeconds(30));
    }
}
