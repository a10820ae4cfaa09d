package dev.firstpass.server.frontend.listen;

import dev.firstpass.server.config.Limits;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.util.internal.SystemPropertyUtil;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The bytes of one connection, seen directly in front of its codec: ends one whose client sends the beginning of a
/// message and not the rest, or asks and does not read. Of a client that asks for hundreds of things at once, a part is
/// answered at a time, so that others on the same event loop have their turn in between.
///
/// What it does for a message is to count; time is taken for each read, and when it is looked at, once a second.
///
/// For one connection's event loop.
abstract class ConnectionGuard extends ChannelDuplexHandler implements Connections.Watched {
    /// What may be asked for while something waits to be sent and next to nothing of it is taken. A client with the usual
    /// hundred requests under way asks for less.
    private static final int MOST_ASKED = 1_000;

    /// Bytes from one look to the next: who takes fewer is not one that is merely slow.
    private static final int NEXT_TO_NOTHING = 64 << 10;

    /// Who takes longer than that at a time, by more messages or pieces of them than come from a client that has just asked for
    /// something, is taken in small parts from then on, and others have four times as long after each.
    private static final long TURN_NANOS = 500_000;

    private static final int FEW_MESSAGES = 10;

    /// So much of a body makes up for a message: what it costs is not the message's.
    private static final int WORTH_OF_A_MESSAGE_BYTES = 8 << 10;

    private static final long LONGEST_PAUSE_NANOS = 10_000_000;

    /// Of what may begin a flood. Of one, as many as take half of [#TURN_NANOS], by what those before took.
    private static final int PART_BYTES = 1 << 10;

    private static final int LEAST_PART_BYTES = 64;

    /// What the wire library counts for each entry of a channel's buffer beside its bytes.
    private static final int ENTRY_BYTES =
            SystemPropertyUtil.getInt("io.netty.transport.outboundBufferEntrySizeOverhead", 96);

    private final Connections connections;
    private final Breaches breaches;
    private final long headNanos;
    private final long unreadNanos;
    private final long leastRate;

    private @Nullable ChannelHandlerContext context;
    private final Deque<ByteBuf> waiting = new ArrayDeque<>();

    /// What is taken without others having their turn: one read after the other, until there is nothing more to read.
    private boolean isTurn;

    private long turnBegan;
    private int turnMessages;
    private long turnBytes;
    private long turnBodyBytes;

    /// Whether the last turn was one of a flood; nothing more is taken then before `pausedUntil`.
    private boolean isFlood;

    /// What is taken at a time: less than [#PART_BYTES] while a flood lasts.
    private int partBytes = PART_BYTES;

    private long pausedUntil;

    private boolean isDue;
    private boolean isHeldBack;
    private boolean isEnded;
    private boolean isSeen;
    private int messages;
    private long now;
    private boolean isPartial;
    private int partialAfter;
    private long partialSince;
    private int asked;
    private long written;
    private long lastSent;
    private long windowSince;
    private long windowSent;

    ConnectionGuard(Connections connections, Breaches breaches, Limits limits, long headNanos) {
        this.connections = connections;
        this.breaches = breaches;
        this.headNanos = headNanos;
        this.unreadNanos = limits.unreadTimeout().toNanos();
        this.leastRate = limits.wire().leastRate();
    }

    /// Ends a connection whose client did not send the rest of a message in time.
    abstract void endLate();

    /// Whether answers wait that the channel has not been given yet.
    abstract boolean hasUnsent();

    /// Called for everything that goes out.
    abstract void goesOut(ByteBuf bytes);

    /// Whether what has been taken ends within a message, so that more has to follow soon.
    ///
    /// @param broughtMessage whether the latest part of it brought one, or a piece of one
    abstract boolean isPartial(boolean broughtMessage);

    /// Whether as much is under way as may be, so that what comes has to wait until something has gone out.
    abstract boolean isFull();

    /// What is taken of that before it is looked at how long it took. It is taken then.
    ///
    /// @param bytes not changed
    /// @param most of what may be a flood, but for the rest of a frame
    /// @return no more than there are
    abstract int part(ByteBuf bytes, int most);

