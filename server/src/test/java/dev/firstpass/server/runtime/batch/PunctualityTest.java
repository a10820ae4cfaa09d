package dev.firstpass.server.runtime.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.fake.Rows;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class PunctualityTest {
    private final Punctuality punctuality = new Punctuality();

    @Test
    void ran_countsWhatCallersNamedAlone() {
        try (Slab slab = new Slab(4096, 4096)) {
            List<Ticket> batch = List.of(
                    ticket(slab, 99, true),
                    ticket(slab, 99, false),
                    ticket(slab, 100, true),
                    ticket(slab, 149, true),
                    ticket(slab, 150, true));
            punctuality.ran(batch, 100, 150);
            assertEquals(1, punctuality.begunLate());
            assertEquals(2, punctuality.endedLate());
            batch.forEach(ticket -> ticket.item().row().close());
        }
    }

    private static Ticket ticket(Slab slab, long deadlineNanos, boolean isAsked) {
        Deadline deadline = new Deadline(0, deadlineNanos, isAsked, () -> 0);
        return new Ticket(Rows.item(slab, 1, deadline), new CompletableFuture<>(), 0, false);
    }
}
