package dev.firstpass.server.runtime.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.runtime.engine.RunLostException;
import dev.firstpass.server.runtime.fake.LosingSession;
import dev.firstpass.server.runtime.supervision.CrashLoop;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SecondTryTest {
    /// What makes a version be found out, and a few more.
    private static final int MANY = 20;

    private final LosingSession session = new LosingSession();
    private final Deque<RunLostException> losses = new ArrayDeque<>();
    private boolean foundOut;
    private final CrashLoop crashes = new CrashLoop(() -> 0, () -> foundOut = true);

    @Test
    void call_thatIsLostOnce_isDoneInTheEndAndNobodysDoing() {
        for (int i = 0; i < MANY; i++) {
            losses.add(lost());
            assertEquals("done", SecondTry.call(session, crashes, this::work));
        }
        assertFalse(foundOut);
    }

    @Test
    void call_thatIsLostAloneAsWell_isTheVersionsDoing() {
        for (int i = 0; i < MANY; i++) {
            RunLostException second = lost();
            losses.addAll(List.of(lost(), second));
            assertSame(
                    second, assertThrows(RunLostException.class, () -> SecondTry.call(session, crashes, this::work)));
        }
        assertTrue(foundOut);
    }

    @Test
    void call_thatIsLostAndCannotBeDoneAlone_isNobodysDoing() {
        session.keepOthersRunning();
        for (int i = 0; i < MANY; i++) {
            RunLostException first = lost();
            losses.add(first);
            assertSame(first, assertThrows(RunLostException.class, () -> SecondTry.call(session, crashes, this::work)));
        }
        assertFalse(foundOut);
    }

    private String work() {
        if (losses.isEmpty()) {
            return "done";
        }
        throw losses.removeFirst();
    }

    private static RunLostException lost() {
        return new RunLostException("test", true, new IllegalStateException());
    }
}
