package dev.firstpass.server.frontend.listen;

import dev.firstpass.server.config.Limits;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// The connections of one listener: lets in so many, and so many of each address, and has each looked at once a second
/// on its own event loop.
///
/// Time is counted in looks: while an event loop is held up, no time passes for the clients that it does not hear.
///
/// Thread-safe; what is watched is touched by its event loop alone.
final class Connections {
    private static final Duration LONGEST_PERIOD = Duration.ofSeconds(1);
    private static final Duration SHORTEST_PERIOD = Duration.ofMillis(5);

    /// Bytes of an IPv6 address that its owner cannot choose.
    private static final int NETWORK_BYTES = 8;

    /// Something to look at now and then.
    @FunctionalInterface
    interface Watched {
        /// @param nanos that passed on this event loop since some moment
        void look(long nanos);
    }

    private final int most;
    private final int mostOfAddress;
    private final Duration period;
    private final Breaches breaches;
    private final AtomicInteger open = new AtomicInteger();
    private final Map<Object, Integer> byAddress = new ConcurrentHashMap<>();
    private final Map<EventExecutor, Set<Watched>> watched;

    Connections(Limits limits, EventLoopGroup loops, Breaches breaches) {
        this.most = limits.maxConnections();
        this.mostOfAddress = limits.wire().maxConnectionsPerAddress();
        this.period = period(limits);
        this.breaches = breaches;
        Map<EventExecutor, Set<Watched>> sets = new HashMap<>();
        loops.forEach(loop -> sets.put(loop, Collections.newSetFromMap(new IdentityHashMap<>())));
        this.watched = Map.copyOf(sets);
    }

    /// Often enough to see the shortest of the times that are watched.
    private static Duration period(Limits limits) {
        Duration shortest = Collections.min(List.of(
                limits.wire().headTimeout(), limits.unreadTimeout(), limits.idleTimeout(), limits.bodyTimeout()));
        return Collections.min(
                List.of(LONGEST_PERIOD, Collections.max(List.of(SHORTEST_PERIOD, shortest.dividedBy(4)))));
    }

    /// Begins to look. Ends with the event loops.
    void start() {
        watched.forEach((loop, set) -> {
            var _ = loop.scheduleWithFixedDelay(
                    new Round(set, period.toNanos()), period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
        });
    }

    /// A look at all connections of one event loop.
    private static final class Round implements Runnable {
        private final Set<Watched> set;
        private final long periodNanos;
        private long now;

        Round(Set<Watched> set, long periodNanos) {
            this.set = set;
            this.periodNanos = periodNanos;
        }

        @Override
        public void run() {
            now += periodNanos;
            // A look may end what it looks at.
            for (Watched one : set.toArray(Watched[]::new)) {
                one.look(now);
            }
        }
    }

    /// Whether there is room for one more, which is counted until it closes.
    boolean admit(Channel channel) {
        Object address = address(channel);
        if (open.incrementAndGet() > most) {
            open.decrementAndGet();
            breaches.count(Breach.CONNECTIONS);
            return false;
        }
        if (byAddress.merge(address, 1, Integer::sum) > mostOfAddress) {
            leave(address);
            breaches.count(Breach.CONNECTIONS_OF_ADDRESS);
            return false;
        }
        channel.closeFuture().addListener(_ -> leave(address));
        return true;
    }

    private void leave(Object address) {
        open.decrementAndGet();
        byAddress.computeIfPresent(address, (_, count) -> count == 1 ? null : count - 1);
    }

    private static Object address(Channel channel) {
        if (channel.remoteAddress() instanceof InetSocketAddress remote) {
            InetAddress address = remote.getAddress();
            byte[] bytes = address.getAddress();
            return bytes.length > NETWORK_BYTES ? ByteBuffer.wrap(bytes, 0, NETWORK_BYTES) : address;
        }
        return "elsewhere";
    }

    /// Has it looked at until `ignore`. On the channel's event loop, as `ignore`.
    void watch(Channel channel, Watched one) {
        set(channel).add(one);
    }

    void ignore(Channel channel, Watched one) {
        set(channel).remove(one);
    }

    private Set<Watched> set(Channel channel) {
        Set<Watched> set = watched.get(channel.eventLoop());
        if (set == null) {
            throw new IllegalStateException("the event loop is another group's");
        }
        return set;
    }
}
