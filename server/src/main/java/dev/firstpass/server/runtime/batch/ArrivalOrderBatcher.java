package dev.firstpass.server.runtime.batch;

import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.device.Region;
import dev.firstpass.server.runtime.device.Row;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.supervision.CrashLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs rows in the order they came: the oldest one, and with it the oldest others of the same shape, up to the most
/// that the model takes. It never waits for a batch to fill.
///
/// With several lanes, whichever is free first takes the next rows: which device runs a row is not decided before one is
/// free. A lane whose session has lost its process gets it back before it takes rows, so that they wait for no device
/// while another is free.
///
/// Thread-safe; owns a platform thread for each lane, which alone touches its session.
public final class ArrivalOrderBatcher implements Batcher {
    private static final Logger LOG = LoggerFactory.getLogger(ArrivalOrderBatcher.class);

    /// How long a lane that cannot get ready leaves the rows to others, before it tries again.
    private static final long STEP_BACK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final int capacity;
    private final LongSupplier nanoClock;
    private final List<Runner> lanes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Condition closing = lock.newCondition();
    private final ArrayDeque<Ticket> queue = new ArrayDeque<>();
    private boolean closed;

    /// @param lanes one at least
    /// @param capacity most rows that may wait
    /// @param results where outputs, and inputs of more than one row, are put
    /// @param supervision what is done about runs that go wrong
    /// @param crashes of the version that the sessions are of
    public ArrivalOrderBatcher(
            List<Lane> lanes,
            int capacity,
            Region results,
            Supervision supervision,
            CrashLoop crashes,
            LongSupplier nanoClock) {
        if (lanes.isEmpty()) {
            throw new IllegalArgumentException("lanes: none (expected: >= 1)");
        }
        this.capacity = capacity;
        this.nanoClock = nanoClock;
        this.lanes = lanes.stream()
                .map(lane -> new Runner(lane, results, supervision, crashes))
                .toList();
        this.lanes.forEach(runner -> runner.thread.start());
    }

    @Override
    public CompletableFuture<RowOutputs> submit(BatchItem item) {
        CompletableFuture<RowOutputs> future = new CompletableFuture<>();
        lock.lock();
        try {
            Ticket ticket = new Ticket(item, future, nanoClock.getAsLong(), false);
            if (closed) {
                ticket.fail(notReady());
            } else if (queue.size() >= capacity) {
                ticket.fail(Failure.overloaded("queue: " + queue.size() + " rows (expected: < " + capacity + ")")
                        .asException());
            } else {
                queue.add(ticket);
                changed.signal();
            }
            return future;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int depth() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
            closing.signalAll();
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        for (Runner lane : lanes) {
            while (lane.thread.isAlive()) {
                try {
                    lane.thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        lanes.forEach(lane -> lane.runner.close());
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static FailureException notReady() {
        return Failure.of(Reason.MODEL_NOT_READY, "the model version is being unloaded")
                .asException();
    }

    /// A lane at work.
    ///
    /// What is not final is changed and read with the batcher's lock.
    private final class Runner {
        private final EngineSession session;
        private final int maxBatch;
        private final BatchRunner runner;
        private final Thread thread;

        /// Whether it could not get ready when it last had to, and has not tried since.
        private boolean isOut;

        Runner(Lane lane, Region results, Supervision supervision, CrashLoop crashes) {
            this.session = lane.session();
            this.maxBatch = lane.maxBatch();
            this.runner = new BatchRunner(session, results, supervision, crashes, this::leaveToOthers, nanoClock);
            this.thread = Thread.ofPlatform().name(lane.threadName()).daemon().unstarted(this::work);
        }

        private void work() {
            for (List<Ticket> batch = nextBatch(); !batch.isEmpty(); batch = nextBatch()) {
                runner.run(batch);
            }
            lock.lock();
            try {
                queue.forEach(ticket -> ticket.fail(notReady()));
                queue.clear();
            } finally {
                lock.unlock();
            }
        }

        /// The rows to run next; empty when the batcher is closed.
        private List<Ticket> nextBatch() {
            lock.lock();
            try {
                while (!closed) {
                    queue.removeIf(Ticket::isOver);
                    if (queue.isEmpty()) {
                        isOut = false;
                        changed.awaitUninterruptibly();
                    } else if (lanes.size() == 1 || session.isReady()) {
                        isOut = false;
                        return takeLikeOldest();
                    } else {
                        getReady();
                    }
                }
                return List.of();
            } finally {
                lock.unlock();
            }
        }

        private List<Ticket> takeLikeOldest() {
            Row oldest = queue.getFirst().item().row();
            List<Ticket> batch = new ArrayList<>();
            Iterator<Ticket> tickets = queue.iterator();
            while (tickets.hasNext() && batch.size() < maxBatch) {
                Ticket ticket = tickets.next();
                if (ticket.item().row().runsWith(oldest)) {
                    batch.add(ticket);
                    tickets.remove();
                }
            }
            if (!queue.isEmpty()) {
                changed.signal();
            }
            return batch;
        }

        /// Gets the session back, without the lock, and with the rows left to the other lanes meanwhile. If that fails it
        /// leaves them to the others for a while longer; where none of those can run any, the rows are told.
        private void getReady() {
            changed.signal();
            isOut = false;
            Optional<Throwable> failure = prepared();
            isOut = failure.isPresent();
            if (failure.isEmpty() || closed) {
                return;
            }
            if (othersCanRun()) {
                stepBack();
            } else if (!queue.isEmpty()) {
                BatchRunner.refuse(takeLikeOldest(), failure.get());
            }
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
            try {
                long left = STEP_BACK_NANOS;
                while (left > 0 && !closed) {
                    left = closing.awaitNanos(left);
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
                if (!isOut || closed || !othersCanRun()) {
                    return false;
                }
                rows.reversed().forEach(row -> queue.addFirst(row.back()));
                changed.signal();
                return true;
            } finally {
                lock.unlock();
            }
        }
    }
}
