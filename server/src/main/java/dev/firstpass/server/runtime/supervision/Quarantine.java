package dev.firstpass.server.runtime.supervision;

import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Inputs that are refused, because they have brought a worker down twice. They are known by their content alone, and
/// forgotten after a while: what they met may have been mended meanwhile.
///
/// Thread-safe.
public final class Quarantine {
    private static final Duration KEPT_FOR = Duration.ofHours(1);

    /// More than that many at a time is no longer a matter of single inputs; the oldest are let go.
    private static final int MOST = 10_000;

    private final LongSupplier nanoClock;
    /// Key -> when it came, the oldest first.
    private final SequencedMap<Key, Long> held = new LinkedHashMap<>();

    private final SequencedMap<Key, Long> suspected = new LinkedHashMap<>();
    private final SupervisionListener listener;

    /// @param listener is told of each input, once for as long as it is remembered
    public Quarantine(LongSupplier nanoClock, SupervisionListener listener) {
        this.nanoClock = nanoClock;
        this.listener = listener;
    }

    /// Refuses an input from now on.
    public synchronized void hold(Key key) {
        suspected.remove(key);
        if (put(held, key)) {
            listener.quarantined();
        }
    }

    /// Notes that an input was alone with a worker that had to be ended: the second time, it is refused from then on.
    ///
    /// @return whether it is
    public synchronized boolean suspect(Key key) {
        expire(suspected);
        if (suspected.containsKey(key)) {
            hold(key);
        } else {
            put(suspected, key);
        }
        return held.containsKey(key);
    }

    private boolean put(SequencedMap<Key, Long> keys, Key key) {
        expire(keys);
        boolean isNew = keys.remove(key) == null;
        keys.put(key, nanoClock.getAsLong());
        if (keys.size() > MOST) {
            keys.pollFirstEntry();
        }
        return isNew;
    }

    private void expire(SequencedMap<Key, Long> keys) {
        long now = nanoClock.getAsLong();
        Iterator<Map.Entry<Key, Long>> oldest = keys.entrySet().iterator();
        while (oldest.hasNext() && now - oldest.next().getValue() >= KEPT_FOR.toNanos()) {
            oldest.remove();
        }
    }

    /// Whether any input may be refused now.
    public synchronized boolean isHolding() {
        return !held.isEmpty();
    }

    /// Whether an input is refused now.
    public synchronized boolean holds(Key key) {
        if (held.isEmpty()) {
            return false;
        }
        expire(held);
        return held.containsKey(key);
    }

    /// @throws dev.firstpass.server.failure.FailureException INPUT_QUARANTINED if an input is refused now
    public void check(Key key) {
        if (holds(key)) {
            throw refusal().asException();
        }
    }

    /// What those hear who send such an input.
    public static Failure refusal() {
        return Failure.of(
                Reason.INPUT_QUARANTINED,
                "the process that worked on this asset ended twice; it is refused for " + KEPT_FOR.toHours() + " h");
    }

    /// An input and what it brings down.
    public sealed interface Key {
        /// An asset that a version cannot be run on.
        ///
        /// @param asset digest of its bytes
        /// @param version digest of the version
        record OfVersion(String asset, String version) implements Key {}

        /// An asset that cannot be decoded.
        ///
        /// @param asset digest of its bytes
        record OfDecoder(String asset) implements Key {}

        /// Tensors that a version cannot be run on. A digest of them costs as much as copying them does, and is hardly
        /// ever asked for: it is made when the key is first compared, logged or kept, which must be while the tensors are
        /// there.
        ///
        /// For one thread until the digest is made.
        final class OfTensors implements Key {
            private final String version;
            private Supplier<String> tensors;

            /// @param tensors their digest; asked once at most
            /// @param version digest of the version
            public OfTensors(Supplier<String> tensors, String version) {
                this.tensors = tensors;
                this.version = version;
            }

            private String digest() {
                String made = tensors.get();
                tensors = () -> made;
                return made;
            }

            @Override
            public boolean equals(Object other) {
                return other instanceof OfTensors key && version.equals(key.version) && digest().equals(key.digest());
            }

            @Override
            public int hashCode() {
                return 31 * version.hashCode() + digest().hashCode();
            }

            @Override
            public String toString() {
                return "OfTensors[tensors=" + digest() + ", version=" + version + "]";
            }
        }
    }
}
