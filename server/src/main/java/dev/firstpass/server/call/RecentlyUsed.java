package dev.firstpass.server.call;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// Things that take room, of which those are given up first that were not used for the longest time.
///
/// For what somebody works with just now, and not for what is asked for most often: the newest thing is always kept, if there is
/// room for it at all. A cache that counts how often a thing is asked for would turn a new one away as long as the old ones were
/// asked for more often.
///
/// Thread-safe. Each call takes a lock for a few look-ups in a map, and for each thing that is given up.
///
/// @param <K> with `equals` and `hashCode`
public final class RecentlyUsed<K, V> {
    private final long maxBytes;
    private final long unusedNanos;
    private final LongSupplier nanoClock;
    private final Runnable evicted;
    private final ReentrantLock lock = new ReentrantLock();
    private final LinkedHashMap<K, Entry<V>> entries = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    /// @param maxBytes most room for all; 0 keeps nothing
    /// @param unused a thing that was not used for so long is given up
    /// @param evicted is told of each thing that is given up; under the lock, so it takes no time
    public RecentlyUsed(long maxBytes, Duration unused, LongSupplier nanoClock, Runnable evicted) {
        this.maxBytes = maxBytes;
        this.unusedNanos = unused.toNanos();
        this.nanoClock = nanoClock;
        this.evicted = evicted;
    }

    /// Finds a thing, which counts as a use of it.
    public Optional<V> get(K key) {
        lock.lock();
        try {
            long now = nanoClock.getAsLong();
            giveUpUnused(now);
            Optional<Entry<V>> found = Optional.ofNullable(entries.get(key));
            found.ifPresent(entry -> entry.usedNanos = now);
            return found.map(entry -> entry.value);
        } finally {
            lock.unlock();
        }
    }

    /// Keeps a thing, in the place of what was under that key.
    ///
    /// @param size the room that it takes, in bytes
    /// @return whether there is room for it
    public boolean put(K key, V value, long size) {
        lock.lock();
        try {
            long now = nanoClock.getAsLong();
            Optional.ofNullable(entries.remove(key)).ifPresent(old -> bytes -= old.size);
            if (size > maxBytes) {
                return false;
            }
            entries.put(key, new Entry<>(value, size, now));
            bytes += size;
            giveUpUnused(now);
            while (bytes > maxBytes) {
                giveUpOldest();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// How many things there are.
    public int size() {
        lock.lock();
        try {
            return entries.size();
        } finally {
            lock.unlock();
        }
    }

    /// The room that all of them take.
    public long bytes() {
        lock.lock();
        try {
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    private void giveUpUnused(long now) {
        while (!entries.isEmpty() && now - entries.firstEntry().getValue().usedNanos > unusedNanos) {
            giveUpOldest();
        }
    }

    private void giveUpOldest() {
        Iterator<Map.Entry<K, Entry<V>>> oldest = entries.entrySet().iterator();
        bytes -= oldest.next().getValue().size;
        oldest.remove();
        evicted.run();
    }

    private static final class Entry<V> {
        private final V value;
        private final long size;
        private long usedNanos;

        private Entry(V value, long size, long usedNanos) {
            this.value = value;
            this.size = size;
            this.usedNanos = usedNanos;
        }
    }
}
