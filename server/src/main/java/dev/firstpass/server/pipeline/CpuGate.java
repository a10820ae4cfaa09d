package dev.firstpass.server.pipeline;

import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The first gate: as many threads compute or decode at a time as there are permits. Without it, a few busy virtual
/// threads would starve all others of the carriers they share.
///
/// Thread-safe. Tenants take turns, and each one's threads are served in the order in which they came: who asks for ten
/// times as much as another does not make it wait ten times as long.
public final class CpuGate {
    private final ReentrantLock lock = new ReentrantLock();

    /// Those with threads that wait, the next one first.
    private final Deque<Line> turns = new ArrayDeque<>();

    private final Map<String, Line> lines = new HashMap<>();

    /// None while anybody waits.
    private int free;

    private int waiting;

    /// @param permits 1 at least
    public CpuGate(int permits) {
        if (permits < 1) {
            throw new IllegalArgumentException("permits: " + permits + " (expected: >= 1)");
        }
        this.free = permits;
    }

    /// Waits for a permit for the server's own work.
    ///
    /// @return closing it gives the permit back; once
    /// @throws dev.firstpass.server.failure.FailureException DEADLINE_EXCEEDED when none came free in time
    public Permit enter(Deadline deadline) throws InterruptedException {
        return enter(deadline, Caller.LOCAL.tenant().value());
    }

    /// Waits for a permit.
    ///
    /// @param tenant for whom
    /// @return closing it gives the permit back; once
    /// @throws dev.firstpass.server.failure.FailureException DEADLINE_EXCEEDED when none came free in time
    public Permit enter(Deadline deadline, String tenant) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            if (free > 0) {
                free--;
            } else {
                await(deadline, tenant);
            }
        } finally {
            lock.unlock();
        }
        return this::release;
    }

    private void await(Deadline deadline, String tenant) throws InterruptedException {
        Turn turn = new Turn(lock.newCondition());
        Line line = lines.computeIfAbsent(tenant, Line::new);
        if (line.threads.isEmpty()) {
            turns.addLast(line);
        }
        line.threads.addLast(turn);
        waiting++;
        try {
            long left = deadline.remainingNanos();
            while (!turn.isGiven && left > 0) {
                left = turn.given.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            if (turn.isGiven) {
                pass();
            } else {
                leave(line, turn);
            }
            throw e;
        }
        if (!turn.isGiven) {
            leave(line, turn);
            throw Failure.of(Reason.DEADLINE_EXCEEDED, "no CPU came free before the deadline")
                    .asException();
        }
    }

    private void leave(Line line, Turn turn) {
        line.threads.remove(turn);
        waiting--;
        if (line.threads.isEmpty()) {
            turns.remove(line);
            lines.remove(line.tenant);
        }
    }

    private void release() {
        lock.lock();
        try {
            pass();
        } finally {
            lock.unlock();
        }
    }

    /// Gives a permit to whose turn it is.
    private void pass() {
        Optional<Line> next = Optional.ofNullable(turns.pollFirst());
        if (next.isEmpty()) {
            free++;
            return;
        }
        Line line = next.get();
        Turn turn = line.threads.removeFirst();
        waiting--;
        if (line.threads.isEmpty()) {
            lines.remove(line.tenant);
        } else {
            turns.addLast(line);
        }
        turn.isGiven = true;
        turn.given.signal();
    }

    /// Threads that wait now.
    public int waiting() {
        lock.lock();
        try {
            return waiting;
        } finally {
            lock.unlock();
        }
    }

    /// A permit in hand.
    @FunctionalInterface
    public interface Permit extends AutoCloseable {
        @Override
        void close();
    }

    /// A tenant's threads that wait. With the lock.
    private static final class Line {
        private final String tenant;
        private final Deque<Turn> threads = new ArrayDeque<>();

        Line(String tenant) {
            this.tenant = tenant;
        }
    }

    /// A thread that waits. With the lock.
    private static final class Turn {
        private final Condition given;
        private boolean isGiven;

        Turn(Condition given) {
            this.given = given;
        }
    }
}
