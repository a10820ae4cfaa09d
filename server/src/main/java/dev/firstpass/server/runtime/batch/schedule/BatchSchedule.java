package dev.firstpass.server.runtime.batch.schedule;

import dev.firstpass.server.call.Priority;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/// Which rows of one model version run next, on which of its devices, and how many together.
///
/// A row is due at its timeout or, where none was said, at its class's target; the first *orders and refuses*, the other
/// only *orders*: a row that cannot make its target is set a further one, each twice as far, until the hard limit. When a
/// device is free it takes, of the bucket with the least time to lose, as many rows as still end by the earliest due date
/// among them, and fills up with bulk rows where nobody is kept waiting by it. It waits for nothing: a batch is what is
/// there. Rows that would end too late are refused as soon as that can be foreseen: before their image is decoded
/// ([#admit]), when they are offered, and at each decision. docs/batching.md tells the whole, and what it gains.
///
/// A function of its calls and of the clock readings that come with them: no threads, no waiting. One thread at a time; a
/// decision allocates next to nothing, and takes time in proportion to tenants that have rows waiting, times buckets.
///
/// Known weaknesses: rows that were admitted and are still being decoded are not counted in predictions; devices of unlike
/// speed all take what they can make in time, where leaving it to the fastest may be better.
public final class BatchSchedule<T> implements Schedule<T> {
    private static final long LONGEST_TIMEOUT_NANOS = TimeUnit.DAYS.toNanos(1);
    private static final long JUMP_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int IDLE_TENANTS = 1024;
    /// A run may take this part of the time that nearly all interactive rows have.
    private static final double QUANTUM = 0.3;

    /// Work of full batches that devices get done in a unit of time: they are not always full.
    private static final double FULL_LOAD = 0.8;

    private static final double LONGEST_HORIZON = 20;

    /// Times its class's target, a timeout is as good as none: who allows minutes does not want to stand behind everybody who comes
    /// within them.
    private static final long FARTHEST = 10;

    private static final int TAIL_WINDOW = 256;
    private static final double TAIL_QUANTILE = 0.95;

    private final Buckets buckets;
    private final BatchPolicy policy;
    private final ToDoubleFunction<String> weights;
    private final Refusals<T> refusals;
    private final QueueRoom tenantRoom;
    private final List<Device> devices = new ArrayList<>();
    private final Map<String, Tenant<T>> tenants = new HashMap<>();

    /// Those with rows waiting.
    private final List<Tenant<T>> active = new ArrayList<>();

    private final RollingQuantile tail = new RollingQuantile(TAIL_WINDOW, TAIL_QUANTILE);

    /// Of the time that interactive rows had, the least but for one in twenty.
    private final RollingQuantile haste = new RollingQuantile(TAIL_WINDOW, 1 - TAIL_QUANTILE);

    private final Chooser<T> chooser;
    private int rows;
    private int bulkRows;
    private int agedBulkRows;
    private long bytes;
    private long pixels;
    private long numbers;
    private long lastNanos;
    private boolean hasTime;

    /// What bulk rows that have waited beyond their target are owed, in nanoseconds.
    private double bulkDebt;

    /// @param devices how many there are
    /// @param weights of tenants: one of weight 2 gets twice the time of one of 1 where both want more than there is
    /// @param refusals is told of rows that were queued and will not run
    public BatchSchedule(
            Buckets buckets,
            int devices,
            BatchLimits limits,
            BatchPolicy policy,
            ToDoubleFunction<String> weights,
            Refusals<T> refusals) {
        if (devices < 1) {
            throw new IllegalArgumentException("devices: " + devices + " (expected: >= 1)");
        }
        this.buckets = buckets;
        this.policy = policy;
        this.weights = weights;
        this.refusals = refusals;
        this.tenantRoom = policy.room().part(policy.tenantShare());
        for (int device = 0; device < devices; device++) {
            this.devices.add(new Device(device, buckets, limits, policy));
        }
        this.chooser = new Chooser<>(buckets, policy, active);
    }

