package dev.firstpass.registry;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// One model with all its versions and aliases, as they were at one instant.
///
/// Immutable.
///
/// @param versions by number, lowest first
/// @param aliases alias -> number
/// @param rollouts alias -> how its requests are split, for those that are
/// @param failures number -> why the version is FAILED or CORRUPT
/// @param signers number -> whose signatures the version was registered with, for those that have one
public record ModelEntry(
        ModelName name,
        List<ModelVersion> versions,
        Map<String, Long> aliases,
        Map<String, Rollout> rollouts,
        Map<Long, String> failures,
        Map<Long, List<SignedBy>> signers) {
    public ModelEntry {
        versions = List.copyOf(versions);
        aliases = Map.copyOf(aliases);
        rollouts = Map.copyOf(rollouts);
        failures = Map.copyOf(failures);
        signers = Map.copyOf(signers);
    }

    public Optional<ModelVersion> version(long number) {
        return versions.stream().filter(version -> version.number() == number).findFirst();
    }

    /// Whose signatures a version was registered with; empty if nobody's.
    public List<SignedBy> signers(long number) {
        return signers.getOrDefault(number, List.of());
    }

    /// How an alias' requests are split; empty if they are not.
    public Optional<Rollout> rollout(String alias) {
        return Optional.ofNullable(rollouts.get(alias));
    }

    /// The versions that a rollout tries: its canary and its shadow.
    public Stream<ModelVersion> candidates(Rollout rollout) {
        return LongStream.concat(rollout.canary().stream(), rollout.shadow().stream())
                .mapToObj(this::version)
                .flatMap(Optional::stream);
    }

    /// The version that an alias points to; empty if there is no such alias.
    public Optional<ModelVersion> aliased(String alias) {
        Long number = aliases.get(alias);
        return number == null ? Optional.empty() : version(number);
    }
}
