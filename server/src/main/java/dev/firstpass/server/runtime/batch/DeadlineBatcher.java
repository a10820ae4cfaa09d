package dev.firstpass.server.runtime.batch;

import dev.firstpass.registry.Uninterrupted;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.batch.schedule.Batch;
import dev.firstpass.server.runtime.batch.schedule.BatchPolicy;
import dev.firstpass.server.runtime.batch.schedule.QueuedRow;
import dev.firstpass.server.runtime.batch.schedule.Refusal;
import dev.firstpass.server.runtime.batch.schedule.RowTerms;
import dev.firstpass.server.runtime.batch.schedule.Schedule;
import dev.firstpass.server.runtime.batch.schedule.Schedules;
import dev.firstpass.server.runtime.device.Region;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.supervision.CrashLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs rows by when they are due, as a [Schedule] decides, which this class gives threads and time: each lane asks it
/// for the next run whenever it is free. It never waits for a batch to fill.
///
/// With several lanes, whichever is free first takes the next rows: which device runs a row is not decided before one is
/// free. A lane whose session has lost its process gets it back before it takes rows, so that they wait for no device
/// while another is free.
///
/// Thread-safe; owns a platform thread for each lane, which alone touches its session.
public final class DeadlineBatcher implements Batcher {
    private static final Logger LOG = LoggerFactory.getLogger(DeadlineBatcher.class);

    /// How long a lane that cannot get ready leaves the rows to others, before it tries again.
    private static final long STEP_BACK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Region results;
    private final LongSupplier nanoClock;
    private final List<Runner> lanes = new ArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition closing = lock.newCondition();
    private final RowShapes shapes;
    private final Schedule<Ticket> schedule;
    private final RunTally tally = new RunTally();

    /// Rows that the schedule has refused, which are told without the lock.
    private final List<Told> refused = new ArrayList<>();

    /// Counts what a free lane may have to look at.
    private long changes;

    private boolean closed;

    /// By when rows are due.
    public DeadlineBatcher(
            List<Lane> lanes,
            boolean isFixed,
            BatchPolicy policy,
            Region results,
            Supervision supervision,
            CrashLoop crashes,
            LongSupplier nanoClock) {
        this(lanes, isFixed, Schedules.BY_DEADLINE, policy, results, supervision, crashes, nanoClock);
    }

    /// @param lanes one at least
    /// @param isFixed whether all rows have one shape
    /// @param schedules make what decides
    /// @param results where outputs, and inputs of more than one row, are put
    /// @param supervision what is done about runs that go wrong
    /// @param crashes of the version that the sessions are of
    public DeadlineBatcher(
            List<Lane> lanes,
            boolean isFixed,
            Schedules schedules,
            BatchPolicy policy,
            Region results,
            Supervision supervision,
            CrashLoop crashes,
            LongSupplier nanoClock) {
        if (lanes.isEmpty()) {
            throw new IllegalArgumentException("lanes: none (expected: >= 1)");
        }
        this.results = results;
        this.nanoClock = nanoClock;
        this.shapes = new RowShapes(isFixed);
        this.schedule = schedules.make(
                shapes, lanes.size(), (lane, _) -> lanes.get(lane).maxBatch(), policy, _ -> 1, (row, refusal) -> {
                    tally.dropped(refusal.cause());
                    refused.add(new Told(row.payload(), failure(refusal)));
                });
        for (Lane lane : lanes) {
            Runner runner = new Runner(this.lanes.size(), lane, results, supervision, crashes);
            learn(runner.index, lane.warmUp());
            this.lanes.add(runner);
        }
        this.lanes.forEach(runner -> runner.thread.start());
    }

    private void learn(int lane, WarmUpTimes times) {
        times.points()
                .forEach(point -> schedule.warmedUp(lane, shapes.bucket(point.row()), point.rows(), point.nanos()));
    }

    @Override
    public void admit(RowOutline row) {
        Optional<Refusal> refusal;
        lock.lock();
        try {
            requireOpen();
            refusal = schedule.admit(terms(row), nanoClock.getAsLong());
        } finally {
            unlock();
        }
        refusal.ifPresent(why -> {
            throw turnedAway(why);
        });
    }

    @Override
    public CompletableFuture<RowOutputs> submit(BatchItem item) {
        Ticket ticket = new Ticket(item, new CompletableFuture<>(), nanoClock.getAsLong(), false);
        enter(ticket);
        return ticket.future();
    }

    /// Queues a row, or tells it why it is not queued.
    private void enter(Ticket ticket) {
        Optional<FailureException> refusal = Optional.empty();
        Optional<QueuedRow<Ticket>> queued = Optional.empty();
        lock.lock();
        try {
            requireOpen();
            QueuedRow<Ticket> row = new QueuedRow<>(terms(ticket.item().outline()), ticket);
            refusal = schedule.offer(row, nanoClock.getAsLong()).map(this::turnedAway);
            if (refusal.isEmpty()) {
                queued = Optional.of(row);
                changes++;
                wakeOne();
            }
        } catch (FailureException e) {
            refusal = Optional.of(e);
        } finally {
            unlock();
        }
        refusal.ifPresent(ticket::fail);
        queued.ifPresent(row -> {
            var _ = ticket.future().whenComplete((_, _) -> leaveIfCancelled(row));
        });
    }

