package dev.firstpass.server.runtime.batch;

import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.device.Region;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.supervision.CrashLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// Runs rows in the order they came: the oldest one, and with it the oldest others of the same shape, up to the most
/// that the model takes. It never waits for a batch to fill.
///
/// Thread-safe; owns one platform thread, which alone touches the session.
public final class ArrivalOrderBatcher implements Batcher {
    private final int maxBatch;
    private final int capacity;
    private final LongSupplier nanoClock;
    private final BatchRunner runner;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Ticket> queue = new ArrayDeque<>();
    private boolean closed;

    /// @param session used by this batcher's thread alone; not closed by it
    /// @param threadName for instance `infer-coco-v3-cpu`
    /// @param inputName the tensor that rows go into
    /// @param maxBatch most rows in one run
    /// @param capacity most rows that may wait
    /// @param results where outputs, and inputs of more than one row, are put
    /// @param supervision what is done about runs that go wrong
    /// @param crashes of the version that the session is of
    public ArrivalOrderBatcher(
            EngineSession session,
            String threadName,
            String inputName,
            int maxBatch,
            int capacity,
            Region results,
            Supervision supervision,
            CrashLoop crashes,
            LongSupplier nanoClock) {
        this.maxBatch = maxBatch;
        this.capacity = capacity;
        this.nanoClock = nanoClock;
        this.runner = new BatchRunner(session, inputName, results, supervision, crashes, nanoClock);
        this.thread = Thread.ofPlatform().name(threadName).daemon().start(this::work);
    }

    @Override
    public CompletableFuture<RowOutputs> submit(BatchItem item) {
        CompletableFuture<RowOutputs> future = new CompletableFuture<>();
        lock.lock();
        try {
            Ticket ticket = new Ticket(item, future, nanoClock.getAsLong());
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
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        runner.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
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
            while (true) {
                if (closed) {
                    return List.of();
                }
                queue.removeIf(Ticket::isOver);
                if (!queue.isEmpty()) {
                    return takeLikeOldest();
                }
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private List<Ticket> takeLikeOldest() {
        Shape shape = queue.getFirst().item().row().shape();
        List<Ticket> batch = new ArrayList<>();
        Iterator<Ticket> tickets = queue.iterator();
        while (tickets.hasNext() && batch.size() < maxBatch) {
            Ticket ticket = tickets.next();
            if (ticket.item().row().shape().equals(shape)) {
                batch.add(ticket);
                tickets.remove();
            }
        }
        return batch;
    }

    private static FailureException notReady() {
        return Failure.of(Reason.MODEL_NOT_READY, "the model version is being unloaded")
                .asException();
    }
}