    /// Called at each look.
    abstract void lookFurther(long nanos);

    @Override
    public final void handlerAdded(ChannelHandlerContext added) {
        context = added;
        connections.watch(added.channel(), this);
    }

    @Override
    public final void handlerRemoved(ChannelHandlerContext removed) {
        connections.ignore(removed.channel(), this);
        forget();
    }

    private void forget() {
        waiting.forEach(ByteBuf::release);
        waiting.clear();
    }

    final ChannelHandlerContext context() {
        ChannelHandlerContext known = context;
        if (known == null) {
            throw new IllegalStateException("not in a pipeline yet");
        }
        return known;
    }

    /// A message, or a frame of one, has come in whole.
    final void message() {
        messages++;
        turnMessages++;
    }

    /// A piece of a body has. It is as good as a message only where it is small.
    final void piece(int bytes) {
        messages++;
        turnBodyBytes += bytes;
        if (bytes < SmallPieces.SMALL_BYTES) {
            turnMessages++;
        }
    }

    /// Something has come in that is to be answered.
    final void asked() {
        asked++;
    }

    @Override
    public final void channelRead(ChannelHandlerContext at, Object message) {
        if (!(message instanceof ByteBuf bytes)) {
            at.fireChannelRead(message);
        } else if (isEnded) {
            bytes.release();
        } else if (!waiting.isEmpty() || isFull() || pause() > 0) {
            waiting.add(bytes);
            leaveRest(at);
        } else {
            take(at, bytes);
            if (!waiting.isEmpty()) {
                leaveRest(at);
            }
        }
    }

    @Override
    public final void channelReadComplete(ChannelHandlerContext at) {
        isTurn = false;
        at.fireChannelReadComplete();
    }

    private void take(ChannelHandlerContext at, ByteBuf bytes) {
        if (!isTurn) {
            isTurn = true;
            turnBegan = System.nanoTime();
            turnMessages = 0;
            turnBytes = 0;
            turnBodyBytes = 0;
            if (!isFlood) {
                partBytes = PART_BYTES;
            }
        }
        for (int part = part(bytes, partBytes); part < bytes.readableBytes(); part = part(bytes, partBytes)) {
            pass(at, bytes.readRetainedSlice(part));
            if (isFlood || isEnded || isFull()) {
                waiting.addFirst(bytes);
                return;
            }
        }
        pass(at, bytes);
    }

    private void pass(ChannelHandlerContext at, ByteBuf bytes) {
        int messagesBefore = messages;
        turnBytes += bytes.readableBytes();
        at.fireChannelRead(bytes);
        isPartial = isPartial(messages > messagesBefore);
        long took = System.nanoTime() - turnBegan;
        isFlood = took > TURN_NANOS && turnMessages - turnBodyBytes / WORTH_OF_A_MESSAGE_BYTES > FEW_MESSAGES;
        if (isFlood) {
            pausedUntil = turnBegan + took + Math.min(4 * took, LONGEST_PAUSE_NANOS);
            partBytes = Math.clamp(turnBytes * TURN_NANOS / 2 / took, LEAST_PART_BYTES, PART_BYTES);
        }
    }

    final boolean isFlood() {
        return isFlood;
    }

    private long pause() {
        return isFlood ? pausedUntil - System.nanoTime() : 0;
    }

    /// What was gathered of the part before is handed on first, so that it shows whether the library stops by it.
    private void leaveRest(ChannelHandlerContext at) {
        if (at.channel().config().isAutoRead()) {
            at.fireChannelReadComplete();
            holdBack(at);
        }
        goOnLater(at);
    }

    /// The library stops reading in the same way, for a body that is not taken. Who stopped it lets it go on: where it has
    /// stopped already, that is not this guard's.
    private void holdBack(ChannelHandlerContext at) {
        if (at.channel().config().isAutoRead()) {
            at.channel().config().setAutoRead(false);
            isHeldBack = true;
        }
    }

