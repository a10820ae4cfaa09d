package dev.firstpass.registry.store;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.audit.AuditHead;
import dev.firstpass.registry.audit.AuditLine;
import java.util.List;
import org.jdbi.v3.core.Handle;

/// The audit's lines in the database. A line is written in the transaction that makes the change, and continues the chain
/// of hashes; where the chain ends stands in a row of its own, so that lines missing at the end are noticed too.
///
/// For transactions that only one can be in at a time: those of [Database#change].
final class AuditLog {
    private AuditLog() {}

    /// Adds a line at the end.
    ///
    /// @param line its id and hash are set here
    static void append(Handle handle, AuditLine line) {
        AuditLine next = line.after(head(handle));
        insert(handle, next);
        handle.createUpdate("UPDATE audit_head SET id = :id, hash = :hash")
                .bind("id", next.id())
                .bind("hash", next.hash())
                .execute();
    }

    private static void insert(Handle handle, AuditLine line) {
        handle.createUpdate("""
                        INSERT INTO audit (id, tenant, principal, at, action, name, subject, from_value, to_value,
                            digest, result, hash)
                        VALUES (:id, :tenant, :principal, :at, :action, :name, :subject, :from, :to,
                            :digest, :result, :hash)""")
                .bind("id", line.id())
                .bind("tenant", line.tenant())
                .bind("principal", line.principal())
                .bind("at", line.at().toEpochMilli())
                .bind("action", line.action())
                .bind("name", line.name())
                .bind("subject", line.subject())
                .bind("from", line.from())
                .bind("to", line.to())
                .bind("digest", line.digest())
                .bind("result", line.result())
                .bind("hash", line.hash())
                .execute();
    }

    static AuditHead head(Handle handle) {
        return handle.createQuery("SELECT id, hash FROM audit_head")
                .map((row, _) -> new AuditHead(row.getLong("id"), row.getString("hash")))
                .findOne()
                // Without it, the first line that is there is one too many for who checks.
                .orElse(AuditHead.START);
    }

    /// The lines after one, in order.
    ///
    /// @param most lines
    static List<AuditLine> after(Handle handle, long id, int most) {
        return handle.createQuery("SELECT * FROM audit WHERE id > :id ORDER BY id LIMIT :most")
                .bind("id", id)
                .bind("most", most)
                .map((row, _) -> Rows.auditLine(row))
                .list();
    }

    /// Those of one tenant, in order.
    ///
    /// @param most lines
    static List<AuditLine> after(Handle handle, Tenant tenant, long id, int most) {
        return handle.createQuery("SELECT * FROM audit WHERE tenant = :tenant AND id > :id ORDER BY id LIMIT :most")
                .bind("tenant", tenant.value())
                .bind("id", id)
                .bind("most", most)
                .map((row, _) -> Rows.auditLine(row))
                .list();
    }

    /// The last line of one tenant; the start if it has none.
    static AuditHead last(Handle handle, Tenant tenant) {
        return handle.createQuery("SELECT id, hash FROM audit WHERE tenant = :tenant ORDER BY id DESC LIMIT 1")
                .bind("tenant", tenant.value())
                .map((row, _) -> new AuditHead(row.getLong("id"), row.getString("hash")))
                .findOne()
                .orElse(AuditHead.START);
    }

    /// All moves of an alias that were done, in order.
    static List<AuditLine> moves(Handle handle, ModelName name, String alias) {
        return handle.createQuery("""
                        SELECT * FROM audit
                        WHERE tenant = :tenant AND action IN ('alias', 'rollback') AND name = :name
                            AND subject = :alias AND result = 'done'
                        ORDER BY id""")
                .bindMap(Rows.key(name))
                .bind("alias", alias)
                .map((row, _) -> Rows.auditLine(row))
                .list();
    }
}
