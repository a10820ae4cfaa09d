package dev.firstpass.server.runtime.batch.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.spec.BatchingSpec;
import dev.firstpass.server.call.Priority;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class BatchScheduleTest {
    private static final long MILLI = 1_000_000;
    private static final Buckets ONE = new Buckets() {
        @Override
        public int count() {
            return 1;
        }

        @Override
        public long pixels(int bucket) {
            return 640 * 640;
        }
    };

    private final List<QueuedRow<String>> refused = new ArrayList<>();
    private final Batch<String> batch = new Batch<>();

    private BatchSchedule<String> schedule(int devices, BatchPolicy policy) {
        BatchSchedule<String> schedule = new BatchSchedule<>(
                ONE,
                devices,
                (_, _) -> 32,
                policy,
                tenant -> tenant.equals("heavy") ? 3 : 1,
                (row, _) -> refused.add(row));
        for (int device = 0; device < devices; device++) {
            for (int rows = 1; rows <= 32; rows *= 2) {
                for (int run = 0; run < 4; run++) {
                    schedule.warmedUp(device, 0, rows, (10 + rows) * MILLI);
                }
            }
        }
        return schedule;
    }

    private static QueuedRow<String> row(String name, Priority priority, String tenant, OptionalLong timeout) {
        return new QueuedRow<>(new RowTerms(0, priority, tenant, 100, 0, timeout), name);
    }

    private static QueuedRow<String> click(String name, long millis) {
        return row(name, Priority.INTERACTIVE, "a", OptionalLong.of(millis * MILLI));
    }

    private List<String> taken() {
        return batch.rows().stream().map(QueuedRow::payload).toList();
    }

    private void take(BatchSchedule<String> schedule, int device, long millis) {
        schedule.take(device, millis * MILLI, batch);
    }

    @Test
    void rows_areRunInTheOrderOfTheirDates() {
        BatchSchedule<String> schedule = schedule(1, BatchPolicy.DEFAULTS.with(BatchingSpec.of(2)));
        for (QueuedRow<String> row : List.of(click("late", 900), click("soon", 100), click("later", 2000))) {
            assertTrue(schedule.offer(row, 0).isEmpty());
        }
        take(schedule, 0, 0);
        assertEquals(List.of("soon", "late"), taken());
    }

    /// Of clients that ask again as soon as they are answered there is always one more row than devices have room for.
    @Test
    void rowsThatWaitedForADevice_runSoonAfterwards_whoeverComesThen() {
        BatchSchedule<String> schedule = schedule(1, BatchPolicy.DEFAULTS.with(BatchingSpec.of(1)));
        schedule.up(0, false);
        for (String name : List.of("a", "b", "c", "d")) {
            assertTrue(schedule.offer(row(name, Priority.INTERACTIVE, "a", OptionalLong.empty()), 0)
                    .isEmpty());
        }
        schedule.up(0, true);
        assertTrue(lastTaken(schedule, 10_000, Set.of("a", "b", "c", "d"), 20_000) < 12_000);
    }

    @Test
    void rowThatMayWaitForAMinute_runsWithinSeconds_whoeverComesMeanwhile() {
        BatchSchedule<String> schedule = schedule(1, BatchPolicy.DEFAULTS.with(BatchingSpec.of(1)));
        assertTrue(schedule.offer(click("patient", 90_000), 0).isEmpty());
        long taken = lastTaken(schedule, 0, Set.of("patient"), 20_000);
        assertTrue(taken > 1000 && taken <= 5000, () -> "after " + taken + " ms");
    }

    /// One row more than is asked for always waits.
    ///
    /// @return when the last of those asked for was taken, in milliseconds
    private long lastTaken(BatchSchedule<String> schedule, long fromMillis, Set<String> names, long untilMillis) {
        Set<String> left = new HashSet<>(names);
        long now = fromMillis;
        for (int number = 0; !left.isEmpty() && now < untilMillis; now += 11, number++) {
            for (int more = schedule.rows(); more < names.size() + 1; more++) {
                RowTerms terms = new RowTerms(0, Priority.INTERACTIVE, "a", 100, now * MILLI, OptionalLong.empty());
                assertTrue(schedule.offer(new QueuedRow<>(terms, number + "/" + more), now * MILLI)
                        .isEmpty());
            }
            take(schedule, 0, now);
            assertEquals(1, taken().size());
            left.removeAll(taken());
            schedule.ended(0, 0, 1, 11 * MILLI);
        }
        return now;
    }

    @Test
    void longestWait_isOfTheRowWhoseRequestCameFirst() {
        BatchSchedule<String> schedule = schedule(1, BatchPolicy.DEFAULTS.with(BatchingSpec.of(1)));
        assertEquals(0, schedule.longestWait(50 * MILLI));
        RowTerms younger = new RowTerms(0, Priority.INTERACTIVE, "a", 100, 20 * MILLI, OptionalLong.of(100 * MILLI));
        assertTrue(
                schedule.offer(new QueuedRow<>(younger, "younger"), 20 * MILLI).isEmpty());
        assertTrue(schedule.offer(row("older", Priority.BULK, "b", OptionalLong.empty()), 20 * MILLI)
                .isEmpty());
        assertEquals(50 * MILLI, schedule.longestWait(50 * MILLI));
        take(schedule, 0, 50);
        assertEquals(List.of("younger"), taken());
        assertEquals(60 * MILLI, schedule.longestWait(60 * MILLI));
        take(schedule, 0, 60);
        assertEquals(0, schedule.longestWait(70 * MILLI));
    }

    @Test
    void batch_isAsSmallAsTheFirstDateAllows() {
        BatchSchedule<String> schedule = schedule(1, BatchPolicy.DEFAULTS);
        assertTrue(schedule.offer(click("now", 16), 0).isEmpty());
        for (int index = 0; index < 10; index++) {
            assertTrue(schedule.offer(click("x" + index, 900), 0).isEmpty());
        }
        take(schedule, 0, 0);
        assertEquals("now", taken().getFirst());
        assertTrue(batch.rows().size() <= 5, () -> "rows: " + batch.rows().size());
        assertTrue(batch.predictedNanos() <= 15 * MILLI);
    }

    @Test
    void timeout_thatCannotBeMet_isRefusedAtOnce_withoutHope() {
        Refusal refusal =
                schedule(1, BatchPolicy.DEFAULTS).offer(click("never", 5), 0).orElseThrow();
        assertEquals(new Refusal(Refusal.Cause.TOO_LATE, 0), refusal);
    }

    @Test
    void timeout_thatCannotBeMetForNow_isRefusedBeforeDecoding_untilWorkIsDone() {
        BatchSchedule<String> schedule = schedule(1, BatchPolicy.DEFAULTS);
        for (int index = 0; index < 200; index++) {
            assertTrue(schedule.offer(click("x" + index, 2_000), 0).isEmpty());
        }
        RowTerms soon = new RowTerms(0, Priority.INTERACTIVE, "a", 100, 0, OptionalLong.of(2_001 * MILLI));
        assertTrue(schedule.admit(soon, 0).isEmpty());
        schedule.take(0, 1_850 * MILLI, batch);
        RowTerms late = new RowTerms(0, Priority.INTERACTIVE, "a", 100, 1_850 * MILLI, OptionalLong.of(151 * MILLI));
        Refusal refusal = schedule.admit(late, 1_850 * MILLI).orElseThrow();
        assertEquals(Refusal.Cause.TOO_LATE, refusal.cause());
        assertTrue(refusal.retryAfterNanos() > MILLI && refusal.retryAfterNanos() < 1_000 * MILLI);
    }

    @Test
    void withoutTimeout_rowWaitsToTheHardLimit_andEndsThen() {
        BatchSchedule<String> schedule = schedule(1, BatchPolicy.DEFAULTS);
        assertTrue(schedule.offer(row("x", Priority.INTERACTIVE, "a", OptionalLong.empty()), 0)
                .isEmpty());
        schedule.expire(59_000 * MILLI);
        assertEquals(1, schedule.rows());
        schedule.expire(60_000 * MILLI);
        assertEquals(0, schedule.rows());
        assertEquals(1, refused.size());
    }

    @Test
    void queue_isFull_forATenantBeforeForAll() {
        BatchSchedule<String> schedule =
                schedule(1, BatchPolicy.DEFAULTS.withRoom(new QueueRoom(4, 1_000, 1L << 40), 0.5));
        OptionalLong none = OptionalLong.empty();
        for (String tenant : List.of("a", "a", "b", "b")) {
            if (tenant.equals("b") && schedule.rows() == 2) {
                assertEquals(
                        Refusal.Cause.TENANT_FULL,
                        schedule.offer(row("x", Priority.BULK, "a", none), 0)
                                .orElseThrow()
                                .cause());
            }
            assertTrue(schedule.offer(row("x", Priority.BULK, tenant, none), 0).isEmpty());
        }
        // A third of it is one place.
        assertTrue(schedule.offer(row("x", Priority.BULK, "c", none), 0).isEmpty());
        Refusal refusal = schedule.offer(row("x", Priority.BULK, "c", none), 0).orElseThrow();
        assertEquals(Refusal.Cause.QUEUE_FULL, refusal.cause());
        assertTrue(refusal.retryAfterNanos() > 0);
    }

    @Test
    void fullQueue_hasRoomForATenantWithinItsShare_andWhoIsOverItLosesWhatIsDueLast() {
        BatchSchedule<String> schedule = schedule(1, crowded(4));
        for (int index = 1; index <= 4; index++) {
            assertTrue(schedule.offer(click("a" + index, 1_000L * index), 0).isEmpty());
        }
        OptionalLong timeout = OptionalLong.of(500 * MILLI);
        for (String name : List.of("b1", "b2")) {
            QueuedRow<String> row = row(name, Priority.INTERACTIVE, "b", timeout);
            assertTrue(schedule.admit(row.terms(), 0).isEmpty());
            assertTrue(schedule.offer(row, 0).isEmpty());
        }
        assertEquals(List.of("a4", "a3"), refusedNames());
        // Both have half of it now.
        for (String tenant : List.of("a", "b")) {
            assertEquals(
                    Refusal.Cause.QUEUE_FULL,
                    schedule.offer(row("x", Priority.INTERACTIVE, tenant, timeout), 0)
                            .orElseThrow()
                            .cause());
        }
        assertEquals(2, refused.size());
        take(schedule, 0, 0);
        assertEquals(Set.of("a1", "a2", "b1", "b2"), Set.copyOf(taken()));
    }

    @Test
    void fullQueue_rowsThatNobodyWaitsForGiveWayFirst() {
        BatchSchedule<String> schedule = schedule(1, crowded(2));
        assertTrue(schedule.offer(row("bulk", Priority.BULK, "a", OptionalLong.empty()), 0)
                .isEmpty());
        assertTrue(schedule.offer(click("click", 50_000), 0).isEmpty());
        assertTrue(schedule.offer(row("b", Priority.BULK, "b", OptionalLong.empty()), 0)
                .isEmpty());
        assertEquals(List.of("bulk"), refusedNames());
    }

    @Test
    void fullQueue_isSharedByWeight() {
        BatchSchedule<String> schedule = schedule(1, crowded(8));
        for (int index = 0; index < 8; index++) {
            assertTrue(schedule.offer(click("a", 900), 0).isEmpty());
        }
        int taken = 0;
        while (schedule.offer(row("heavy", Priority.BULK, "heavy", OptionalLong.empty()), 0)
                .isEmpty()) {
            taken++;
        }
        assertEquals(6, taken);
    }

    @Test
    void fullQueue_rowThatWouldComeTooLate_displacesNone() {
        BatchSchedule<String> schedule = schedule(1, crowded(2));
        assertTrue(schedule.offer(click("a1", 900), 0).isEmpty());
        assertTrue(schedule.offer(click("a2", 900), 0).isEmpty());
        Refusal refusal = schedule.offer(row("b", Priority.INTERACTIVE, "b", OptionalLong.of(5 * MILLI)), 0)
                .orElseThrow();
        assertEquals(Refusal.Cause.TOO_LATE, refusal.cause());
        assertEquals(List.of(), refused);
    }

    private static BatchPolicy crowded(int rows) {
        return BatchPolicy.DEFAULTS.withRoom(new QueueRoom(rows, 100L * rows, 640L * 640 * rows), 1);
    }

    private List<String> refusedNames() {
        return refused.stream().map(QueuedRow::payload).toList();
    }

    @Test
    void bulk_fillsUpInteractiveBatches_andRunsAloneWhereThereAreNone() {
        BatchSchedule<String> schedule = schedule(1, BatchPolicy.DEFAULTS);
        for (int index = 0; index < 3; index++) {
            assertTrue(schedule.offer(row("bulk", Priority.BULK, "a", OptionalLong.empty()), 0)
                    .isEmpty());
        }
        assertTrue(schedule.offer(click("click", 150), 0).isEmpty());
        take(schedule, 0, 0);
        assertEquals(List.of("click", "bulk", "bulk", "bulk"), taken());
        schedule.ended(0, 0, 4, 14 * MILLI);
        assertTrue(schedule.offer(row("bulk", Priority.BULK, "a", OptionalLong.empty()), 14 * MILLI)
                .isEmpty());
        take(schedule, 0, 14);
        assertEquals(List.of("bulk"), taken());
    }

    @Test
    void bulk_ofTwoTenants_isRunByWeight() {
        BatchSchedule<String> schedule = schedule(1, BatchPolicy.DEFAULTS.with(BatchingSpec.of(4)));
        for (int index = 0; index < 400; index++) {
            String tenant = index < 200 ? "heavy" : "light";
            assertTrue(schedule.offer(row(tenant, Priority.BULK, tenant, OptionalLong.empty()), 0)
                    .isEmpty());
        }
        int heavy = 0;
        for (int run = 0; run < 40; run++) {
            take(schedule, 0, run * 14L);
            heavy += (int) taken().stream().filter("heavy"::equals).count();
            schedule.ended(0, 0, batch.rows().size(), 14 * MILLI);
        }
        assertEquals(120, heavy, 4);
    }

    @Test
    void nextRun_askedForBeforeTheLastHasEnded_isPlannedFromItsEnd() {
        BatchSchedule<String> schedule = schedule(1, BatchPolicy.DEFAULTS.with(BatchingSpec.of(1)));
        assertTrue(schedule.offer(click("first", 900), 0).isEmpty());
        assertTrue(schedule.offer(click("second", 901), 0).isEmpty());
        take(schedule, 0, 0);
        long end = batch.startNanos() + batch.predictedNanos();
        take(schedule, 0, 1);
        assertEquals(List.of("second"), taken());
        assertEquals(end, batch.startNanos());
    }

    @Test
    void timeWayBack_isTakenOffTimeouts() {
        BatchSchedule<String> schedule = schedule(1, BatchPolicy.DEFAULTS);
        for (int answer = 0; answer < 20; answer++) {
            schedule.answered(100 * MILLI);
        }
        assertTrue(schedule.offer(click("x", 105), 0).isPresent());
        assertTrue(schedule.offer(click("x", 150), 0).isEmpty());
    }

    @Test
    void row_isOfferedOnce() {
        BatchSchedule<String> schedule = schedule(1, BatchPolicy.DEFAULTS);
        QueuedRow<String> row = click("x", 900);
        assertTrue(schedule.offer(row, 0).isEmpty());
        assertThrows(IllegalStateException.class, () -> schedule.offer(row, 0));
    }

    @Test
    void nonsense_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> BatchingSpec.of(0));
        assertThrows(IllegalArgumentException.class, () -> new QueueRoom(0, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> schedule(0, BatchPolicy.DEFAULTS));
    }

    @Test
    void policy_ofAStage_hasWhatTheStageSays_andElseTheUsual() {
        BatchingSpec all = new BatchingSpec(
                3,
                Optional.of(Duration.ofMillis(150)),
                Optional.of(Duration.ofSeconds(30)),
                Optional.of(Duration.ofSeconds(90)),
                Optional.of(Duration.ofMillis(40)),
                Optional.of(0.25),
                Optional.of(0.5),
                Optional.of(7));
        BatchPolicy policy = BatchPolicy.DEFAULTS.with(all);
        assertEquals(3, policy.maxRows());
        assertEquals(Duration.ofMillis(150), policy.target(Priority.INTERACTIVE));
        assertEquals(Duration.ofSeconds(30), policy.target(Priority.BULK));
        assertEquals(Duration.ofSeconds(90), policy.hardLimit());
        assertEquals(Duration.ofMillis(40), policy.bulkQuantum());
        assertEquals(0.25, policy.bulkShare());
        assertEquals(0.5, policy.leastGain());
        assertEquals(7, policy.room().rows());
        assertEquals(BatchPolicy.DEFAULTS, BatchPolicy.DEFAULTS.with(BatchingSpec.of(BatchPolicy.DEFAULTS.maxRows())));
    }
}