    /// Before something is handed on, so that it shows whether the library stops by what it gets.
    private void letGo(ChannelHandlerContext at) {
        if (isHeldBack) {
            isHeldBack = false;
            at.channel().config().setAutoRead(true);
        }
    }

    /// Not while something waits, whoever wishes it: [#goOn] makes up for it.
    @Override
    public final void read(ChannelHandlerContext at) {
        if (waiting.isEmpty()) {
            at.read();
        }
    }

    /// A task that is due at once would come before what other connections bring; a timer comes after it. Where there is no
    /// room, it goes on when something has gone out.
    private void goOnLater(ChannelHandlerContext at) {
        if (!isDue && !waiting.isEmpty() && !isFull()) {
            isDue = true;
            var _ = at.executor().schedule(() -> goOn(at), Math.max(1, pause()), TimeUnit.NANOSECONDS);
        }
    }

    private void goOn(ChannelHandlerContext at) {
        isDue = false;
        if (isEnded || !at.channel().isActive()) {
            forget();
        }
        if (!waiting.isEmpty() && !isFull()) {
            letGo(at);
            take(at, waiting.removeFirst());
            channelReadComplete(at);
        }
        if (waiting.isEmpty()) {
            readOn(at);
        } else {
            holdBack(at);
        }
        goOnLater(at);
    }

    @Override
    public final void channelWritabilityChanged(ChannelHandlerContext at) {
        goOnLater(at);
        at.fireChannelWritabilityChanged();
    }

    private void readOn(ChannelHandlerContext at) {
        letGo(at);
        if (at.channel().config().isAutoRead()) {
            at.read();
        }
    }

    @Override
    public final void write(ChannelHandlerContext at, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf bytes) {
            written += bytes.readableBytes();
            goesOut(bytes);
        }
        var _ = at.write(message, promise);
        goOnLater(at);
    }

    @Override
    public final void look(long nanos) {
        Channel channel = context().channel();
        if (isEnded || !channel.isActive()) {
            // Whoever reads has had a second for the farewell.
            var _ = context().close();
            return;
        }
        if (!isSeen) {
            isSeen = true;
            windowSince = nanos;
            partialSince = nanos;
        }
        now = nanos;
        lookFurther(nanos);
        goOnLater(context());
        lookForHead();
        lookForReading(channel.unsafe().outboundBuffer());
    }

    private void lookForHead() {
        if (!isPartial || messages != partialAfter || !waiting.isEmpty()) {
            partialAfter = messages;
            partialSince = now;
        } else if (now - partialSince >= headNanos && !isEnded) {
            breaches.count(Breach.SLOW_HEAD);
            endLate();
            isPartial = false;
        }
    }

    private void lookForReading(@Nullable ChannelOutboundBuffer buffer) {
        if (buffer == null) {
            return;
        }
        long pending = buffer.totalPendingWriteBytes();
        long sent = written - pending + (long) ENTRY_BYTES * buffer.size() + buffer.currentProgress();
        if (pending == 0 && !hasUnsent()) {
            asked = 0;
            beginWindow(sent);
        } else if (asked > MOST_ASKED && sent - lastSent < NEXT_TO_NOTHING) {
            cutOff(Breach.UNREAD);
        } else if (now - windowSince >= unreadNanos) {
            if ((sent - windowSent) < leastRate * TimeUnit.NANOSECONDS.toSeconds(unreadNanos) || sent == windowSent) {
                cutOff(Breach.SLOW_READER);
            }
            beginWindow(sent);
        }
        lastSent = sent;
    }

    private void beginWindow(long sent) {
        windowSince = now;
        windowSent = sent;
    }

    /// At once: who does not read would not read a farewell either.
    final void cutOff(Breach breach) {
        if (end(breach)) {
            var _ = context().close();
        }
    }

    /// Takes nothing more from the client.
    ///
    /// @return whether it was not ended before
    final boolean end(Breach breach) {
        if (isEnded) {
            return false;
        }
        isEnded = true;
        breaches.count(breach);
        return true;
    }

    final boolean isEnded() {
        return isEnded;
    }

    final Breaches breaches() {
        return breaches;
    }
}
