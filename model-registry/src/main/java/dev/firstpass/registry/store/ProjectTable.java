package dev.firstpass.registry.store;

import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.store.MetadataStore.ProjectRow;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/// Versions of labeling projects in the database.
///
/// For the transactions that they are called in.
final class ProjectTable {
    private ProjectTable() {}

    /// All versions of all tenants, by name and number.
    static List<ProjectRow> all(Handle handle) {
        return Rows.list(handle.createQuery("SELECT * FROM project ORDER BY tenant, name, number"), Rows::project);
    }

    /// Those of one project, by number.
    static List<ProjectRow> of(Handle handle, ProjectName name) {
        return Rows.list(
                handle.createQuery("SELECT * FROM project WHERE tenant = :tenant AND name = :name ORDER BY number")
                        .bindMap(Rows.key(name)),
                Rows::project);
    }

    static Optional<ProjectRow> newest(Handle handle, ProjectName name) {
        return handle.createQuery("""
                        SELECT * FROM project WHERE tenant = :tenant AND name = :name
                        ORDER BY number DESC LIMIT 1""")
                .bindMap(Rows.key(name))
                .map((row, _) -> Rows.project(row))
                .findOne();
    }

    /// The greatest number that the project ever had; 0 if it had none. By the audit, too, so that the number of a version
    /// whose row is damaged is not given again.
    static long last(Handle handle, ProjectName name) {
        return handle.createQuery("""
                        SELECT coalesce(max(number), 0) FROM (
                            SELECT number FROM project WHERE tenant = :tenant AND name = :name
                            UNION ALL
                            SELECT CAST(subject AS bigint) AS number FROM audit
                            WHERE tenant = :tenant AND name = :name AND action = 'project') AS numbers""").bindMap(Rows.key(name)).mapTo(Long.class).one();
    }

    static void add(Handle handle, ProjectName name, long number, String digest, String spec, Instant now) {
        handle.createUpdate("""
                        INSERT INTO project (tenant, name, number, digest, spec, created_at)
                        VALUES (:tenant, :name, :number, :digest, :spec, :now)""")
                .bindMap(Rows.key(name))
                .bind("number", number)
                .bind("digest", digest)
                .bind("spec", spec)
                .bind("now", now.toEpochMilli())
                .execute();
    }
}
