package dev.firstpass.loadtest.overload;

import dev.firstpass.loadtest.paced.Pace;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.runtime.batch.schedule.Batch;
import dev.firstpass.server.runtime.batch.schedule.BatchPolicy;
import dev.firstpass.server.runtime.batch.schedule.Buckets;
import dev.firstpass.server.runtime.batch.schedule.QueuedRow;
import dev.firstpass.server.runtime.batch.schedule.RowTerms;
import dev.firstpass.server.runtime.batch.schedule.Schedule;
import dev.firstpass.server.runtime.batch.schedule.Schedules;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;

/// What a schedule makes of a stretch of load in virtual time: the same arrivals, requests and backlog as [Phases] send, the
/// same devices, and nothing else: no doors, no threads, no way there and back. As in a server, rows whose time is over when
/// a run begins are left out.
///
/// For one thread.
final class VirtualRun {
    private static final int MOST_ROWS = 32;
    private static final int WARM_UPS = 3;
    private static final long NEVER = Long.MAX_VALUE;
    private static final double NANOS = 1e9;

    private static final Buckets SIZES = new Buckets() {
        @Override
        public int count() {
            return Mix.sizes();
        }

        @Override
        public long pixels(int bucket) {
            return elements(bucket);
        }
    };

    private final Schedule<Item> schedule;
    private final Random noise;
    private final Random bulk;
    private final long endNanos;
    private final List<Batch<Item>> batches = new ArrayList<>();
    private final long[] began;
    private final long[] freeAt;
    private final List<Served> served = new ArrayList<>();
    private int inTime;
    private int late;
    private double bulkArea;

    /// @param dueNanos when it came
    private record Item(Mix.Order order, long dueNanos) {
        /// When its answer is of no use any more.
        long answerBy() {
            return dueNanos + order.kind().timeoutNanos();
        }
    }

    /// What came of it.
    ///
    /// @param goodput answers in time, a second
    /// @param success share of the requests that were answered in time
    /// @param bulkArea of bulk work done a second, the smallest size being 1
    /// @param late rows that the schedule gave to a device after their deadline
    /// @param served people's requests that were answered, as they were
    record Outcome(double goodput, double success, double bulkArea, int late, List<Served> served) {}

    private VirtualRun(Schedules schedules, int devices, double seconds, long seed) {
        BatchPolicy usual = BatchPolicy.DEFAULTS;
        this.schedule = schedules.make(
                SIZES, devices, (_, _) -> MOST_ROWS, usual.withRoom(usual.room(), 1), _ -> 1, (_, _) -> {});
        this.noise = new Random(seed);
        this.bulk = new Random(seed);
        this.endNanos = (long) (seconds * NANOS);
        this.began = new long[devices];
        this.freeAt = new long[devices];
        for (int device = 0; device < devices; device++) {
            batches.add(new Batch<>());
            warmUp(device);
        }
    }

    private void warmUp(int device) {
        for (int run = 0; run < WARM_UPS; run++) {
            for (int size = 0; size < Mix.sizes(); size++) {
                for (int rows = 1; rows <= MOST_ROWS; rows *= 2) {
                    schedule.warmedUp(device, size, rows, nanos(size, rows));
                }
            }
        }
    }

    private static long elements(int size) {
        return Math.round(new Mix.Order(Kind.CLICK, size).area() * Pace.GPU.referenceElements());
    }

    private long nanos(int size, int rows) {
        return Pace.GPU.nanos(rows, elements(size), noise);
    }

    /// @param arrivals of the orders, in nanoseconds
    /// @param backlog bulk requests that are under way at any time
    static Outcome of(
            Schedules schedules,
            int devices,
            long[] arrivals,
            List<Mix.Order> orders,
            int backlog,
            double seconds,
            long seed) {
        VirtualRun run = new VirtualRun(schedules, devices, seconds, seed);
        run.go(arrivals, orders, backlog);
        return new Outcome(
                run.inTime / seconds,
                arrivals.length == 0 ? 1 : (double) run.inTime / arrivals.length,
                run.bulkArea / seconds,
                run.late,
                run.served);
    }

    private void go(long[] arrivals, List<Mix.Order> orders, int backlog) {
        for (int i = 0; i < backlog; i++) {
            arrive(Mix.bulk(bulk), 0);
        }
        int next = 0;
        long now = 0;
        while (next < arrivals.length
                || (backlog > 0 && now <= endNanos)
                || isBusy()
                || schedule.rows() > schedule.bulkRows()) {
            now = Math.max(now, Math.min(next < arrivals.length ? arrivals[next] : NEVER, nextChange(now)));
            while (next < arrivals.length && arrivals[next] <= now) {
                arrive(orders.get(next), arrivals[next]);
                next++;
            }
            for (int device = 0; device < freeAt.length; device++) {
                if (!batches.get(device).isEmpty() && freeAt[device] <= now) {
                    end(device, now);
                }
            }
            for (int device = 0; device < freeAt.length; device++) {
                if (batches.get(device).isEmpty()) {
                    start(device, now);
                }
            }
        }
    }

    private boolean isBusy() {
        return batches.stream().anyMatch(batch -> !batch.isEmpty());
    }

    private long nextChange(long now) {
        long next = NEVER;
        for (int device = 0; device < freeAt.length; device++) {
            if (!batches.get(device).isEmpty()) {
                next = Math.min(next, freeAt[device]);
            } else if (schedule.rows() > 0) {
                next = Math.min(next, now + schedule.askAgain().toNanos());
            }
        }
        return next;
    }

    private void arrive(Mix.Order order, long at) {
        boolean isBulk = order.kind().isBulk();
        RowTerms terms = new RowTerms(
                order.size(),
                isBulk ? Priority.BULK : Priority.INTERACTIVE,
                "local",
                1,
                at,
                isBulk ? OptionalLong.empty() : OptionalLong.of(order.kind().timeoutNanos()));
        var _ = schedule.offer(new QueuedRow<>(terms, new Item(order, at)), at);
    }

    private void start(int device, long now) {
        Batch<Item> batch = batches.get(device);
        schedule.take(device, now, batch);
        if (batch.isEmpty()) {
            return;
        }
        int rows = (int) batch.rows().stream()
                .filter(row -> row.payload().answerBy() >= now)
                .count();
        late += batch.rows().size() - rows;
        began[device] = now;
        freeAt[device] = rows == 0 ? now : now + nanos(batch.bucket(), rows);
    }

    private void end(int device, long now) {
        Batch<Item> batch = batches.get(device);
        int rows = 0;
        int bulkRows = 0;
        for (QueuedRow<Item> row : batch.rows()) {
            Item item = row.payload();
            rows += item.answerBy() >= began[device] ? 1 : 0;
            if (!item.order().kind().isBulk()) {
                boolean isInTime = now <= item.answerBy();
                inTime += isInTime ? 1 : 0;
                served.add(new Served(item.dueNanos(), now - item.dueNanos(), isInTime));
            } else if (now <= endNanos) {
                bulkArea += item.order().area();
                bulkRows++;
            }
        }
        if (rows == 0) {
            schedule.failed(device);
        } else {
            schedule.ended(device, batch.bucket(), rows, now - began[device]);
        }
        batch.clear();
        for (int i = 0; i < bulkRows; i++) {
            arrive(Mix.bulk(bulk), now);
        }
    }
}
