package dev.firstpass.loadtest.overload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.loadtest.drive.Arrivals;
import dev.firstpass.loadtest.paced.Queues;
import dev.firstpass.server.runtime.batch.schedule.Schedules;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class VirtualRunTest {
    private static final double SECONDS = 10;

    @Test
    void oneRequest_isAnsweredInTime_byEveryone() {
        List<Mix.Order> click = List.of(new Mix.Order(Kind.CLICK, 0));
        for (Queues.Kind kind : Queues.Kind.values()) {
            assertEquals(
                    1,
                    VirtualRun.of(queues(kind), 1, new long[] {5}, click, 0, 1, 1)
                            .goodput());
        }
        assertEquals(
                1,
                VirtualRun.of(Schedules.BY_DEADLINE, 1, new long[] {5}, click, 0, 1, 1)
                        .goodput());
    }

    @Test
    void bulkWork_alone_keepsTheDeviceBusy() {
        double area = VirtualRun.of(queues(Queues.Kind.LEVELS), 1, new long[0], List.of(), 64, SECONDS, 1)
                .bulkArea();
        // Batches of eight of all sizes: what a device does in a second by its pace.
        assertTrue(area > 450 && area < 600, () -> "area a second: " + area);
    }

    @Test
    void order_atOverload_isThatOfTheSimulation() {
        double one = goodput(queues(Queues.Kind.ONE));
        double sizes = goodput(queues(Queues.Kind.SIZES));
        double ours = goodput(Schedules.BY_DEADLINE);
        assertTrue(one < sizes && sizes < ours, () -> one + ", " + sizes + ", " + ours);
    }

    private static double goodput(Schedules schedules) {
        long[] arrivals = Arrivals.bursts(300, SECONDS, 1);
        return VirtualRun.of(schedules, 1, arrivals, Phases.orders(arrivals.length, 1), 0, SECONDS, 1)
                .goodput();
    }

    private static Queues queues(Queues.Kind kind) {
        return new Queues(kind, 8, Duration.ofMillis(5));
    }
}
