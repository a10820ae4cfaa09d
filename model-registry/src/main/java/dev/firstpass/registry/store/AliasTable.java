package dev.firstpass.registry.store;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.store.MetadataStore.AliasRow;
import dev.firstpass.registry.store.MetadataStore.VersionRow;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/// Aliases in the database.
///
/// For the transactions that they are called in.
final class AliasTable {
    private AliasTable() {}

    /// All aliases of all tenants, by model and name.
    static List<AliasRow> all(Handle handle) {
        return Rows.list(handle.createQuery("SELECT * FROM alias ORDER BY tenant, name, alias"), Rows::alias);
    }

    /// Those of one model.
    static List<AliasRow> of(Handle handle, ModelName name) {
        return Rows.list(
                handle.createQuery("SELECT * FROM alias WHERE tenant = :tenant AND name = :name")
                        .bindMap(Rows.key(name)),
                Rows::alias);
    }

    /// The version that an alias names.
    static Optional<Long> find(Handle handle, ModelName name, String alias) {
        return handle.createQuery("SELECT number FROM alias WHERE tenant = :tenant AND name = :name AND alias = :alias")
                .bindMap(Rows.key(name))
                .bind("alias", alias)
                .mapTo(Long.class)
                .findOne();
    }

    /// The aliases that name a version, in order.
    static List<String> naming(Handle handle, VersionRow version) {
        return handle.createQuery("""
                        SELECT alias FROM alias WHERE tenant = :tenant AND name = :name AND number = :number
                        ORDER BY alias""")
                .bindMap(Rows.key(version.name(), version.number()))
                .mapTo(String.class)
                .list();
    }

    static void point(Handle handle, ModelName name, String alias, long number, Instant now) {
        handle.createUpdate("""
                        INSERT INTO alias (tenant, name, alias, number, moved_at)
                        VALUES (:tenant, :name, :alias, :number, :now)
                        ON CONFLICT (tenant, name, alias) DO UPDATE SET number = excluded.number, moved_at = excluded.moved_at""")
                .bindMap(Rows.key(name))
                .bind("alias", alias)
                .bind("number", number)
                .bind("now", now.toEpochMilli())
                .execute();
    }
}