    @Override
    public Optional<Refusal> admit(RowTerms terms, long nowNanos) {
        long now = time(nowNanos);
        long rowPixels = buckets.pixels(terms.bucket());
        Tenant<T> tenant = tenants.get(terms.tenant());
        if (!hasRoom(terms.bytes(), rowPixels)
                && !claim(terms, Optional.ofNullable(tenant)).isJust()) {
            return Optional.of(new Refusal(Refusal.Cause.QUEUE_FULL, retryAfter(now)));
        }
        if (tenant != null && !tenant.hasRoom(tenantRoom, terms.bytes(), rowPixels)) {
            return Optional.of(new Refusal(Refusal.Cause.TENANT_FULL, retryAfter(now)));
        }
        return late(terms, Optional.ofNullable(tenant), now);
    }

    private boolean hasRoom(long rowBytes, long rowPixels) {
        return rows == 0
                || (rows < policy.room().rows()
                        && bytes + rowBytes <= policy.room().bytes()
                        && pixels + rowPixels <= policy.room().pixels());
    }

    private Claim<T> claim(RowTerms terms, Optional<Tenant<T>> tenant) {
        double weight = tenant.map(Tenant::weight).orElseGet(() -> weight(terms.tenant()));
        return new Claim<>(policy.room(), active, tenant, weight, terms.bytes(), buckets.pixels(terms.bucket()));
    }

    /// Makes room for a row that has been admitted: tenants over their share lose what they can spare best.
    private void makeRoom(RowTerms terms, Tenant<T> tenant, long now) {
        if (hasRoom(terms.bytes(), buckets.pixels(terms.bucket()))) {
            return;
        }
        Claim<T> claim = claim(terms, Optional.of(tenant));
        for (Optional<Tenant<T>> debtor = claim.debtor(); debtor.isPresent(); debtor = claim.debtor()) {
            QueuedRow<T> row = debtor.get().last();
            debtor.get().line(row.terms().priority()).remove(row);
            refuse(debtor.get(), row, new Refusal(Refusal.Cause.QUEUE_FULL, retryAfter(now)));
        }
    }

    private void refuse(Tenant<T> tenant, QueuedRow<T> row, Refusal refusal) {
        row.left(QueuedRow.State.REFUSED);
        left(tenant, row);
        refusals.refused(row, refusal);
    }

    private Optional<Refusal> late(RowTerms terms, Optional<Tenant<T>> tenant, long now) {
        long limit = limit(terms);
        double alone = alone(terms.bucket());
        double start = firstFree(now) - now + (rows == 0 ? 0 : ahead(terms, tenant, due(terms, limit)));
        double late = start + alone - (limit - now);
        if (late <= 0 && limit - now > 0) {
            return Optional.empty();
        }
        if (alone > limit - terms.arrivedNanos()) {
            hopeless(terms.bucket(), now, limit - terms.arrivedNanos());
            return Optional.of(new Refusal(Refusal.Cause.TOO_LATE, 0));
        }
        return Optional.of(new Refusal(Refusal.Cause.TOO_LATE, (long) Math.max(late, 1)));
    }

    /// How long the rows before it will take, in nanoseconds. Of other tenants it counts no more than their share.
    private double ahead(RowTerms terms, Optional<Tenant<T>> tenant, long due) {
        double own = tenant.map(mine -> work(mine, terms.priority(), due)).orElse(0.0);
        double weight = tenant.map(Tenant::weight).orElse(1.0);
        double others = 0;
        for (Tenant<T> other : active) {
            if (tenant.isEmpty() || !other.equals(tenant.get())) {
                double share =
                        own * other.weight() / weight + policy.tenantLead().toNanos();
                others += Math.min(work(other, terms.priority(), due), share);
            }
        }
        return (own + others) / devicesUp();
    }

    private double work(Tenant<T> tenant, Priority priority, long due) {
        double work = work(tenant.line(Priority.INTERACTIVE), due, priority == Priority.BULK);
        return priority == Priority.BULK ? work + work(tenant.line(Priority.BULK), due, false) : work;
    }

    private double work(Tenant.Line<T> line, long due, boolean isAll) {
        if (line.rows() == 0) {
            return 0;
        }
        double work = 0;
        for (int bucket = 0; bucket < buckets.count(); bucket++) {
            DueQueue<T> queue = line.queue(bucket);
            if (!queue.isEmpty()) {
                work += (isAll ? queue.size() : queue.dueBefore(due)) * rowNanos(bucket);
            }
        }
        return work;
    }

    /// What a row costs in a full batch.
    private double rowNanos(int bucket) {
        Device device = devices.getFirst();
        int full = device.efficientRows(bucket);
        return device.nanos(bucket, full) / full;
    }

