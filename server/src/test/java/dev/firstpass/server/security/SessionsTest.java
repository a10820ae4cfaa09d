package dev.firstpass.server.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Tenant;
import dev.firstpass.server.security.Sessions.Session;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class SessionsTest {
    private static final Tenant ACME = new Tenant("acme");
    private static final Tenant OTHER = new Tenant("other");

    private final AtomicLong nanos = new AtomicLong();
    private final Sessions sessions = new Sessions(1000, nanos::get);

    private void begin(String key, Tenant tenant) {
        sessions.begin(key, new Session(new Credential.Token(key), tenant, 100, nanos.get() + 10));
    }

    @Test
    void room_thatIsFull_isTakenFromWhoeverHasMost() {
        begin("o1", OTHER);
        begin("o2", OTHER);
        for (int i = 0; i < 1_000; i++) {
            begin("a" + i, ACME);
        }
        assertEquals(10, sessions.size());
        assertTrue(sessions.find("o1").isPresent());
        assertTrue(sessions.find("o2").isPresent());
        assertTrue(sessions.find("a999").isPresent());
        assertTrue(sessions.find("a991").isEmpty());
    }

    @Test
    void sessionThatIsUsed_staysLongerThanOneThatIsNot() {
        for (int i = 0; i < 10; i++) {
            begin("a" + i, ACME);
        }
        assertTrue(sessions.find("a0").isPresent());
        begin("a10", ACME);
        assertTrue(sessions.find("a0").isPresent());
        assertTrue(sessions.find("a1").isEmpty());
    }

    @Test
    void sessionsThatAreOver_takeNoRoom() {
        for (int i = 0; i < 10; i++) {
            begin("a" + i, ACME);
        }
        nanos.set(10);
        assertTrue(sessions.find("a5").isEmpty());
        begin("o", OTHER);
        assertEquals(1, sessions.size());
        sessions.end("o");
        sessions.end("nobody's");
        assertEquals(0, sessions.size());
    }
}
