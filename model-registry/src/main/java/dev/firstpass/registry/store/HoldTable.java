package dev.firstpass.registry.store;

import dev.firstpass.registry.Hold;
import dev.firstpass.registry.ModelName;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;

/// Holds in the database.
///
/// For the transactions that they are called in.
final class HoldTable {
    private HoldTable() {}

    /// Number -> hold of one model.
    static Map<Long, Hold> of(Handle handle, ModelName name) {
        Map<Long, Hold> holds = new TreeMap<>();
        handle.createQuery("SELECT * FROM hold WHERE tenant = :tenant AND name = :name")
                .bindMap(Rows.key(name))
                .map((row, _) -> Map.entry(
                        row.getLong("number"),
                        new Hold(row.getString("reason"), Instant.ofEpochMilli(row.getLong("since")))))
                .forEach(entry -> holds.put(entry.getKey(), entry.getValue()));
        return holds;
    }

    static Optional<Hold> find(Handle handle, ModelName name, long number) {
        return Optional.ofNullable(of(handle, name).get(number));
    }

    static void put(Handle handle, ModelName name, long number, Hold hold) {
        handle.createUpdate("""
                        INSERT INTO hold (tenant, name, number, reason, since)
                        VALUES (:tenant, :name, :number, :reason, :since)
                        ON CONFLICT (tenant, name, number)
                        DO UPDATE SET reason = excluded.reason, since = excluded.since""")
                .bindMap(Rows.key(name, number))
                .bind("reason", hold.reason())
                .bind("since", hold.since().toEpochMilli())
                .execute();
    }

    static void delete(Handle handle, ModelName name, long number) {
        handle.createUpdate("DELETE FROM hold WHERE tenant = :tenant AND name = :name AND number = :number")
                .bindMap(Rows.key(name, number))
                .execute();
    }
}
