package dev.firstpass.server.runtime.batch.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.call.Priority;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/// What holds whatever comes in whatever order: random offers, withdrawals, decisions and ends of runs, with deadlines of
/// all kinds and a clock that jumps.
final class BatchSchedulePropertiesTest {
    private static final long MILLI = 1_000_000;
    private static final QueueRoom ROOM = new QueueRoom(200, 20_000, 200L * 640 * 640);
    private static final BatchPolicy POLICY = BatchPolicy.DEFAULTS.withRoom(ROOM, 0.5);
    private static final long[] TIMEOUTS = {
        Long.MIN_VALUE, -1, 0, 1, 5 * MILLI, 50 * MILLI, 500 * MILLI, 5_000 * MILLI, Long.MAX_VALUE
    };

    @Property(tries = 60)
    void everything_atRandom(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed, @ForAll @IntRange(min = 1, max = 4) int devices) {
        World world = new World(seed, devices);
        for (int step = 0; step < 1_500; step++) {
            world.step();
        }
        world.finish();
    }

    /// A bulk row is run though interactive rows come without end, more than can be run.
    @Property(tries = 20)
    void bulk_besideOverloadWithoutEnd_runs(@ForAll @LongRange(min = 0, max = 1_000_000) long seed) {
        Random random = new Random(seed);
        BatchSchedule<Integer> schedule = schedule(1, (_, _) -> {});
        warmUp(schedule, 1);
        List<QueuedRow<Integer>> bulk = new ArrayList<>();
        for (int index = 0; index < 20; index++) {
            bulk.add(row(random.nextInt(3), Priority.BULK, "archive", 0, OptionalLong.empty()));
            assertTrue(schedule.offer(bulk.getLast(), 0).isEmpty());
        }
        long now = 0;
        Batch<Integer> batch = new Batch<>();
        while (now < 55_000 * MILLI) {
            for (int index = 0; index < 20; index++) {
                OptionalLong timeout = OptionalLong.of((50 + random.nextInt(500)) * MILLI);
                var _ = schedule.offer(row(random.nextInt(3), Priority.INTERACTIVE, "labelers", now, timeout), now);
            }
            schedule.take(0, now, batch);
            assertFalse(batch.isEmpty());
            long nanos = nanos(batch.bucket(), batch.rows().size());
            now += nanos;
            schedule.ended(0, batch.bucket(), batch.rows().size(), nanos);
        }
        assertEquals(0, bulk.stream().filter(QueuedRow::isQueued).count());
    }

    @Property(tries = 5)
    void cancellationStorm_runsNothingCancelled(@ForAll @LongRange(min = 0, max = 1_000_000) long seed) {
        Random random = new Random(seed);
        BatchSchedule<Integer> schedule = new BatchSchedule<>(
                new Sides(),
                1,
                (_, _) -> 32,
                BatchPolicy.DEFAULTS.withRoom(new QueueRoom(20_000, 1 << 30, 1L << 50), 1),
                _ -> 1,
                (_, _) -> {});
        warmUp(schedule, 1);
        List<QueuedRow<Integer>> rows = new ArrayList<>();
        for (int index = 0; index < 10_000; index++) {
            Priority priority = any(random);
            rows.add(row(random.nextInt(3), priority, "t" + random.nextInt(5), index, OptionalLong.empty()));
            assertTrue(schedule.offer(rows.getLast(), index).isEmpty());
        }
        List<QueuedRow<Integer>> kept = new ArrayList<>();
        for (QueuedRow<Integer> row : rows) {
            if (random.nextInt(100) > 0) {
                assertTrue(schedule.withdraw(row));
                assertFalse(schedule.withdraw(row));
            } else {
                kept.add(row);
            }
        }
        assertEquals(kept.size(), schedule.rows());
        int ran = 0;
        long now = 10_000;
        Batch<Integer> batch = new Batch<>();
        for (schedule.take(0, now, batch); !batch.isEmpty(); schedule.take(0, now, batch)) {
            assertTrue(kept.containsAll(batch.rows()));
            ran += batch.rows().size();
            long nanos = nanos(batch.bucket(), batch.rows().size());
            now += nanos;
            schedule.ended(0, batch.bucket(), batch.rows().size(), nanos);
        }
        assertEquals(kept.size(), ran);
        assertEquals(0, schedule.rows());
        assertEquals(0, schedule.bytes());
        assertEquals(0, schedule.pixels());
    }

