package dev.firstpass.server.runtime.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ClosingTest {
    private final List<String> closed = new ArrayList<>();
    private final IllegalStateException first = new IllegalStateException("first");
    private final IllegalStateException second = new IllegalStateException("second");

    @Test
    void all_whereSomeFail_closesTheRestAndTellsOfAllFailures() {
        assertSame(first, assertThrows(IllegalStateException.class, () -> Closing.all(closings())));
        assertEquals(List.of("a", "b"), closed);
        assertArrayEquals(new Throwable[] {second}, first.getSuppressed());
    }

    @Test
    void allAfter_aFailure_keepsThatOne() {
        EngineException reason = new EngineException("reason");
        Closing.allAfter(reason, closings());
        assertEquals(List.of("a", "b"), closed);
        assertArrayEquals(new Throwable[] {first}, reason.getSuppressed());
    }

    private Stream<Runnable> closings() {
        return Stream.of(() -> closed.add("a"), () -> fail(first), () -> fail(second), () -> closed.add("b"));
    }

    private static void fail(RuntimeException e) {
        throw e;
    }
}