    private void leaveIfCancelled(QueuedRow<Ticket> row) {
        if (!row.payload().future().isCancelled()) {
            return;
        }
        boolean hasLeft;
        lock.lock();
        try {
            hasLeft = schedule.withdraw(row);
        } finally {
            unlock();
        }
        if (hasLeft) {
            tally.cancelled();
            row.payload().item().row().close();
        }
    }

    private RowTerms terms(RowOutline row) {
        Deadline deadline = row.waiter().deadline();
        return new RowTerms(
                shapes.bucket(row.shapes()),
                row.waiter().priority(),
                row.waiter().caller().tenant().value(),
                row.bytes(),
                deadline.sinceNanos(),
                deadline.isAsked()
                        ? OptionalLong.of(deadline.atNanos() - deadline.sinceNanos())
                        : OptionalLong.empty());
    }

    private void requireOpen() {
        if (closed) {
            throw notReady();
        }
    }

    private static FailureException notReady() {
        return Failure.of(Reason.MODEL_NOT_READY, "the model version is being unloaded")
                .asException();
    }

    private FailureException turnedAway(Refusal refusal) {
        tally.turnedAway(refusal.cause());
        return failure(refusal);
    }

    private static FailureException failure(Refusal refusal) {
        Optional<Duration> retryAfter =
                Optional.of(Duration.ofNanos(refusal.retryAfterNanos())).filter(Duration::isPositive);
        return switch (refusal.cause()) {
            case QUEUE_FULL -> overloaded("no more rows may wait for this model", retryAfter);
            case TENANT_FULL -> overloaded("no more rows of one tenant may wait for this model", retryAfter);
            case TOO_LATE ->
                retryAfter.isPresent()
                        ? overloaded("the answer would come too late", retryAfter)
                        : Failure.of(Reason.DEADLINE_EXCEEDED, "the model takes longer than the time allowed")
                                .asException();
        };
    }

    private static FailureException overloaded(String detail, Optional<Duration> retryAfter) {
        return new Failure(Reason.OVERLOADED, detail, Optional.empty(), retryAfter).asException();
    }

    @Override
    public void answered(long nanosAfterRun) {
        lock.lock();
        try {
            schedule.answered(nanosAfterRun);
        } finally {
            unlock();
        }
    }

    @Override
    public boolean areResultsShort() {
        return results.isMostlyLent();
    }

    @Override
    public QueueState queue() {
        lock.lock();
        try {
            long now = nanoClock.getAsLong();
            return new QueueState(
                    schedule.rows(),
                    schedule.bulkRows(),
                    schedule.bytes(),
                    schedule.backlog(now),
                    Duration.ofNanos(schedule.longestWait(now)),
                    lanes.stream()
                            .mapToLong(lane -> lane.runner.punctuality().begunLate())
                            .sum(),
                    lanes.stream()
                            .mapToLong(lane -> lane.runner.punctuality().endedLate())
                            .sum(),
                    tally.counts());
        } finally {
            unlock();
        }
    }

    /// Lets the lock go and tells rows that were refused meanwhile, as whoever is told may call again.
    private void unlock() {
        if (refused.isEmpty() || lock.getHoldCount() > 1) {
            lock.unlock();
            return;
        }
        List<Told> all = List.copyOf(refused);
        refused.clear();
        lock.unlock();
        all.forEach(told -> told.ticket.fail(told.failure));
    }

    /// Wakes a lane that waits and has not yet seen what there is now. With the lock.
    private void wakeOne() {
        for (Runner lane : lanes) {
            if (lane.isWaiting && lane.seen != changes) {
                lane.isWaiting = false;
                lane.wake.signal();
                return;
            }
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            lanes.forEach(lane -> lane.wake.signal());
            closing.signalAll();
        } finally {
            unlock();
        }
        takeAll().forEach(row -> row.payload().fail(notReady()));
        lanes.forEach(lane -> Uninterrupted.join(lane.thread));
        lanes.forEach(lane -> lane.runner.close());
    }

    private List<QueuedRow<Ticket>> takeAll() {
        lock.lock();
        try {
            return schedule.withdrawAll();
        } finally {
            unlock();
        }
    }

    /// A row that was refused, and why.
    private record Told(Ticket ticket, FailureException failure) {}

    /// A lane at work.
    ///
    /// What is not final is changed and read with the batcher's lock.
    private final class Runner {
        private final int index;
        private final EngineSession session;
        private final BatchRunner runner;
        private final Thread thread;
        private final Condition wake = lock.newCondition();

        /// Its own, while it runs them.
        private final Batch<Ticket> batch = new Batch<>();

        private boolean isWaiting;

        /// The changes that it had seen when it last found nothing to do.
        private long seen;

        /// Whether it could not get ready when it last had to, and has not tried since.
        private boolean isOut;