    /// Where nobody says by when, nothing is refused that could be run within the hard limit.
    @Property(tries = 60)
    void withoutTimeouts_nothingIsRefused(@ForAll @LongRange(min = 0, max = 1_000_000) long seed) {
        Random random = new Random(seed);
        List<Refusal> refusals = new ArrayList<>();
        BatchSchedule<Integer> schedule = schedule(1, (_, refusal) -> refusals.add(refusal));
        warmUp(schedule, 1);
        Batch<Integer> batch = new Batch<>();
        int offered = 0;
        int ran = 0;
        long now = 0;
        for (int burst = 0; burst < 3; burst++) {
            for (int index = 0; index < 90; index++) {
                Priority priority = any(random);
                QueuedRow<Integer> row = row(random.nextInt(3), priority, "t" + index % 2, now, OptionalLong.empty());
                assertTrue(schedule.offer(row, now).isEmpty());
                offered++;
            }
            while (schedule.rows() > 0) {
                schedule.take(0, now, batch);
                assertFalse(batch.isEmpty(), "a device is idle while something waits");
                ran += batch.rows().size();
                // So slow that targets of half a second are missed again and again.
                long nanos = 10 * nanos(batch.bucket(), batch.rows().size());
                now += nanos;
                schedule.ended(0, batch.bucket(), batch.rows().size(), nanos);
            }
        }
        assertEquals(offered, ran);
        assertEquals(List.of(), refusals);
    }

    /// However full the queue is of others' rows, a tenant that has no more than its share of all places is not refused one,
    /// and only those lose rows that have more than theirs.
    @Property(tries = 60)
    void tenantWithinItsShare_findsRoom(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed, @ForAll @IntRange(min = 6, max = 40) int places) {
        new Crowd(seed, places).come(600);
    }

    private static BatchSchedule<Integer> schedule(int devices, Refusals<Integer> refusals) {
        return new BatchSchedule<>(new Sides(), devices, (_, _) -> 32, POLICY, _ -> 1, refusals);
    }

    private static void warmUp(BatchSchedule<Integer> schedule, int devices) {
        for (int device = 0; device < devices; device++) {
            for (int run = 0; run < 3; run++) {
                for (int bucket = 0; bucket < 3; bucket++) {
                    for (int rows = 1; rows <= 32; rows *= 2) {
                        schedule.warmedUp(device, bucket, rows, nanos(bucket, rows));
                    }
                }
            }
        }
    }

    private static QueuedRow<Integer> row(
            int bucket, Priority priority, String tenant, long now, OptionalLong timeout) {
        return new QueuedRow<>(new RowTerms(bucket, priority, tenant, 100, now, timeout), 0);
    }

    private static Priority any(Random random) {
        return random.nextBoolean() ? Priority.INTERACTIVE : Priority.BULK;
    }

    private static long nanos(int bucket, int rows) {
        return 6 * MILLI + (1L + bucket) * rows * MILLI;
    }

    /// Tenants of unlike weight that want more places than there are, for rows of unlike size.
    private static final class Crowd {
        private static final List<String> NAMES = List.of("t0", "t1", "t2", "t3");

        private final Random random;
        private final QueueRoom room;
        private final BatchSchedule<Integer> schedule;
        private final List<QueuedRow<Integer>> waiting = new ArrayList<>();
        private final List<QueuedRow<Integer>> displaced = new ArrayList<>();
        private final Batch<Integer> batch = new Batch<>();
        private long now;

        Crowd(long seed, int places) {
            this.random = new Random(seed);
            this.room = new QueueRoom(
                    places, places * (100L + random.nextInt(200)), places * (1L + random.nextInt(9)) * 320 * 320);
            this.schedule = new BatchSchedule<>(
                    new Sides(),
                    1,
                    (_, _) -> 8,
                    BatchPolicy.DEFAULTS.withRoom(room, 1),
                    Crowd::weight,
                    (row, refusal) -> {
                        assertEquals(Refusal.Cause.QUEUE_FULL, refusal.cause());
                        assertTrue(refusal.retryAfterNanos() > 0);
                        displaced.add(row);
                    });
            warmUp(schedule, 1);
        }

