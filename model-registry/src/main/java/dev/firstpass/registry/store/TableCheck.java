package dev.firstpass.registry.store;

import dev.firstpass.registry.audit.AuditCheck;
import dev.firstpass.registry.audit.AuditHead;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.audit.AuditPage;
import dev.firstpass.registry.audit.AuditVerdict;
import dev.firstpass.registry.store.AuditedState.Held;
import dev.firstpass.registry.store.AuditedState.Named;
import dev.firstpass.registry.store.AuditedState.Version;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jdbi.v3.core.Handle;

/// Holds the tables of a SQLite file, whose values nothing else protects, against the audit, whose lines are chained by
/// hashes: what a disk has altered is found at start, and not served.
///
/// Where the chain is whole it says what was written. States, aliases, holds and the next numbers are put back by it; a
/// rollout that differs is ended; versions, of models and of projects, whose rows are missing, added or of another content
/// are lost until a backup is restored. Where the chain is broken, the tables are believed.
///
/// Costs a read of the audit and a hash for each of its lines. For the transaction that it is called in.
final class TableCheck {
    private static final int LINES = 2_000;

    private final Handle handle;
    private final AuditedState audited = new AuditedState();
    private final List<String> found = new ArrayList<>();
    private final Set<Named> lost = new TreeSet<>();
    private final Set<Named> lostProjects = new TreeSet<>();

    private final Optional<AuditHead> marked;

    private TableCheck(Handle handle, Optional<AuditHead> marked) {
        this.handle = handle;
        this.marked = marked;
    }

    /// @param handle in a transaction that may write
    /// @param marked as far as the audit had come when a change was last acknowledged, if that is known
    static Damage run(Handle handle, Optional<AuditHead> marked) {
        return new TableCheck(handle, marked).run();
    }

    private Damage run() {
        AuditHead head = AuditLog.head(handle);
        AuditVerdict verdict = AuditCheck.of(after -> page(after, head));
        switch (verdict) {
            case AuditVerdict.Whole _ -> {
                versions();
                aliases();
                rollouts();
                holds();
                projects();
                numbers();
            }
            case AuditVerdict.Broken broken ->
                found.add("the audit is damaged at line " + broken.line() + ": " + broken.problem());
        }
        marked.filter(mark -> mark.id() > head.id() || (mark.id() == head.id() && !mark.equals(head)))
                .ifPresent(mark -> found.add("the audit ends at line " + head.id() + ", and changes up to line "
                        + mark.id() + " were acknowledged: those after it are lost"));
        return new Damage(found, lost, lostProjects);
    }

    private AuditPage page(long after, AuditHead head) {
        List<AuditLine> lines = AuditLog.after(handle, after, LINES);
        lines.forEach(this::add);
        return new AuditPage(lines, head);
    }

    private void add(AuditLine line) {
        try {
            audited.add(line);
        } catch (NumberFormatException _) {
            // A line that is not as it was written, of which the check tells.
        }
    }

    private void versions() {
        Map<Named, Version> rows = new TreeMap<>();
        handle.createQuery("SELECT tenant, name, number, digest, state FROM version")
                .map((row, _) ->
                        Map.entry(named(row, "number"), new Version(row.getString("state"), row.getString("digest"))))
                .forEach(row -> rows.put(row.getKey(), row.getValue()));
        audited.versions().forEach((key, told) -> {
            Version row = rows.remove(key);
            if (row == null) {
                lost(key, "it is missing (expected: " + told.state() + ")");
            } else if (!row.digest().equals(told.digest())) {
                lost(key, "its digest is not the one that was registered");
            } else if (!row.state().equals(told.state())) {
                found.add(key + " was damaged: its state, which is put back to " + told.state());
                handle.createUpdate("UPDATE version SET state = :state"
                                + " WHERE tenant = :tenant AND name = :name AND number = :number")
                        .bind("state", told.state())
                        .bind("tenant", key.tenant())
                        .bind("name", key.name())
                        .bind("number", Long.parseLong(key.subject()))
                        .execute();
            }
        });
        rows.keySet().forEach(key -> lost(key, "it was never registered"));
    }

