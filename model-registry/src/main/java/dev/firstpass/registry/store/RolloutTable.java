package dev.firstpass.registry.store;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.store.MetadataStore.RolloutRow;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/// Canaries and shadows of aliases in the database.
///
/// For the transactions that they are called in.
final class RolloutTable {
    /// Of all aliases that are rolled out; more conditions may follow.
    private static final String ROLLOUTS = """
            SELECT alias.tenant AS tenant, alias.name AS name, alias.alias AS alias, rollout.canary AS canary, rollout.percent AS percent,
                shadow.number AS shadow, shadow.percent AS shadow_percent
            FROM alias
            LEFT JOIN rollout ON rollout.tenant = alias.tenant AND rollout.name = alias.name
                AND rollout.alias = alias.alias
            LEFT JOIN shadow ON shadow.tenant = alias.tenant AND shadow.name = alias.name
                AND shadow.alias = alias.alias
            WHERE (rollout.canary IS NOT NULL OR shadow.number IS NOT NULL)""";

    private RolloutTable() {}

    /// All rollouts of all tenants, by model and alias.
    static List<RolloutRow> all(Handle handle) {
        return Rows.list(
                handle.createQuery(ROLLOUTS + " ORDER BY alias.tenant, alias.name, alias.alias"), Rows::rollout);
    }

    /// Those of one model, by alias.
    static List<RolloutRow> of(Handle handle, ModelName name) {
        return Rows.list(
                handle.createQuery(ROLLOUTS + " AND alias.tenant = :tenant AND alias.name = :name ORDER BY alias.alias")
                        .bindMap(Rows.key(name)),
                Rows::rollout);
    }

    static Optional<Rollout> find(Handle handle, ModelName name, String alias) {
        return handle.createQuery(
                        ROLLOUTS + " AND alias.tenant = :tenant AND alias.name = :name AND alias.alias = :alias")
                .bindMap(Rows.key(name))
                .bind("alias", alias)
                .map((row, _) -> Rows.rollout(row).rollout())
                .findOne();
    }

    /// Takes the place of the alias' rollout, if it has one.
    static void put(Handle handle, ModelName name, String alias, Rollout rollout) {
        delete(handle, name, alias);
        rollout.canary()
                .ifPresent(canary -> handle.createUpdate("""
                        INSERT INTO rollout (tenant, name, alias, canary, percent)
                        VALUES (:tenant, :name, :alias, :canary, :percent)""")
                        .bindMap(Rows.key(name))
                        .bind("alias", alias)
                        .bind("canary", canary)
                        .bind("percent", rollout.percent())
                        .execute());
        rollout.shadow()
                .ifPresent(shadow -> handle.createUpdate("""
                        INSERT INTO shadow (tenant, name, alias, number, percent)
                        VALUES (:tenant, :name, :alias, :number, :percent)""")
                        .bindMap(Rows.key(name))
                        .bind("alias", alias)
                        .bind("number", shadow)
                        .bind("percent", rollout.shadowPercent())
                        .execute());
    }

    static void delete(Handle handle, ModelName name, String alias) {
        delete(handle, "rollout", name, alias);
        delete(handle, "shadow", name, alias);
    }

    /// The shadow stays.
    static void deleteCanary(Handle handle, ModelName name, String alias) {
        delete(handle, "rollout", name, alias);
    }

    private static void delete(Handle handle, String table, ModelName name, String alias) {
        handle.createUpdate("DELETE FROM " + table + " WHERE tenant = :tenant AND name = :name AND alias = :alias")
                .bindMap(Rows.key(name))
                .bind("alias", alias)
                .execute();
    }
}