        private static double weight(String tenant) {
            return tenant.equals("t0") ? 3 : 1;
        }

        void come(int rows) {
            for (int count = 0; count < rows; count++) {
                // The last of them want far more than the first.
                String tenant = NAMES.get((int) (4 * Math.sqrt(random.nextDouble())));
                offer(new QueuedRow<>(
                        new RowTerms(
                                random.nextInt(3),
                                any(random),
                                tenant,
                                1 + random.nextInt(300),
                                now,
                                OptionalLong.empty()),
                        0));
                if (random.nextInt(40) == 0) {
                    run();
                }
            }
        }

        private void offer(QueuedRow<Integer> row) {
            String tenant = row.terms().tenant();
            Set<String> wanting = waiting.stream()
                    .map(other -> other.terms().tenant())
                    .collect(Collectors.toCollection(HashSet::new));
            wanting.add(tenant);
            double part = 1 / wanting.stream().mapToDouble(Crowd::weight).sum();
            boolean isWithin = isWithin(tenant, List.of(row), part);
            displaced.clear();
            boolean isAdmitted = schedule.admit(row.terms(), now).isEmpty();
            Optional<Refusal> refusal = schedule.offer(row, now);
            assertEquals(isAdmitted, refusal.isEmpty());
            if (isWithin) {
                assertTrue(refusal.isEmpty(), () -> "refused: " + refusal);
            }
            for (QueuedRow<Integer> other : displaced) {
                assertTrue(isWithin, "a row beyond a share displaced another");
                assertNotEquals(tenant, other.terms().tenant());
                assertFalse(isWithin(other.terms().tenant(), List.of(), part), "a row within a share was displaced");
                assertTrue(waiting.remove(other), "one end only");
            }
            if (refusal.isEmpty()) {
                waiting.add(row);
            }
            assertEquals(waiting.size(), schedule.rows());
            assertTrue(schedule.rows() == 1
                    || (schedule.rows() <= room.rows()
                            && schedule.bytes() <= room.bytes()
                            && schedule.pixels() <= room.pixels()));
        }

        private boolean isWithin(String tenant, List<QueuedRow<Integer>> more, double part) {
            List<RowTerms> terms = Stream.concat(waiting.stream(), more.stream())
                    .map(QueuedRow::terms)
                    .filter(row -> row.tenant().equals(tenant))
                    .toList();
            double share = weight(tenant) * part;
            return terms.size() <= (long) (room.rows() * share)
                    && terms.stream().mapToLong(RowTerms::bytes).sum() <= (long) (room.bytes() * share)
                    && terms.stream()
                                    .mapToLong(row -> new Sides().pixels(row.bucket()))
                                    .sum()
                            <= (long) (room.pixels() * share);
        }

        private void run() {
            schedule.take(0, now, batch);
            assertEquals(waiting.isEmpty(), batch.isEmpty(), "a device is idle while something waits");
            if (!batch.isEmpty()) {
                assertTrue(waiting.removeAll(batch.rows()));
                long nanos = nanos(batch.bucket(), batch.rows().size());
                now += nanos;
                schedule.ended(0, batch.bucket(), batch.rows().size(), nanos);
            }
        }
    }

    /// A schedule, and all that is known of its rows from outside.
    private static final class World {
        private final Random random;
        private final BatchSchedule<Integer> schedule;
        private final Map<QueuedRow<Integer>, String> fates = new HashMap<>();
        private final List<QueuedRow<Integer>> waiting = new ArrayList<>();
        private final List<Batch<Integer>> batches = new ArrayList<>();
        private final boolean[] isBusy;
        private final int devices;
        private long now;

        /// Who offers a row just now.
        private Optional<String> offering = Optional.empty();

        World(long seed, int devices) {
            this.random = new Random(seed);
            this.devices = devices;
            this.now = random.nextBoolean() ? random.nextLong() : Long.MAX_VALUE - 100 * MILLI;
            this.isBusy = new boolean[devices];
            this.schedule = schedule(devices, (row, refusal) -> {
                assertEquals(offering.isEmpty() ? Refusal.Cause.TOO_LATE : Refusal.Cause.QUEUE_FULL, refusal.cause());
                assertNotEquals(offering, Optional.of(row.terms().tenant()));
                assertTrue(refusal.retryAfterNanos() > 0);
                end(row, "refused");
            });
            warmUp(schedule, devices);
            for (int device = 0; device < devices; device++) {
                batches.add(new Batch<>());
            }
        }

