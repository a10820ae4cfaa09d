package dev.firstpass.registry.store;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.RegistryException.Unavailable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Servers as rows with a sign of life each; waiting is looking again and again, for the few that move something.
///
/// Thread-safe; owns nothing.
final class PostgresReplicas implements Replicas {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresReplicas.class);

    private static final Duration LONGEST_PREPARATION = Duration.ofMinutes(3);
    private static final Duration LONGEST_CONFIRMATION = Duration.ofSeconds(8);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    /// Some signs of life may be late.
    static final String IS_LIVE = "seen_at > now() - interval '5 seconds'";

    /// A server that left without a word, or is cut off: it may still be answering somebody.
    private static final String MAY_SERVE = "seen_at > now() - interval '10 minutes'";

    private record Other(String name, boolean isLive, Optional<String> problem) {}

    private final PostgresDatabase database;

    PostgresReplicas(PostgresDatabase database) {
        this.database = database;
    }

    @Override
    public Optional<ChangeFeed> feed() {
        return Optional.of(new PostgresFeed(database, name()));
    }

    /// The host's, with something that tells servers on one host apart.
    @Override
    public String name() {
        String id = database.server();
        return HostName.here() + "-" + id.substring(0, Math.min(4, id.length()));
    }

    @Override
    public Prepared prepare(ModelRef.Numbered version) throws InterruptedException {
        long wish = database.read(handle -> handle.createQuery("""
                                INSERT INTO wish (tenant, name, number) VALUES (:tenant, :name, :number) RETURNING id""")
                .bindMap(Rows.key(version.name(), version.number()))
                .mapTo(Long.class)
                .one());
        try {
            return answers(wish);
        } finally {
            forget(wish);
        }
    }

    private Prepared answers(long wish) throws InterruptedException {
        long deadline = System.nanoTime() + LONGEST_PREPARATION.toNanos();
        while (true) {
            List<Other> others = others(wish);
            boolean isWaited = others.stream()
                    .anyMatch(other -> other.isLive() && other.problem().isEmpty());
            if (!isWaited || System.nanoTime() - deadline > 0) {
                return prepared(others);
            }
            TimeUnit.NANOSECONDS.sleep(LOOK_AGAIN.toNanos());
        }
    }

    private static Prepared prepared(List<Other> others) {
        Map<String, String> problems = new TreeMap<>();
        for (Other other : others) {
            other.problem().filter(problem -> !problem.isEmpty()).ifPresent(why -> problems.put(other.name(), why));
        }
        return new Prepared(
                problems,
                others.stream()
                        .filter(other -> other.isLive() && other.problem().isEmpty())
                        .map(Other::name)
                        .toList());
    }

    private List<Other> others(long wish) {
        return database.read(handle -> handle.createQuery("SELECT name, " + IS_LIVE + " AS live, problem FROM server"
                        + " LEFT JOIN wish_answer ON wish = :wish AND server = id WHERE id <> :self ORDER BY name")
                .bind("wish", wish)
                .bind("self", database.server())
                .map((row, _) -> new Other(
                        row.getString("name"), row.getBoolean("live"), Optional.ofNullable(row.getString("problem"))))
                .list());
    }

    private void forget(long wish) {
        try {
            var _ = database.read(handle -> handle.createUpdate(
                            "DELETE FROM wish WHERE id = :id OR made_at < now() - interval '1 hour'")
                    .bind("id", wish)
                    .execute());
        } catch (Unavailable e) {
            LOG.warn("a wish stays until the next one is forgotten: {}", e.getMessage());
        }
    }

    /// The change is made by now, so that a database which goes away is no reason to say that it failed.
    @Override
    public List<String> behind(long line) throws InterruptedException {
        long deadline = System.nanoTime() + LONGEST_CONFIRMATION.toNanos();
        try {
            while (true) {
                List<Other> others = behindNow(line);
                if (others.stream().noneMatch(Other::isLive) || System.nanoTime() - deadline > 0) {
                    return others.stream().map(Other::name).toList();
                }
                TimeUnit.NANOSECONDS.sleep(LOOK_AGAIN.toNanos());
            }
        } catch (Unavailable e) {
            LOG.warn("whether others know of a change is not known: {}", e.getMessage());
            return List.of("any other server");
        }
    }

    private List<Other> behindNow(long line) {
        return database.read(handle -> handle.createQuery("SELECT name, " + IS_LIVE + " AS live FROM server"
                        + " WHERE id <> :self AND known < :line AND " + MAY_SERVE + " ORDER BY name")
                .bind("self", database.server())
                .bind("line", line)
                .map((row, _) -> new Other(row.getString("name"), row.getBoolean("live"), Optional.empty()))
                .list());
    }

    @Override
    public void answer(long wish, String problem) {
        var _ = database.read(handle -> handle.createUpdate("""
                        INSERT INTO wish_answer (wish, server, problem)
                        SELECT id, :self, :problem FROM wish WHERE id = :wish
                        ON CONFLICT DO NOTHING""")
                .bind("wish", wish)
                .bind("self", database.server())
                .bind("problem", problem)
                .execute());
    }
}
