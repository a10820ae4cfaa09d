package dev.firstpass.server.security;

import dev.firstpass.registry.Tenant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/// Sessions of browsers in a bounded room. Where that is full, whoever has most of it loses the session that they have not used for the
/// longest time: however often one tenant's people log in, they end no other's sessions.
///
/// Thread-safe. A look-up takes a lock for a moment; where the room is full, adding one looks through all of them, some ten thousand.
final class Sessions {
    private final long mostBytes;
    private final LongSupplier nanos;

    /// The one that was not used for the longest time first; guarded by this, as what follows.
    private final LinkedHashMap<String, Session> byKey = new LinkedHashMap<>(16, 0.75f, true);

    private final Map<Tenant, Long> held = new HashMap<>();
    private long bytes;

    /// @param bytes that it takes
    /// @param until by the clock of [Sessions]
    record Session(Credential credential, Tenant tenant, long bytes, long until) {}

    /// @param nanos a clock as `System.nanoTime`
    Sessions(long mostBytes, LongSupplier nanos) {
        this.mostBytes = mostBytes;
        this.nanos = nanos;
    }

    synchronized Optional<Session> find(String key) {
        Optional<Session> found = Optional.ofNullable(byKey.get(key));
        if (found.filter(this::isOver).isPresent()) {
            end(key);
            return Optional.empty();
        }
        return found;
    }

    /// @param key that no session has
    synchronized void begin(String key, Session session) {
        while (!byKey.isEmpty() && isOver(byKey.firstEntry().getValue())) {
            end(byKey.firstEntry().getKey());
        }
        byKey.put(key, session);
        count(session.tenant(), session.bytes());
        while (bytes > mostBytes) {
            end(leastUsed());
        }
    }

    /// Ends a session, if there is one of that key.
    synchronized void end(String key) {
        Optional.ofNullable(byKey.remove(key)).ifPresent(session -> count(session.tenant(), -session.bytes()));
    }

    synchronized int size() {
        return byKey.size();
    }

    /// Of the tenant that has most.
    private String leastUsed() {
        Tenant greatest = held.entrySet().stream()
                .max(Comparator.comparingLong(Map.Entry::getValue))
                .orElseThrow()
                .getKey();
        return byKey.entrySet().stream()
                .filter(each -> each.getValue().tenant().equals(greatest))
                .findFirst()
                .orElseThrow()
                .getKey();
    }

    private void count(Tenant tenant, long more) {
        bytes += more;
        held.merge(tenant, more, Long::sum);
        held.remove(tenant, 0L);
    }

    private boolean isOver(Session session) {
        return session.until() - nanos.getAsLong() <= 0;
    }
}
