package dev.firstpass.server.frontend;

import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.AttributeKey;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers that were handed to the wire and that their clients have not taken yet. The wire library waits for those for
/// ever, so it is here that they are bounded:
///
/// - **One connection** may leave so many bytes unread. Beyond, its requests are refused before they are run, and answers
///   to what ran meanwhile are dropped for a refusal; the first answer it may always have.
/// - **Copies of all connections** may take so much memory. Where there is no room for one more, the connection that has
///   read nothing for longest, and for a second at least, is closed, and the request is refused.
/// - **Time:** a connection whose oldest answer is not read in the time allowed, and a second more for each MiB that it
///   has not read, is closed.
///
/// Answers that lie in a model's result memory are lent to the wire only while that is not mostly lent
/// (`TensorAnswer.isMemoryShort`), so who never reads cannot take the memory that others run in.
///
/// Thread-safe.
public final class UnreadAnswers {
    private static final Logger LOG = LoggerFactory.getLogger(UnreadAnswers.class);
    private static final AttributeKey<Connection> KEY = AttributeKey.valueOf(UnreadAnswers.class, "connection");

    /// Who reads more slowly does not read.
    private static final long SLOWEST_BYTES_A_SECOND = 1 << 20;

    /// A connection that took something a moment ago is not closed to make room.
    private static final long LEAST_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final long mostOfConnection;
    private final long mostCopied;
    private final long timeoutNanos;
    private final LongSupplier nanoClock;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final AtomicLong copied = new AtomicLong();

    /// @param limits of one connection
    /// @param mostCopied bytes of answers, of all connections, that do not lie in a model's result memory
    /// @param nanoClock monotonic, in nanoseconds
    public UnreadAnswers(Limits limits, long mostCopied, LongSupplier nanoClock) {
        this.mostOfConnection = limits.unreadBytes();
        this.mostCopied = mostCopied;
        this.timeoutNanos = limits.unreadTimeout().toNanos();
        this.nanoClock = nanoClock;
    }

    /// Asked before a request is run.
    ///
    /// @throws FailureException OVERLOADED if its connection has left too much unread for one more answer
    public void requireReading(ServiceRequestContext context) {
        if (connection(channel(context)).bytes() >= mostOfConnection) {
            throw refusal();
        }
    }

    /// Takes an answer's bytes on, which the caller ends with [Stay#leave], once, when they are written or will never be.
    ///
    /// @param mayLend whether they may lie in a model's result memory until then; else they are, or will be, copied
    /// @throws FailureException OVERLOADED if there is no room for them
    public Stay enter(ServiceRequestContext context, long bytes, boolean mayLend) {
        return enter(channel(context), bytes, mayLend);
    }

    /// The same for bytes that are copied, ended when the request ends.
    public void hold(ServiceRequestContext context, long bytes) {
        var _ = context.log().whenComplete().thenRun(enter(context, bytes, false)::leave);
    }

    Stay enter(Channel channel, long bytes, boolean isLent) {
        Stay stay = connection(channel).enter(bytes, isLent).orElseThrow(UnreadAnswers::refusal);
        if (!isLent && copied.get() > Math.max(mostCopied, bytes)) {
            stay.leave();
            makeRoom();
            throw refusal();
        }
        return stay;
    }

    private static FailureException refusal() {
        return Failure.overloaded("too much of earlier answers was not read yet")
                .asException();
    }

    /// Closes connections that have not read in time. Called now and then.
    public void sweep() {
        long now = nanoClock.getAsLong();
        for (Connection connection : connections) {
            long allowed = timeoutNanos + TimeUnit.SECONDS.toNanos(connection.bytes()) / SLOWEST_BYTES_A_SECOND;
            if (connection.oldestNanos(now) > allowed) {
                connection.close();
            }
        }
    }

    private void makeRoom() {
        long now = nanoClock.getAsLong();
        connections.stream()
                .max(Comparator.comparingLong(connection -> connection.oldestNanos(now)))
                .filter(connection -> connection.oldestNanos(now) >= LEAST_NANOS)
                .ifPresent(Connection::close);
    }

    /// Bytes of all answers that are not read now.
    public long bytes() {
        return connections.stream().mapToLong(Connection::bytes).sum();
    }

    private static Channel channel(ServiceRequestContext context) {
        @Nullable Channel channel = context.log().partial().channel();
        if (channel == null) {
            throw new IllegalStateException("a request that is served has a connection");
        }
        return channel;
    }

    private Connection connection(Channel channel) {
        Connection known = channel.attr(KEY).get();
        return known == null ? newConnection(channel) : known;
    }

    private Connection newConnection(Channel channel) {
        Connection fresh = new Connection(channel);
        @Nullable Connection other = channel.attr(KEY).setIfAbsent(fresh);
        if (other != null) {
            return other;
        }
        connections.add(fresh);
        channel.closeFuture().addListener(_ -> connections.remove(fresh));
        return fresh;
    }

    /// An answer of a connection that is not read.
    ///
    /// Thread-safe.
    public static final class Stay {
        private final UnreadAnswers all;
        private final Connection connection;
        private final long bytes;
        private final long copied;
        private final long sinceNanos;
        private boolean hasLeft;

        private Stay(UnreadAnswers all, Connection connection, long bytes, boolean isLent) {
            this.all = all;
            this.connection = connection;
            this.bytes = bytes;
            this.copied = isLent ? 0 : bytes;
            this.sinceNanos = all.nanoClock.getAsLong();
            all.copied.addAndGet(copied);
        }

        /// The answer is written, or never will be.
        public void leave() {
            all.copied.addAndGet(-copied);
            connection.leave(this);
        }
    }

    /// What one connection has not read. What is not final is changed and read with its lock.
    private final class Connection {
        private final Channel channel;

        /// By when they came; some may have left already, the first has not.
        private final Deque<Stay> stays = new ArrayDeque<>();

        private long bytes;

        Connection(Channel channel) {
            this.channel = channel;
        }

        /// Empty if there is no room.
        synchronized Optional<Stay> enter(long more, boolean isLent) {
            if (bytes > 0 && bytes + more > mostOfConnection) {
                return Optional.empty();
            }
            Stay stay = new Stay(UnreadAnswers.this, this, more, isLent);
            stays.add(stay);
            bytes += more;
            return Optional.of(stay);
        }

        synchronized void leave(Stay stay) {
            bytes -= stay.bytes;
            stay.hasLeft = true;
            for (Stay first = stays.peek(); first != null && first.hasLeft; first = stays.peek()) {
                stays.remove();
            }
        }

        synchronized long bytes() {
            return bytes;
        }

        /// How long the oldest has not been read; 0 where there is none.
        synchronized long oldestNanos(long now) {
            Stay first = stays.peek();
            return first == null ? 0 : now - first.sinceNanos;
        }

        /// At once: who does not read would not read a farewell either.
        void close() {
            LOG.info("{}: closed, since it did not read {} bytes of answers", channel.remoteAddress(), bytes());
            @Nullable ChannelHandlerContext first = channel.pipeline().firstContext();
            var _ = first == null ? channel.close() : first.close();
        }
    }
}