    private void lost(Named key, String problem) {
        found.add(key + " is damaged: " + problem);
        lost.add(key);
    }

    private void aliases() {
        Map<Named, Long> rows = new TreeMap<>();
        handle.createQuery("SELECT tenant, name, alias, number FROM alias")
                .map((row, _) -> Map.entry(named(row, "alias"), row.getLong("number")))
                .forEach(row -> rows.put(row.getKey(), row.getValue()));
        rows.forEach((key, number) -> {
            if (!audited.aliases().containsKey(key)) {
                found.add(key + " was damaged: it was never given, and is removed");
                // What refers to it is no better.
                List.of("rollout", "shadow", "alias").forEach(table -> delete(table, key));
            }
        });
        audited.aliases().forEach((key, number) -> {
            if (number.equals(rows.get(key))) {
                return;
            }
            if (!isThere(key, Long.toString(number))) {
                found.add(key + " is damaged: so is version " + number + ", which it named");
                List.of("rollout", "shadow", "alias").forEach(table -> delete(table, key));
            } else {
                found.add(key + " was damaged, and names version " + number + " again");
                handle.createUpdate("""
                                INSERT INTO alias (tenant, name, alias, number, moved_at)
                                VALUES (:tenant, :name, :alias, :number, 0)
                                ON CONFLICT (tenant, name, alias) DO UPDATE SET number = excluded.number""")
                        .bind("tenant", key.tenant())
                        .bind("name", key.name())
                        .bind("alias", key.subject())
                        .bind("number", number)
                        .execute();
            }
        });
    }

    /// Whether the model of `of` has a version of that number.
    private boolean isThere(Named of, String number) {
        Named key = new Named(of.tenant(), of.name(), number);
        return audited.versions().containsKey(key) && !lost.contains(key);
    }

    private static Named named(ResultSet row, String subject) throws SQLException {
        return new Named(row.getString("tenant"), row.getString("name"), row.getString(subject));
    }

    private void rollouts() {
        Map<Named, String> rows = new TreeMap<>();
        handle.createQuery("""
                        SELECT tenant, name, alias, 'canary=' || canary || ' percent=' || percent AS text
                        FROM rollout ORDER BY tenant, name, alias""")
                .map((row, _) -> Map.entry(named(row, "alias"), row.getString("text")))
                .forEach(row -> rows.put(row.getKey(), row.getValue()));
        handle.createQuery("""
                        SELECT tenant, name, alias, 'shadow=' || number || ' shadow-percent=' || percent AS text
                        FROM shadow ORDER BY tenant, name, alias""")
                .map((row, _) -> Map.entry(named(row, "alias"), row.getString("text")))
                .forEach(row -> rows.merge(row.getKey(), row.getValue(), (canary, shadow) -> canary + " " + shadow));
        Set<Named> keys = new TreeSet<>(rows.keySet());
        keys.addAll(audited.aliases().keySet());
        for (Named key : keys) {
            String told = audited.rollout(key).orElse("");
            if (!told.equals(rows.getOrDefault(key, ""))) {
                found.add("the rollout of " + key + " was damaged, and is ended");
                delete("rollout", key);
                delete("shadow", key);
                if (!told.isEmpty()) {
                    AuditLog.append(handle, ended(key, told));
                }
            }
        }
    }

    private AuditLine ended(Named key, String told) {
        return new AuditLine(
                0,
                key.tenant(),
                AuditLines.SUPERVISION,
                audited.last(),
                AuditLine.ROLLOUT,
                key.name(),
                key.subject(),
                told,
                "",
                "",
                AuditLine.DONE + ": it was damaged",
                "");
    }