        void step() {
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3, 4, 5 -> offer();
                case 6 -> withdraw();
                case 7 -> schedule.expire(now);
                case 8 -> jump();
                default -> run(random.nextInt(devices));
            }
            assertEquals(waiting.size(), schedule.rows());
            assertTrue(schedule.rows() <= ROOM.rows());
            assertTrue(schedule.bytes() <= ROOM.bytes());
            assertTrue(schedule.pixels() <= ROOM.pixels());
            for (String tenant : List.of("t0", "t1", "t2")) {
                long rows = waiting.stream()
                        .filter(row -> row.terms().tenant().equals(tenant))
                        .count();
                assertTrue(rows <= ROOM.rows() / 2);
            }
        }

        private void offer() {
            OptionalLong timeout =
                    random.nextInt(3) == 0 ? OptionalLong.empty() : OptionalLong.of(TIMEOUTS[random.nextInt(9)]);
            QueuedRow<Integer> row = row(random.nextInt(3), any(random), "t" + random.nextInt(3), now, timeout);
            offering = Optional.of(row.terms().tenant());
            Optional<Refusal> refusal = schedule.offer(row, now);
            offering = Optional.empty();
            assertEquals(refusal.isEmpty(), row.isQueued());
            if (refusal.isEmpty()) {
                waiting.add(row);
            } else {
                assertTrue(refusal.get().retryAfterNanos() >= 0);
                fates.put(row, "not queued");
            }
        }

        private void withdraw() {
            if (!waiting.isEmpty()) {
                QueuedRow<Integer> row = waiting.get(random.nextInt(waiting.size()));
                assertTrue(schedule.withdraw(row));
                end(row, "withdrawn");
            }
        }

        private void end(QueuedRow<Integer> row, String fate) {
            assertFalse(fates.containsKey(row), "one end only");
            fates.put(row, fate);
            assertTrue(waiting.remove(row));
        }

        private void jump() {
            switch (random.nextInt(20)) {
                case 0 -> now += 3_600_000 * MILLI;
                case 1 -> now -= 3_000 * MILLI;
                case 2 -> now -= MILLI / 2;
                default -> now += random.nextInt(20) * MILLI;
            }
        }

        private void run(int device) {
            Batch<Integer> batch = batches.get(device);
            if (isBusy[device]) {
                isBusy[device] = false;
                int rows = batch.rows().size();
                if (random.nextInt(10) == 0) {
                    schedule.failed(device);
                } else {
                    schedule.ended(device, batch.bucket(), rows, (long)
                            (nanos(batch.bucket(), rows) * (0.9 + 0.2 * random.nextDouble())));
                }
                return;
            }
            schedule.take(device, now, batch);
            isBusy[device] = !batch.isEmpty();
            for (QueuedRow<Integer> row : batch.rows()) {
                assertEquals(batch.bucket(), row.terms().bucket());
                assertTrue(
                        batch.startNanos() + batch.predictedNanos() - row.limitNanos() <= 0,
                        () -> "would miss by " + (batch.startNanos() + batch.predictedNanos() - row.limitNanos()));
                end(row, "ran");
            }
            if (batch.isEmpty() && devices == 1) {
                assertEquals(0, schedule.rows(), "a device is idle while something waits");
            }
        }

        void finish() {
            for (int turn = 0; turn < 2_000 && !waiting.isEmpty(); turn++) {
                now += 10 * MILLI;
                run(turn % devices);
            }
            now += 24 * 3_600_000 * MILLI;
            now += 60_000 * MILLI;
            schedule.expire(now);
            assertEquals(0, schedule.rows());
            assertEquals(List.of(), waiting);
        }
    }

    /// Three sizes.
    private static final class Sides implements Buckets {
        @Override
        public int count() {
            return 3;
        }

        @Override
        public long pixels(int bucket) {
            long side = 320L * (bucket + 1);
            return side * side;
        }
    }
}
