package dev.firstpass.registry.store;

import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.store.MetadataStore.TokenRow;
import dev.firstpass.registry.token.ApiToken;
import dev.firstpass.registry.token.Scope;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/// Tokens of the API in the database: hashes of them, and what they may do.
///
/// For the transactions that they are called in.
final class TokenTable {
    private TokenTable() {}

    /// By tenant and name.
    static List<TokenRow> all(Handle handle) {
        return Rows.list(handle.createQuery("SELECT * FROM token ORDER BY tenant, name"), Rows::token);
    }

    static int count(Handle handle, Tenant tenant) {
        return handle.createQuery("SELECT count(*) FROM token WHERE tenant = :tenant")
                .bind("tenant", tenant.value())
                .mapTo(Integer.class)
                .one();
    }

    static Optional<TokenRow> find(Handle handle, Tenant tenant, String name) {
        return handle.createQuery("SELECT * FROM token WHERE tenant = :tenant AND name = :name")
                .bind("tenant", tenant.value())
                .bind("name", name)
                .map((row, _) -> Rows.token(row))
                .findOne();
    }

    static void add(Handle handle, TokenRow row) {
        ApiToken token = row.token();
        handle.createUpdate("""
                        INSERT INTO token (id, tenant, name, hash, scopes, created_at, expires_at)
                        VALUES (:id, :tenant, :name, :hash, :scopes, :created, :expires)""")
                .bind("id", token.id())
                .bind("tenant", token.tenant().value())
                .bind("name", token.name())
                .bind("hash", row.hash())
                .bind("scopes", Scope.text(token.scopes()))
                .bind("created", token.createdAt().toEpochMilli())
                .bind("expires", token.expiresAt().map(Instant::toEpochMilli).orElse(null))
                .execute();
    }

    static void delete(Handle handle, String id) {
        handle.createUpdate("DELETE FROM token WHERE id = :id").bind("id", id).execute();
    }

    static void used(Handle handle, String id, Instant at) {
        handle.createUpdate("UPDATE token SET last_used_at = :at WHERE id = :id")
                .bind("id", id)
                .bind("at", at.toEpochMilli())
                .execute();
    }
}
