package dev.firstpass.registry.store;

import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/// Content locks among the threads of this process: a few, chosen by digest, so that two contents may share one.
///
/// Thread-safe.
final class LocalLocks {
    private static final int COUNT = 16;

    private final ReentrantLock[] locks =
            Stream.generate(ReentrantLock::new).limit(COUNT).toArray(ReentrantLock[]::new);

    ContentLock lock(String digest) {
        ReentrantLock lock = of(digest);
        lock.lock();
        return lock::unlock;
    }

    Optional<ContentLock> tryLock(String digest) {
        ReentrantLock lock = of(digest);
        return lock.tryLock() ? Optional.of(lock::unlock) : Optional.empty();
    }

    private ReentrantLock of(String digest) {
        return locks[Math.floorMod(digest.hashCode(), COUNT)];
    }
}