    private long firstFree(long now) {
        long first = Long.MAX_VALUE;
        for (Device device : devices) {
            if (device.isUp()) {
                first = Math.min(first, device.freeAtNanos(now));
            }
        }
        return first == Long.MAX_VALUE ? now : first;
    }

    private double alone(int bucket) {
        double least = Double.MAX_VALUE;
        for (Device device : devices) {
            least = Math.min(least, device.nanos(bucket, 1));
        }
        return least;
    }

    private void hopeless(int bucket, long now, long room) {
        for (Device device : devices) {
            device.profile(bucket).hopeless(now, room);
        }
    }

    private long retryAfter(long now) {
        double work = 0;
        for (Tenant<T> tenant : active) {
            work += work(tenant, Priority.BULK, now + policy.hardLimit().toNanos());
        }
        // When a tenth of what waits will have run.
        return (long) Math.max(1e6, work / devicesUp() / 10);
    }

    private int devicesUp() {
        int up = 0;
        for (Device device : devices) {
            up += device.isUp() ? 1 : 0;
        }
        return Math.max(1, up);
    }

    @Override
    public Optional<Refusal> offer(QueuedRow<T> row, long nowNanos) {
        long now = time(nowNanos);
        Optional<Refusal> refusal = admit(row.terms(), now);
        if (refusal.isPresent()) {
            return refusal;
        }
        long limit = limit(row.terms());
        row.queued(due(row.terms(), limit), limit, numbers++);
        if (row.terms().priority() == Priority.INTERACTIVE) {
            haste.add((double) (row.dueNanos() - row.terms().arrivedNanos()));
        }
        Tenant<T> tenant = tenants.computeIfAbsent(row.terms().tenant(), this::tenant);
        makeRoom(row.terms(), tenant, now);
        Tenant.Line<T> line = tenant.line(row.terms().priority());
        if (line.rows() == 0) {
            chooser.leastTime(row.terms().priority()).ifPresent(line::catchUp);
        }
        if (tenant.rows() == 0) {
            active.add(tenant);
        }
        line.add(row);
        entered(tenant, row);
        return Optional.empty();
    }

    private Tenant<T> tenant(String name) {
        return new Tenant<>(weight(name), buckets.count());
    }

    private double weight(String name) {
        double weight = weights.applyAsDouble(name);
        if (!(weight > 0)) {
            throw new IllegalArgumentException("weight of " + name + ": " + weight + " (expected: > 0)");
        }
        return weight;
    }

    private long limit(RowTerms terms) {
        if (terms.timeoutNanos().isEmpty()) {
            return terms.arrivedNanos() + policy.hardLimit().toNanos();
        }
        long timeout = Math.clamp(terms.timeoutNanos().getAsLong(), 0, LONGEST_TIMEOUT_NANOS);
        return terms.arrivedNanos()
                + timeout
                - (long) tail.orElse(0)
                - policy.replyMargin().toNanos();
    }

    private long due(RowTerms terms, long limit) {
        long target = policy.target(terms.priority()).toNanos();
        long most = terms.timeoutNanos().isPresent() ? FARTHEST * target : target;
        return terms.arrivedNanos() + Math.min(most, limit - terms.arrivedNanos());
    }

    private void entered(Tenant<T> tenant, QueuedRow<T> row) {
        long rowPixels = buckets.pixels(row.terms().bucket());
        tenant.entered(row, rowPixels);
        rows++;
        bytes += row.terms().bytes();
        pixels += rowPixels;
        bulkRows += row.terms().priority() == Priority.BULK ? 1 : 0;
    }

    private void left(Tenant<T> tenant, QueuedRow<T> row) {
        long rowPixels = buckets.pixels(row.terms().bucket());
        tenant.left(row, rowPixels);
        rows--;
        bytes -= row.terms().bytes();
        pixels -= rowPixels;
        if (row.terms().priority() == Priority.BULK) {
            bulkRows--;
            agedBulkRows -= row.isAged() ? 1 : 0;
        }
        if (tenant.rows() == 0) {
            active.remove(tenant);
            if (tenants.size() > IDLE_TENANTS) {
                tenants.remove(row.terms().tenant());
            }
        }
    }

