package dev.firstpass.registry.store;

import dev.firstpass.registry.ModelRef;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The other servers of a shared registry, as one that changes something has to know them. A server is live if it gave a
/// sign of life within the last seconds.
///
/// Thread-safe.
sealed interface Replicas permits Replicas.None, PostgresReplicas {
    /// Those who use this database, which stays open as long as they are used.
    static Replicas of(Database database) {
        return switch (database) {
            case SqliteDatabase _ -> new None();
            case PostgresDatabase shared -> new PostgresReplicas(shared);
        };
    }

    /// What people know this server by.
    String name();

    /// What this server is told by, and tells that it is there; empty where there are no others.
    Optional<ChangeFeed> feed();

    /// Has the live servers get a version ready, and waits until each has said what came of it, or for a few minutes.
    ///
    /// @throws dev.firstpass.registry.RegistryException.Unavailable if the database does not answer
    Prepared prepare(ModelRef.Numbered version) throws InterruptedException;

    /// Waits until all live servers know the audit up to a line, or for a few seconds.
    ///
    /// @return names of those of which it is not known, including servers that have been silent for some minutes at most
    List<String> behind(long line) throws InterruptedException;

    /// Answers another server's wish.
    ///
    /// @param problem empty if the version is ready
    void answer(long wish, String problem);

    /// @param problems name of a server -> why the version cannot serve there
    /// @param silent names of servers that have not said in time
    record Prepared(Map<String, String> problems, List<String> silent) {}

    /// Of a registry that one server has.
    record None() implements Replicas {
        @Override
        public String name() {
            return HostName.here();
        }

        @Override
        public Optional<ChangeFeed> feed() {
            return Optional.empty();
        }

        @Override
        public Prepared prepare(ModelRef.Numbered version) {
            return new Prepared(Map.of(), List.of());
        }

        @Override
        public List<String> behind(long line) {
            return List.of();
        }

        @Override
        public void answer(long wish, String problem) {}
    }
}
