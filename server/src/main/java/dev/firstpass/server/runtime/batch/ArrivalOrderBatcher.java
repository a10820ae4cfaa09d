package dev.firstpass.server.runtime.batch;

import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.device.Region;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs rows in the order they came: the oldest one, and with it the oldest others of the same shape, up to the most
/// that the model takes. It never waits for a batch to fill. A batch on which the model fails is run again row by
/// row, so that only the row at fault fails.
///
/// Thread-safe; owns one platform thread, which alone touches the session.
public final class ArrivalOrderBatcher implements Batcher {
    private static final Logger LOG = LoggerFactory.getLogger(ArrivalOrderBatcher.class);

    private final EngineSession session;
    private final String inputName;
    private final int maxBatch;
    private final int capacity;
    private final Region results;
    private final LongSupplier nanoClock;
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
    public ArrivalOrderBatcher(
            EngineSession session,
            String threadName,
            String inputName,
            int maxBatch,
            int capacity,
            Region results,
            LongSupplier nanoClock) {
        this.session = session;
        this.inputName = inputName;
        this.maxBatch = maxBatch;
        this.capacity = capacity;
        this.results = results;
        this.nanoClock = nanoClock;
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
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        for (List<Ticket> batch = nextBatch(); !batch.isEmpty(); batch = nextBatch()) {
            runGuarded(batch);
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
        Shape shape = queue.getFirst().item.row().shape();
        List<Ticket> batch = new ArrayList<>();
        Iterator<Ticket> tickets = queue.iterator();
        while (tickets.hasNext() && batch.size() < maxBatch) {
            Ticket ticket = tickets.next();
            if (ticket.item.row().shape().equals(shape)) {
                batch.add(ticket);
                tickets.remove();
            }
        }
        return batch;
    }

    /// Whatever goes wrong with a batch, its rows hear of it and the thread goes on.
    private void runGuarded(List<Ticket> batch) {
        try {
            run(batch);
        } catch (EngineException | FailureException e) {
            // A model that fails on one of the rows; or no room for all of them at once.
            if (batch.size() > 1) {
                batch.stream().filter(ticket -> !ticket.isOver()).forEach(ticket -> runGuarded(List.of(ticket)));
            } else {
                fail(batch, e instanceof EngineException engine ? modelFailed(engine) : e);
            }
        } catch (RuntimeException | Error e) {
            LOG.error("{}: batch of {} failed", thread.getName(), batch.size(), e);
            fail(batch, e);
        }
    }

    private FailureException modelFailed(EngineException e) {
        LOG.warn("{}: {}", thread.getName(), e.getMessage());
        return new FailureException(Failure.of(Reason.MODEL_FAILED, "the model failed on this input"), e);
    }

    private void run(List<Ticket> batch) {
        long start = nanoClock.getAsLong();
        RunMemory memory = new RunMemory(results, latestDeadline(batch));
        List<SharedOutputs> shares = new ArrayList<>();
        try {
            List<BatchTensor> outputs = outputs(batch, memory);
            SharedBlock shared = memory.share(batch.size());
            for (int i = 0; i < batch.size(); i++) {
                shares.add(SharedOutputs.of(outputs, i, batch.size(), shared));
            }
        } catch (RuntimeException | Error e) {
            memory.close();
            throw e;
        }
        long inferNanos = nanoClock.getAsLong() - start;
        for (int i = 0; i < batch.size(); i++) {
            Ticket ticket = batch.get(i);
            ticket.complete(new RowOutputs(shares.get(i), start - ticket.submittedNanos, inferNanos, batch.size()));
        }
    }

    private static Deadline latestDeadline(List<Ticket> batch) {
        return batch.stream()
                .map(ticket -> ticket.item.deadline())
                .max(Comparator.comparingLong(Deadline::remainingNanos))
                .orElseThrow();
    }

    private List<BatchTensor> outputs(List<Ticket> batch, RunMemory memory) {
        while (true) {
            try {
                return session.run(List.of(input(batch, memory)), memory);
            } catch (RunMemory.NoRoom missing) {
                memory.waitForAll(missing);
            }
        }
    }

    /// The rows as one tensor: in place where there is one, side by side in lent memory otherwise.
    private BatchTensor input(List<Ticket> batch, RunMemory memory) {
        var first = batch.getFirst().item.row();
        if (batch.size() == 1) {
            return new BatchTensor(
                    inputName, first.type(), first.shape(), first.block().segment());
        }
        long rowBytes = first.block().segment().byteSize();
        MemorySegment joined = memory.allocate(rowBytes * batch.size());
        for (int i = 0; i < batch.size(); i++) {
            MemorySegment row = batch.get(i).item.row().block().segment();
            MemorySegment.copy(row, 0, joined, i * rowBytes, rowBytes);
        }
        return new BatchTensor(inputName, first.type(), first.shape().withBatch(batch.size()), joined);
    }

    private static void fail(List<Ticket> batch, Throwable failure) {
        batch.forEach(ticket -> ticket.fail(failure));
    }

    private static FailureException notReady() {
        return Failure.of(Reason.MODEL_NOT_READY, "the model version is being unloaded")
                .asException();
    }

    /// A row that waits, and whoever waits for it. Each ends in exactly one of `complete`, `fail` and `isOver`, which
    /// give the row's memory back.
    private record Ticket(BatchItem item, CompletableFuture<RowOutputs> future, long submittedNanos) {
        void complete(RowOutputs outputs) {
            item.row().close();
            if (!future.complete(outputs)) {
                outputs.raw().close();
            }
        }

        void fail(Throwable failure) {
            item.row().close();
            future.completeExceptionally(failure);
        }

        /// Whether nobody waits for it any more; a row past its deadline is told so.
        boolean isOver() {
            if (item.deadline().isPassed()) {
                fail(Failure.of(Reason.DEADLINE_EXCEEDED, "the deadline passed in the queue")
                        .asException());
            } else if (future.isDone()) {
                item.row().close();
            }
            return future.isDone();
        }
    }
}