    @Override
    public boolean withdraw(QueuedRow<T> row) {
        if (!row.isQueued()) {
            return false;
        }
        Tenant<T> tenant = tenantOf(row);
        tenant.line(row.terms().priority()).remove(row);
        row.left(QueuedRow.State.WITHDRAWN);
        left(tenant, row);
        return true;
    }

    @Override
    public List<QueuedRow<T>> withdrawAll() {
        List<QueuedRow<T>> all = new ArrayList<>();
        for (Tenant<T> tenant : active) {
            for (Priority priority : Priority.values()) {
                for (int bucket = 0; bucket < buckets.count(); bucket++) {
                    DueQueue<T> queue = tenant.line(priority).queue(bucket);
                    for (int index = 0; index < queue.size(); index++) {
                        all.add(queue.get(index));
                    }
                }
            }
        }
        all.forEach(this::withdraw);
        return all;
    }

    private Tenant<T> tenantOf(QueuedRow<T> row) {
        Tenant<T> tenant = tenants.get(row.terms().tenant());
        if (tenant == null) {
            throw new IllegalStateException("the row is not in this schedule");
        }
        return tenant;
    }

    /// A device may also call it before its run has ended, to have the next one ready: it is planned from when that is
    /// thought to end.
    ///
    /// @param batch gets the rows; none if nothing waits that this device can run in time
    @Override
    public void take(int device, long nowNanos, Batch<T> batch) {
        long now = time(nowNanos);
        batch.clear();
        if (rows == 0) {
            return;
        }
        Device free = devices.get(device);
        long start = free.freeAtNanos(now);
        sweep(now);
        if (rows == 0) {
            return;
        }
        refill(now);
        boolean isBulkTurn =
                chooser.choose(free, start, quantum(), isOverloaded(start), agedBulkRows > 0 ? bulkDebt : 0, batch);
        if (batch.isEmpty()) {
            return;
        }
        settle(batch, isBulkTurn);
        free.started(start, batch.predictedNanos());
    }

    /// Gives each tenant that has rows waiting its share of the time since it was last given some.
    private void refill(long now) {
        double weight = 0;
        for (Tenant<T> tenant : active) {
            weight += tenant.weight();
        }
        for (Tenant<T> tenant : active) {
            tenant.refill(now, tenant.weight() / weight * devicesUp(), (double)
                    policy.tenantSavings().toNanos());
        }
    }

    /// The time that nearly all interactive rows have, in nanoseconds.
    private double leastTimeout() {
        return haste.orElse((double) policy.interactiveTarget().toNanos());
    }

    /// How long a run may take, in nanoseconds, so that rows which come meanwhile can still make it. Of several devices one
    /// is free sooner.
    private double quantum() {
        return leastTimeout() * QUANTUM * Math.sqrt(devicesUp());
    }

    /// Whether more is due by some moment soon than can be done by then, even in full batches.
    private boolean isOverloaded(long start) {
        double least = leastTimeout();
        for (double horizon = least / 2; horizon < LONGEST_HORIZON * least; horizon *= 1.5) {
            double work = 0;
            for (Tenant<T> tenant : active) {
                work += work(tenant.line(Priority.INTERACTIVE), start + (long) horizon, false);
            }
            if (work > FULL_LOAD * horizon * devicesUp()) {
                return true;
            }
        }
        return false;
    }

    private void settle(Batch<T> batch, boolean isBulkTurn) {
        int waited = agedBulkRows;
        double share = (double) batch.predictedNanos() / batch.size();
        double bulk = 0;
        for (int index = 0; index < batch.size(); index++) {
            QueuedRow<T> row = batch.rows().get(index);
            left(tenantOf(row), row);
            bulk += row.terms().priority() == Priority.BULK ? share : 0;
        }
        if (waited == 0) {
            bulkDebt = 0;
        } else {
            double owed = bulkDebt + (isBulkTurn ? 0 : batch.predictedNanos() * policy.bulkShare()) - bulk;
            bulkDebt = Math.clamp(owed, 0, 4.0 * policy.bulkTarget().toNanos());
        }
    }

    /// Refuses what no device can end in time any more. Decisions do so by themselves; it is called for when no device
    /// makes any, since they are busy for long or out of order.
    public void expire(long nowNanos) {
        sweep(time(nowNanos));
    }