    private void delete(String table, Named alias) {
        handle.createUpdate("DELETE FROM " + table + " WHERE tenant = :tenant AND name = :name AND alias = :alias")
                .bind("tenant", alias.tenant())
                .bind("name", alias.name())
                .bind("alias", alias.subject())
                .execute();
    }

    private void holds() {
        Map<Named, Held> rows = new TreeMap<>();
        handle.createQuery("SELECT tenant, name, number, reason, since FROM hold")
                .map((row, _) -> Map.entry(
                        named(row, "number"),
                        new Held(row.getString("reason"), Instant.ofEpochMilli(row.getLong("since")))))
                .forEach(row -> rows.put(row.getKey(), row.getValue()));
        rows.keySet().stream().filter(key -> !audited.holds().containsKey(key)).forEach(key -> {
            found.add("the hold of " + key + " was damaged: there was none, and it is removed");
            handle.createUpdate("DELETE FROM hold WHERE tenant = :tenant AND name = :name AND number = :number")
                    .bind("tenant", key.tenant())
                    .bind("name", key.name())
                    .bind("number", Long.parseLong(key.subject()))
                    .execute();
        });
        audited.holds().forEach((key, held) -> {
            boolean isVersion = isThere(key, key.subject());
            if (isVersion && !Objects.equals(rows.get(key), held)) {
                found.add("the hold of " + key + " was damaged, and is put back");
                handle.createUpdate("""
                                INSERT INTO hold (tenant, name, number, reason, since)
                                VALUES (:tenant, :name, :number, :reason, :since)
                                ON CONFLICT (tenant, name, number)
                                DO UPDATE SET reason = excluded.reason, since = excluded.since""")
                        .bind("tenant", key.tenant())
                        .bind("name", key.name())
                        .bind("number", Long.parseLong(key.subject()))
                        .bind("reason", held.reason())
                        .bind("since", held.since().toEpochMilli())
                        .execute();
            }
        });
    }

    /// Like versions: what is missing, added or says something else is lost until a backup is restored.
    private void projects() {
        Map<Named, String> rows = new TreeMap<>();
        handle.createQuery("SELECT tenant, name, number, digest FROM project")
                .map((row, _) -> Map.entry(named(row, "number"), row.getString("digest")))
                .forEach(row -> rows.put(row.getKey(), row.getValue()));
        Set<Named> keys = new TreeSet<>(rows.keySet());
        keys.addAll(audited.projects().keySet());
        for (Named key : keys) {
            Optional<String> told = Optional.ofNullable(audited.projects().get(key));
            Optional<String> row = Optional.ofNullable(rows.get(key));
            if (!told.equals(row)) {
                found.add("project " + key + " is damaged: "
                        + (row.isEmpty()
                                ? "it is missing"
                                : told.isEmpty() ? "it was never set" : "its digest is not the one that was set"));
                lostProjects.add(key);
            }
        }
    }

    /// A number that was given is never given again.
    private void numbers() {
        Map<Named, Long> rows = new TreeMap<>();
        handle.createQuery("SELECT tenant, name, next_number FROM model")
                .map((row, _) -> Map.entry(
                        new Named(row.getString("tenant"), row.getString("name"), AuditedState.NEXT),
                        row.getLong("next_number")))
                .forEach(row -> rows.put(row.getKey(), row.getValue()));
        audited.numbers().forEach((key, last) -> {
            long next = Optional.ofNullable(rows.get(key)).orElse(0L);
            if (next <= last) {
                found.add("the next number of " + key.name() + " was damaged, and is put back");
                handle.createUpdate("""
                                INSERT INTO model (tenant, name, next_number, created_at)
                                VALUES (:tenant, :name, :next, 0)
                                ON CONFLICT (tenant, name) DO UPDATE SET next_number = excluded.next_number""")
                        .bind("tenant", key.tenant())
                        .bind("name", key.name())
                        .bind("next", last + 1)
                        .execute();
            }
        });
    }
}
