package dev.firstpass.registry.store;

import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.audit.AuditLine;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What the lines of an audit come to: the versions, aliases, rollouts, holds and projects that there must be after the
/// last of them.
///
/// For one thread.
final class AuditedState {
    /// What is checked may be damaged, so these are texts that need not be names.
    ///
    /// @param tenant whose model it is
    /// @param name of the model
    /// @param subject the version's number, or the alias
    record Named(String tenant, String name, String subject) implements Comparable<Named> {
        private static final Comparator<Named> ORDER =
                Comparator.comparing(Named::tenant).thenComparing(Named::name).thenComparing(Named::subject);

        @Override
        public int compareTo(Named other) {
            return ORDER.compare(this, other);
        }

        @Override
        public String toString() {
            return (tenant.equals(Tenant.LOCAL.value()) ? "" : tenant + "/") + name + "@" + subject;
        }
    }

    /// What stands for a model's numbers where versions have theirs.
    static final String NEXT = "";

    record Version(String state, String digest) {}

    record Held(String reason, Instant since) {}

    private final Map<Named, Version> versions = new TreeMap<>();
    private final Map<Named, Long> aliases = new TreeMap<>();
    private final Map<Named, String> rollouts = new TreeMap<>();
    private final Map<Named, Held> holds = new TreeMap<>();

    /// Version of a project -> digest of what it says.
    private final Map<Named, String> projects = new TreeMap<>();

    /// Model -> the greatest number that it ever gave.
    private final Map<Named, Long> numbers = new TreeMap<>();

    private Instant last = Instant.EPOCH;

    /// @param line the next one, whose hash is right
    void add(AuditLine line) {
        last = line.at();
        if (!line.isDone()) {
            return;
        }
        Named key = new Named(line.tenant(), line.name(), line.subject());
        switch (line.action()) {
            case AuditLine.REGISTER -> {
                versions.put(key, new Version(line.to(), line.digest()));
                numbers.merge(new Named(line.tenant(), line.name(), NEXT), Long.parseLong(line.subject()), Math::max);
            }
            case AuditLine.STATE -> versions.put(key, new Version(line.to(), line.digest()));
            case AuditLine.PRUNE -> versions.remove(key);
            case AuditLine.ALIAS, AuditLine.ROLLBACK -> aliases.put(key, Long.parseLong(line.to()));
            case AuditLine.ROLLOUT -> put(rollouts, key, line.to());
            case AuditLine.HOLD -> holds.put(key, new Held(line.to(), line.at()));
            case AuditLine.RELEASE -> holds.remove(key);
            case AuditLine.PROJECT -> projects.put(key, line.digest());
            case AuditLine.TOKEN, AuditLine.REVOKE -> {
                // A token that a disk has altered is nobody's: its hash does not match what anybody has.
            }
            default -> {
                // A later release's, which says nothing of the tables that this one knows.
            }
        }
    }

    private static void put(Map<Named, String> map, Named key, String value) {
        if (value.isEmpty()) {
            map.remove(key);
        } else {
            map.put(key, value);
        }
    }

    Map<Named, Version> versions() {
        return versions;
    }

    Map<Named, Long> aliases() {
        return aliases;
    }

    Optional<String> rollout(Named alias) {
        return Optional.ofNullable(rollouts.get(alias));
    }

    Map<Named, Held> holds() {
        return holds;
    }

    Map<Named, String> projects() {
        return projects;
    }

    /// When the last line was written.
    Instant last() {
        return last;
    }

    Map<Named, Long> numbers() {
        return numbers;
    }
}