    private void sweep(long now) {
        for (int index = active.size() - 1; index >= 0; index--) {
            Tenant<T> tenant = active.get(index);
            sweep(tenant, tenant.line(Priority.INTERACTIVE), now);
            sweep(tenant, tenant.line(Priority.BULK), now);
        }
    }

    private void sweep(Tenant<T> tenant, Tenant.Line<T> line, long now) {
        for (int bucket = 0; bucket < buckets.count() && line.rows() > 0; bucket++) {
            DueQueue<T> queue = line.queue(bucket);
            if (!queue.isEmpty()) {
                long end = earliestEnd(bucket, now);
                while (!queue.isEmpty() && queue.get(0).dueNanos() - end < 0) {
                    overdue(tenant, line, bucket, now);
                }
            }
        }
    }

    private long earliestEnd(int bucket, long now) {
        long earliest = Long.MAX_VALUE;
        for (Device device : devices) {
            if (device.isUp()) {
                earliest = Math.min(earliest, device.freeAtNanos(now) + (long) Math.ceil(device.nanos(bucket, 1)));
            }
        }
        return earliest == Long.MAX_VALUE ? now : earliest;
    }

    private void overdue(Tenant<T> tenant, Tenant.Line<T> line, int bucket, long now) {
        QueuedRow<T> row = line.remove(bucket, 0);
        if (row.hasFurtherDate()) {
            boolean wasAged = row.isAged();
            row.renew(now, policy.target(row.terms().priority()).toNanos());
            line.add(row);
            agedBulkRows += row.terms().priority() == Priority.BULK && !wasAged ? 1 : 0;
            return;
        }
        if (alone(bucket) > row.limitNanos() - row.terms().arrivedNanos()) {
            hopeless(bucket, now, row.limitNanos() - row.terms().arrivedNanos());
        }
        refuse(tenant, row, new Refusal(Refusal.Cause.TOO_LATE, retryAfter(now)));
    }

    @Override
    public void ended(int device, int bucket, int batchRows, long nanos) {
        devices.get(device).ended();
        devices.get(device).ran(bucket, batchRows, nanos);
    }

    @Override
    public void failed(int device) {
        devices.get(device).ended();
    }

    @Override
    public void warmedUp(int device, int bucket, int batchRows, long nanos) {
        devices.get(device).ran(bucket, batchRows, nanos);
    }

    @Override
    public void up(int device, boolean isUp) {
        devices.get(device).setUp(isUp);
    }

    /// Tells how long an answer took from the end of its run until it was on its way. Timeouts are taken to end by the 95th
    /// percentile of that sooner.
    @Override
    public void answered(long nanosAfterRun) {
        tail.add((double) Math.clamp(nanosAfterRun, 0, policy.hardLimit().toNanos()));
    }

    /// How long a run will take at most, by what is known.
    public Duration predicted(int device, int bucket, int batchRows) {
        return Duration.ofNanos((long) devices.get(device).nanos(bucket, batchRows));
    }

    /// The same without its margin: how long runs take on the whole.
    public Duration expected(int device, int bucket, int batchRows) {
        return Duration.ofNanos((long) devices.get(device).profile(bucket).meanNanos(batchRows));
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int bulkRows() {
        return bulkRows;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    /// Of the buckets of rows that wait.
    public long pixels() {
        return pixels;
    }

    @Override
    public Duration backlog(long nowNanos) {
        double work = 0;
        for (Tenant<T> tenant : active) {
            work += work(tenant, Priority.BULK, nowNanos + LONGEST_TIMEOUT_NANOS);
        }
        return Duration.ofNanos((long) (work / devicesUp()));
    }

    /// Time does not go back for decisions, unless it has gone back for good.
    private long time(long nowNanos) {
        if (!hasTime || nowNanos - lastNanos > 0 || lastNanos - nowNanos > JUMP_NANOS) {
            lastNanos = nowNanos;
            hasTime = true;
        }
        return lastNanos;
    }

    @Override
    public long longestWait(long nowNanos) {
        long longest = 0;
        for (Tenant<T> tenant : active) {
            for (Priority priority : Priority.values()) {
                for (int bucket = 0; bucket < buckets.count(); bucket++) {
                    DueQueue<T> queue = tenant.line(priority).queue(bucket);
                    for (int i = 0; i < queue.size(); i++) {
                        longest = Math.max(
                                longest, nowNanos - queue.get(i).terms().arrivedNanos());
                    }
                }
            }
        }
        return longest;
    }
}