        Runner(int index, Lane lane, Region results, Supervision supervision, CrashLoop crashes) {
            this.index = index;
            this.session = lane.session();
            this.runner = new BatchRunner(
                    session, lane.maxBatch(), results, supervision, crashes, tally, this::leaveToOthers, nanoClock);
            this.thread = Thread.ofPlatform().name(lane.threadName()).daemon().unstarted(this::work);
        }

        private void work() {
            boolean isOpen = true;
            while (isOpen) {
                try {
                    isOpen = step();
                } catch (RuntimeException | Error e) {
                    LOG.error("{}: could not go on; whatever waits is told", thread.getName(), e);
                    List<QueuedRow<Ticket>> lost = new ArrayList<>(batch.rows());
                    lost.addAll(takeAll());
                    lost.forEach(row -> row.payload().fail(e));
                }
            }
        }

        /// @return whether there may be more to do
        private boolean step() {
            Optional<Throwable> trouble;
            lock.lock();
            try {
                if (closed) {
                    return false;
                }
                trouble = next();
            } finally {
                unlock();
            }
            if (!batch.isEmpty()) {
                run(trouble);
            }
            return true;
        }

        /// Fills the batch, or waits for something to put into it; afterwards there may be none all the same.
        ///
        /// @return why the batch cannot be run, if it cannot
        private Optional<Throwable> next() {
            batch.clear();
            if (schedule.rows() > 0 && !canBegin()) {
                return getReady();
            }
            take();
            if (!batch.isEmpty()) {
                if (schedule.rows() > 0) {
                    wakeOne();
                }
            } else if (refused.isEmpty()) {
                waitForMore();
            }
            return Optional.empty();
        }

        private boolean canBegin() {
            return lanes.size() == 1 || session.isReady();
        }

        private void take() {
            isOut = false;
            schedule.up(index, true);
            schedule.take(index, nanoClock.getAsLong(), batch);
        }

        private void waitForMore() {
            seen = changes;
            isWaiting = true;
            if (schedule.rows() > 0) {
                // What this lane cannot run in time another may.
                wakeOne();
                // ... or this one, later.
                waitWhile(wake, schedule.askAgain().toNanos(), () -> isWaiting);
            } else {
                while (isWaiting && !closed) {
                    wake.awaitUninterruptibly();
                }
            }
            isWaiting = false;
        }

        private void run(Optional<Throwable> trouble) {
            List<Ticket> tickets = batch.rows().stream().map(QueuedRow::payload).toList();
            if (trouble.isPresent()) {
                BatchRunner.refuse(tickets, trouble.get());
                ended(BatchRunner.Ran.NOTHING);
            } else {
                ended(runner.run(tickets));
            }
        }

        private void ended(BatchRunner.Ran ran) {
            lock.lock();
            try {
                if (ran.rows() > 0) {
                    schedule.ended(index, batch.bucket(), ran.rows(), ran.nanos());
                } else {
                    schedule.failed(index);
                }
            } finally {
                unlock();
            }
        }

        /// Gets the session back, without the lock, and with the rows left to the other lanes meanwhile. If that fails it
        /// leaves them to the others for a while longer; where none of those can run any, a batch of them is to be told.
        private Optional<Throwable> getReady() {
            isOut = false;
            schedule.up(index, false);
            changes++;
            wakeOne();
            Optional<Throwable> failure = prepared();
            isOut = failure.isPresent();
            schedule.up(index, !isOut);
            if (failure.isEmpty() || closed) {
                return Optional.empty();
            }
            if (othersCanRun()) {
                stepBack();
                return Optional.empty();
            }
            schedule.take(index, nanoClock.getAsLong(), batch);
            return failure;
        }

        private Optional<Throwable> prepared() {
            lock.unlock();
            try {
                runner.prepare();
                return Optional.empty();
            } catch (RuntimeException | Error e) {
                LOG.warn("{}: cannot run models now", thread.getName(), e);
                return Optional.of(e);
            } finally {
                lock.lock();
            }
        }

        private boolean othersCanRun() {
            return lanes.stream().anyMatch(lane -> lane != this && !lane.isOut);
        }

        private void stepBack() {
            waitWhile(closing, STEP_BACK_NANOS, () -> true);
        }

        /// Waits for so long at most, as long as nobody closes the batcher.
        private void waitWhile(Condition condition, long nanos, BooleanSupplier goesOn) {
            try {
                long left = nanos;
                while (left > 0 && !closed && goesOn.getAsBoolean()) {
                    left = condition.awaitNanos(left);
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts this thread", e);
            }
        }

        /// Puts rows back into the queue, each once at most, if the session cannot be had again and another lane can run
        /// them.
        ///
        /// @param isGone whether it is known that the session cannot be had; else it is tried
        /// @return whether they are no longer this lane's
        private boolean leaveToOthers(List<Ticket> rows, boolean isGone) {
            if (lanes.size() == 1 || rows.stream().anyMatch(Ticket::isBack)) {
                return false;
            }
            lock.lock();
            try {
                isOut = !session.isReady() && (isGone || prepared().isPresent());
                schedule.up(index, !isOut);
                if (!isOut || closed || !othersCanRun()) {
                    return false;
                }
            } finally {
                unlock();
            }
            rows.forEach(row -> enter(row.back()));
            return true;
        }
    }
}
