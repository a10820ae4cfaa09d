package dev.firstpass.registry.store;

import dev.firstpass.registry.store.AuditedState.Named;
import dev.firstpass.registry.store.MetadataStore.ProjectRow;
import dev.firstpass.registry.store.MetadataStore.VersionRow;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What was found wrong with the tables when they were held against the audit.
///
/// Immutable.
///
/// @param found each in words
/// @param lost versions whose rows are not those that were written, which are neither shown nor served
/// @param lostProjects versions of labeling projects of which the same is true
record Damage(List<String> found, Set<Named> lost, Set<Named> lostProjects) {
    private static final Logger LOG = LoggerFactory.getLogger(Damage.class);

    static final Damage NONE = new Damage(List.of(), Set.of(), Set.of());

    Damage {
        found = List.copyOf(found);
        lost = Set.copyOf(lost);
        lostProjects = Set.copyOf(lostProjects);
    }

    /// Looks for it, and puts right what can be; logs what was found. PostgreSQL has checksums of its own.
    static Damage of(Database database) {
        Damage damage = switch (database) {
            case SqliteDatabase local -> local.check();
            case PostgresDatabase _ -> NONE;
        };
        damage.found().forEach(LOG::error);
        return damage;
    }

    boolean isLost(VersionRow version) {
        return !lost.isEmpty()
                && lost.contains(new Named(
                        version.name().tenant().value(), version.name().value(), Long.toString(version.number())));
    }

    boolean isLost(ProjectRow project) {
        return !lostProjects.isEmpty()
                && lostProjects.contains(new Named(
                        project.name().tenant().value(), project.name().value(), Long.toString(project.number())));
    }
}
