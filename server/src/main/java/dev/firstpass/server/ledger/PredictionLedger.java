package dev.firstpass.server.ledger;

import dev.firstpass.registry.Uninterrupted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps every answer: append-only, in a database of its own, in groups of some 100 ms that one thread writes and
/// syncs. **What an answer acknowledges is not that it is in the ledger**: a crash, of the process or of the machine,
/// loses the answers of the last second at most. A request never waits for it and never fails over it: where the queue
/// is full, the prediction is dropped and counted.
///
/// A disk that is full or broken is tried again every few seconds, and told in the log once; meanwhile the queue fills
/// up. A file that is damaged is put aside and a new one is begun.
///
/// Thread-safe. Owns its thread and its file; `close` writes what is queued.
public final class PredictionLedger implements Consumer<Prediction>, PredictionListing, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PredictionLedger.class);

    /// The name of its SQLite database in the data directory.
    public static final String FILE = "predictions.db";

    private static final int CAPACITY = 16_384;

    private static final long GROUP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(2);

    /// How often an idle ledger looks for what is too old.
    private static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(1);

    /// How long a look-up waits for the answers before it to be written.
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Path file;
    private final LedgerReader reader;
    private final LedgerLimits limits;
    private final InstantSource clock;
    private final int capacity;
    private final Thread writer;

    private final Queue<Prediction> queue = new ConcurrentLinkedQueue<>();

    /// Predictions that are queued or being written.
    private final AtomicInteger pending = new AtomicInteger();

    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicLong written = new AtomicLong();

    /// Written or given up.
    private final AtomicLong settled = new AtomicLong();

    /// Of the first prediction that is not written yet; null while the writer has none in its hands.
    private volatile @Nullable Instant oldest;

    private volatile boolean idle;
    private volatile boolean hurried;
    private volatile boolean broken;
    private volatile boolean closing;

    private final ReentrantLock progress = new ReentrantLock();
    private final Condition progressed = progress.newCondition();

    private PredictionLedger(Path file, LedgerLimits limits, InstantSource clock, int capacity) {
        this.file = file;
        this.reader = new LedgerReader(file);
        this.limits = limits;
        this.clock = clock;
        this.capacity = capacity;
        this.writer = Thread.ofPlatform().name("ledger").daemon().unstarted(this::write);
    }

    /// Opens the ledger of a data directory. Does not touch the disk and does not fail: what is wrong shows when the
    /// first prediction is written.
    public static PredictionLedger open(Path data, LedgerLimits limits, InstantSource clock) {
        return open(data, limits, clock, CAPACITY);
    }

    /// @param capacity predictions that may wait to be written
    static PredictionLedger open(Path data, LedgerLimits limits, InstantSource clock, int capacity) {
        PredictionLedger ledger = new PredictionLedger(data.resolve(FILE), limits, clock, capacity);
        ledger.writer.start();
        return ledger;
    }

    /// Takes a prediction for the next group, or drops it. Takes no lock and does not wait.
    @Override
    public void accept(Prediction prediction) {
        int waiting = pending.incrementAndGet();
        if (closing || waiting > capacity) {
            pending.decrementAndGet();
            dropped.incrementAndGet();
            return;
        }
        queue.add(prediction);
        accepted.incrementAndGet();
        if (idle || waiting == capacity / 2) {
            LockSupport.unpark(writer);
        }
    }

    /// Predictions that are on the disk, since the ledger was opened.
    public long written() {
        return written.get();
    }

    /// Predictions that are not in the ledger and will not be, since it was opened.
    public long dropped() {
        return dropped.get();
    }

    /// How long ago the first prediction was made that is not on the disk; zero if all are.
    public Duration lag() {
        Instant held = oldest;
        Prediction first = queue.peek();
        Instant since = held != null ? held : first != null ? first.at() : clock.instant();
        Duration lag = Duration.between(since, clock.instant());
        return lag.isNegative() ? Duration.ZERO : lag;
    }

    // --- Looking up

    @Override
    public boolean isRecording() {
        return true;
    }

    @Override
    public Optional<RecordedPrediction> find(UUID id) {
        awaitWritten();
        return reader.find(id);
    }

    @Override
    public List<RecordedPrediction> list(PredictionQuery query) {
        awaitWritten();
        return reader.list(query);
    }

    /// Waits until what was accepted before is written, but not for a disk that is out of order.
    private void awaitWritten() {
        long wanted = accepted.get();
        long left = PATIENCE_NANOS;
        progress.lock();
        try {
            while (settled.get() < wanted && left > 0 && !broken) {
                hurried = true;
                LockSupport.unpark(writer);
                left = progressed.awaitNanos(left);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            progress.unlock();
        }
    }

    // --- The writer's thread

    private void write() {
        List<Prediction> group = new ArrayList<>();
        try (Disk disk = new Disk()) {
            while (!closing || !queue.isEmpty() || !group.isEmpty()) {
                rest();
                fill(group);
                switch (disk.write(group)) {
                    case WRITTEN -> settle(group, true);
                    case REFUSED -> settle(group, false);
                    case BROKEN -> {
                        if (closing) {
                            settle(group, false);
                        }
                    }
                }
                disk.prune();
            }
        }
    }

    /// Lets a group come together; without predictions, until there is one.
    private void rest() {
        if (broken) {
            sleep(RETRY_NANOS, () -> false);
            return;
        }
        idle = true;
        if (queue.isEmpty() && !closing) {
            LockSupport.parkNanos(IDLE_NANOS);
        }
        idle = false;
        if (!queue.isEmpty()) {
            sleep(GROUP_NANOS, () -> hurried || pending.get() >= capacity / 2);
        }
        hurried = false;
    }

    private void sleep(long nanos, BooleanSupplier isOver) {
        long end = System.nanoTime() + nanos;
        long left = nanos;
        while (left > 0 && !closing && !isOver.getAsBoolean()) {
            LockSupport.parkNanos(left);
            left = end - System.nanoTime();
        }
    }

    /// Adds what is queued to a group, which may hold what could not be written yet.
    private void fill(List<Prediction> group) {
        Prediction first = queue.peek();
        if (group.isEmpty() && first != null) {
            oldest = first.at();
        }
        for (Prediction next = queue.poll(); next != null; next = queue.poll()) {
            group.add(next);
        }
    }

    private void settle(List<Prediction> group, boolean isWritten) {
        oldest = null;
        pending.addAndGet(-group.size());
        progress.lock();
        try {
            if (isWritten) {
                written.addAndGet(group.size());
            } else {
                dropped.addAndGet(group.size());
            }
            settled.addAndGet(group.size());
            progressed.signalAll();
        } finally {
            progress.unlock();
        }
        group.clear();
    }

    private enum Outcome {
        WRITTEN,
        REFUSED,
        /// To be tried again.
        BROKEN
    }

    /// The file while it works, and what is done when it does not.
    private final class Disk implements AutoCloseable {
        private @Nullable LedgerFile open;

        Outcome write(List<Prediction> group) {
            if (group.isEmpty()) {
                return Outcome.WRITTEN;
            }
            try {
                open().write(group);
                works();
                return Outcome.WRITTEN;
            } catch (SQLException e) {
                broke(e);
                return Outcome.BROKEN;
            } catch (RuntimeException e) {
                LOG.error("{} answers are not in the ledger of predictions: a fault of ours", group.size(), e);
                return Outcome.REFUSED;
            }
        }

        /// In small pieces, so that what is queued meanwhile does not wait for all of it.
        void prune() {
            try {
                if (!broken && LedgerFile.exists(file)) {
                    boolean isMore = open().prune(limits, clock.instant());
                    while (isMore && queue.isEmpty() && !closing) {
                        isMore = open().prune(limits, clock.instant());
                    }
                }
            } catch (SQLException e) {
                broke(e);
            } catch (RuntimeException e) {
                // The thread has to go on: without it nothing is written any more.
                LOG.error("the ledger of predictions cannot be pruned: a fault of ours", e);
            }
        }

        private LedgerFile open() throws SQLException {
            LedgerFile ledger = open != null ? open : LedgerFile.open(file);
            open = ledger;
            return ledger;
        }

        private void works() {
            if (broken) {
                LOG.info("answers are written to the ledger of predictions again");
                broken = false;
            }
        }

        private void broke(SQLException e) {
            close();
            if (LedgerFile.isDamage(e)) {
                putAside(e);
            } else if (!broken) {
                LOG.error("answers cannot be written to the ledger of predictions; it is tried again and again", e);
            }
            broken = true;
        }

        private void putAside(SQLException e) {
            String name = FILE + ".damaged-" + clock.instant().toEpochMilli();
            try {
                for (String part : List.of("-wal", "-shm", "")) {
                    if (Files.exists(file.resolveSibling(FILE + part))) {
                        Files.move(file.resolveSibling(FILE + part), file.resolveSibling(name + part));
                    }
                }
                LOG.error("the ledger of predictions is damaged; it is {} now, and a new one begins", name, e);
            } catch (IOException move) {
                LOG.error("the ledger of predictions is damaged and cannot be put aside", move);
            }
        }

        @Override
        public void close() {
            LedgerFile ledger = open;
            open = null;
            try {
                if (ledger != null) {
                    ledger.close();
                }
            } catch (SQLException e) {
                LOG.warn("the ledger of predictions was not closed well", e);
            }
        }
    }

    /// Writes what is queued, and ends. What comes later is dropped.
    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(writer);
        Uninterrupted.join(writer);
    }
}
