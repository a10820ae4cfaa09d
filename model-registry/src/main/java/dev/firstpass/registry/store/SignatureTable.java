package dev.firstpass.registry.store;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.SignedBy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/// Whose signatures versions were registered with, in the database.
///
/// For the transactions that they are called in.
final class SignatureTable {
    private SignatureTable() {}

    /// @return whether it was not there
    static boolean put(Handle handle, ModelRef.Numbered ref, SignedBy signer, Instant now) {
        return handle.createUpdate("""
                        INSERT INTO signature (tenant, name, number, signer, form, since)
                        VALUES (:tenant, :name, :number, :signer, :form, :since)
                        ON CONFLICT DO NOTHING""")
                        .bindMap(Rows.key(ref.name(), ref.number()))
                        .bind("signer", signer.key())
                        .bind("form", signer.form().id())
                        .bind("since", now.toEpochMilli())
                        .execute()
                > 0;
    }

    static void delete(Handle handle, ModelRef.Numbered ref) {
        handle.createUpdate("DELETE FROM signature WHERE tenant = :tenant AND name = :name AND number = :number")
                .bindMap(Rows.key(ref.name(), ref.number()))
                .execute();
    }

    /// Version -> whose signatures it has, the oldest first, for all that have one.
    static Map<ModelRef.Numbered, List<SignedBy>> of(Handle handle) {
        return read(handle.createQuery("SELECT * FROM signature ORDER BY since, signer, form"));
    }

    /// The same for one model.
    static Map<ModelRef.Numbered, List<SignedBy>> of(Handle handle, ModelName name) {
        return read(handle.createQuery("""
                        SELECT * FROM signature WHERE tenant = :tenant AND name = :name
                        ORDER BY since, signer, form""").bindMap(Rows.key(name)));
    }

    private static Map<ModelRef.Numbered, List<SignedBy>> read(Query query) {
        Map<ModelRef.Numbered, List<SignedBy>> signers = new HashMap<>();
        Rows.list(
                        query,
                        row -> Map.entry(
                                new ModelRef.Numbered(Rows.model(row), row.getLong("number")),
                                new SignedBy(row.getString("signer"), SignedBy.Form.byId(row.getString("form")))))
                .forEach(entry -> signers.computeIfAbsent(entry.getKey(), _ -> new ArrayList<>())
                        .add(entry.getValue()));
        return signers;
    }
}
