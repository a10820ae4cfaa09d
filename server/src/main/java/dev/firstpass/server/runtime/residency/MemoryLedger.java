package dev.firstpass.server.runtime.residency;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/// The memory of one device that models may take, and what is taken of it.
///
/// Thread-safe; every call is a few additions.
public final class MemoryLedger {
    private final long budgetBytes;
    private long usedBytes;

    /// @param budgetBytes what all accounts together may hold
    public MemoryLedger(long budgetBytes) {
        this.budgetBytes = budgetBytes;
    }

    public long budgetBytes() {
        return budgetBytes;
    }

    /// What all open accounts hold; over the budget where one was found to hold more than was thought.
    public synchronized long usedBytes() {
        return usedBytes;
    }

    /// What may still be taken; negative where too much is.
    public synchronized long freeBytes() {
        return budgetBytes - usedBytes;
    }

    /// Takes memory if there is enough. The caller closes the account when it is given back.
    public synchronized Optional<Account> open(long bytes) {
        if (bytes < 0 || bytes > budgetBytes - usedBytes) {
            return Optional.empty();
        }
        usedBytes += bytes;
        return Optional.of(new Account(bytes));
    }

    private synchronized void add(long bytes) {
        usedBytes += bytes;
    }

    /// One holder's memory.
    ///
    /// For one thread at a time, apart from `bytes` and `close`. A second close does nothing.
    public final class Account implements AutoCloseable {
        private final AtomicBoolean closed = new AtomicBoolean();
        private volatile long bytes;

        private Account(long bytes) {
            this.bytes = bytes;
        }

        public long bytes() {
            return bytes;
        }

        /// It was measured what it really holds; more than was free, perhaps.
        public void settle(long measured) {
            if (closed.get()) {
                throw new IllegalStateException("account was closed");
            }
            add(measured - bytes);
            bytes = measured;
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                add(-bytes);
            }
        }
    }
}
