package dev.firstpass.registry.store;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.RegistryException.VersionNotFound;
import dev.firstpass.registry.store.MetadataStore.VersionRow;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/// Versions, and the numbers of each model, in the database.
///
/// For the transactions that they are called in.
final class VersionTable {
    private VersionTable() {}

    /// All versions of all tenants, by name and number.
    static List<VersionRow> all(Handle handle) {
        return rows(handle.createQuery("SELECT * FROM version ORDER BY tenant, name, number"));
    }

    /// Those of one model, by number.
    static List<VersionRow> of(Handle handle, ModelName name) {
        return rows(
                query(handle, "SELECT * FROM version WHERE tenant = :tenant AND name = :name ORDER BY number", name));
    }

    static Optional<VersionRow> find(Handle handle, ModelName name, String digest) {
        return rows(query(
                                handle,
                                "SELECT * FROM version WHERE tenant = :tenant AND name = :name AND digest = :digest",
                                name)
                        .bind("digest", digest))
                .stream()
                .findFirst();
    }

    static Optional<VersionRow> find(Handle handle, ModelName name, long number) {
        return rows(query(
                                handle,
                                "SELECT * FROM version WHERE tenant = :tenant AND name = :name AND number = :number",
                                name)
                        .bind("number", number))
                .stream()
                .findFirst();
    }

    /// @throws VersionNotFound if there is none of that number
    static VersionRow require(Handle handle, ModelName name, long number) {
        return find(handle, name, number)
                .orElseThrow(() -> new VersionNotFound(name + "@" + number + ": no such version"));
    }

    /// Whether a version of whatever tenant has this content.
    static boolean isKnown(Handle handle, String digest) {
        return handle.createQuery("SELECT EXISTS (SELECT 1 FROM version WHERE digest = :digest)")
                .bind("digest", digest)
                .mapTo(Boolean.class)
                .one();
    }

    /// Adds a version in state REGISTERED, and its model if it is the first.
    ///
    /// @return its number: one more than any that the model ever had
    static long add(Handle handle, ModelName name, String digest, String manifest, Instant now) {
        long number = nextNumber(handle, name, now);
        handle.createUpdate("""
                        INSERT INTO version (tenant, name, number, digest, manifest, state, registered_at)
                        VALUES (:tenant, :name, :number, :digest, :manifest, 'REGISTERED', :now)""")
                .bindMap(Rows.key(name, number))
                .bind("digest", digest)
                .bind("manifest", manifest)
                .bind("now", now.toEpochMilli())
                .execute();
        return number;
    }

    private static long nextNumber(Handle handle, ModelName name, Instant now) {
        handle.createUpdate("""
                        INSERT INTO model (tenant, name, next_number, created_at) VALUES (:tenant, :name, 1, :now)
                        ON CONFLICT DO NOTHING""")
                .bindMap(Rows.key(name))
                .bind("now", now.toEpochMilli())
                .execute();
        return query(handle, """
                        UPDATE model SET next_number = next_number + 1 WHERE tenant = :tenant AND name = :name
                        RETURNING next_number - 1""", name).mapTo(Long.class).one();
    }

    static void setState(Handle handle, VersionRow version, State state, String reason) {
        handle.createUpdate("""
                        UPDATE version SET state = :state, reason = :reason
                        WHERE tenant = :tenant AND name = :name AND number = :number""")
                .bind("state", state.name())
                .bind("reason", reason)
                .bindMap(Rows.key(version.name(), version.number()))
                .execute();
    }

    static void delete(Handle handle, VersionRow version) {
        handle.createUpdate("DELETE FROM version WHERE tenant = :tenant AND name = :name AND number = :number")
                .bindMap(Rows.key(version.name(), version.number()))
                .execute();
    }

    private static List<VersionRow> rows(Query query) {
        return Rows.list(query, Rows::version);
    }

    private static Query query(Handle handle, String sql, ModelName name) {
        return handle.createQuery(sql).bindMap(Rows.key(name));
    }
}
