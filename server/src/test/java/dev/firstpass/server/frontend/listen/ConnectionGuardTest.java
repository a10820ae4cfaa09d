package dev.firstpass.server.frontend.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.config.Limits;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Two may stop a connection's reading, the guard and who takes bodies behind it, with one switch.
final class ConnectionGuardTest {
    private static final int PART = 4;

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final Guard guard = new Guard(channel);
    private final Reads reads = new Reads();
    private final Taker taker = new Taker();

    @BeforeEach
    void connect() {
        channel.pipeline().addLast(reads, guard, taker);
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @Test
    void guard_thatIsFull_holdsBack_andReadsOnWhenThereIsRoom() {
        guard.isFull = true;
        comes("abcd");
        comes("efgh");
        assertEquals(List.of(), taker.taken);
        assertFalse(isReading());

        thereIsRoom();
        assertEquals(List.of("abcd", "efgh"), taker.taken);
        assertTrue(isReading());
        assertEquals(1, reads.count);
    }

    @Test
    void taker_thatStopsWhileTheGuardHoldsBack_isNotMadeToReadOn() {
        guard.isFull = true;
        comes("abcd");
        taker.stopsAt = 1;
        thereIsRoom();
        assertEquals(List.of("abcd"), taker.taken);
        assertFalse(isReading(), "the taker has stopped it");
        assertEquals(0, reads.count);

        channel.config().setAutoRead(true);
        assertEquals(1, reads.count);
        comes("efgh");
        assertEquals(List.of("abcd", "efgh"), taker.taken);
    }

    @Test
    void taker_thatStopsAndGoesOnWhileTheGuardHoldsBack_doesNotReadPastTheGuard() {
        guard.isFull = true;
        comes("abcd");
        comes("efgh");
        taker.stopsAt = 1;
        taker.fillsAt = 1;
        thereIsRoom();
        assertEquals(List.of("abcd"), taker.taken);
        assertFalse(isReading());

        channel.config().setAutoRead(true);
        assertEquals(0, reads.count, "something waits still");
        comes("ijkl");
        assertEquals(List.of("abcd"), taker.taken);

        thereIsRoom();
        assertEquals(List.of("abcd", "efgh", "ijkl"), taker.taken);
        assertTrue(isReading());
        assertEquals(1, reads.count);
    }

    @Test
    void partsOfOneRead_thatFillTheGuard_comeInOrder() {
        taker.fillsAt = 2;
        comes("abcdefghijkl");
        assertEquals(List.of("abcd", "efgh"), taker.taken);
        assertFalse(isReading());

        thereIsRoom();
        assertEquals(List.of("abcd", "efgh", "ijkl"), taker.taken);
        assertTrue(isReading());
    }

    /// As with pieces that were gathered: the library stops by what it gets at the end of a read.
    @Test
    void taker_thatStopsAtTheEndOfARead_isNotMadeToReadOn() {
        taker.fillsAt = 1;
        taker.stopsAtTheEnd = true;
        comes("abcdefgh");
        assertEquals(List.of("abcd"), taker.taken);

        taker.stopsAtTheEnd = false;
        thereIsRoom();
        assertEquals(List.of("abcd", "efgh"), taker.taken);
        assertFalse(isReading(), "the taker has stopped it");
    }

    @Test
    void smallMessages_ofSeveralReads_areAFloodTogether() {
        taker.then = () -> {
            for (int i = 0; i < 4; i++) {
                guard.message();
            }
            sleepAMoment();
        };
        read("abcd");
        read("abcd");
        assertFalse(guard.isFlood());
        read("abcd");
        assertTrue(guard.isFlood());
    }

    /// A quarter of a millisecond each, by what the part before took.
    @Test
    void flood_thatTakesLong_isTakenInSmallerParts() {
        guard.isCut = false;
        taker.then = () -> {
            for (int i = 0; i < 20; i++) {
                guard.message();
            }
            sleepAMoment();
        };
        comes("a".repeat(4 << 10));
        assertEquals(1 << 10, taker.taken.getFirst().length());
        assertTrue(
                taker.taken.get(1).length() <= 256,
                () -> "1 KiB took 1 ms, and then came " + taker.taken.get(1).length());
        assertEquals(4 << 10, taker.taken.stream().mapToInt(String::length).sum());

        taker.then = () -> {};
        comes("b".repeat(4 << 10));
        comes("c".repeat(1 << 10));
        assertEquals("c".repeat(1 << 10), taker.taken.getLast());
    }

    @Test
    void requestsWithBodies_areNoFlood() {
        taker.then = () -> {
            guard.message();
            guard.piece(8 << 10);
            guard.piece(8 << 10);
            guard.piece(10);
            sleepAMoment();
        };
        for (int i = 0; i < 40; i++) {
            read("abcd");
        }
        assertFalse(guard.isFlood());
        assertEquals(40, taker.taken.size());
    }

    @Test
    void connection_thatEndsWhileSomethingWaits_releasesIt() {
        guard.isFull = true;
        ByteBuf waiting = Unpooled.copiedBuffer(new byte[PART]);
        channel.pipeline().fireChannelRead(waiting);
        var _ = channel.close();
        assertEquals(0, waiting.refCnt());
    }

    private static void sleepAMoment() {
        try {
            Thread.sleep(1);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// One of a turn.
    private void read(String text) {
        channel.pipeline().fireChannelRead(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
    }

    private void comes(String text) {
        read(text);
        channel.pipeline().fireChannelReadComplete();
        run();
    }

    private void thereIsRoom() {
        guard.isFull = false;
        guard.look(1);
        run();
    }

    private void run() {
        do {
            channel.advanceTimeBy(1, TimeUnit.SECONDS);
            channel.runPendingTasks();
        } while (channel.runScheduledPendingTasks() >= 0);
    }

    private boolean isReading() {
        return channel.config().isAutoRead();
    }

    /// Between the socket and the guard.
    private static final class Reads extends ChannelOutboundHandlerAdapter {
        private int count;

        @Override
        public void read(ChannelHandlerContext context) {
            count++;
            context.read();
        }
    }

    /// As the library does with a body: stops reading by the channel's switch while it is called.
    private final class Taker extends ChannelInboundHandlerAdapter {
        private final List<String> taken = new ArrayList<>();
        private int stopsAt;
        private int fillsAt;
        private boolean stopsAtTheEnd;
        private Runnable then = () -> {};

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            taken.add(bytes.toString(StandardCharsets.US_ASCII));
            bytes.release();
            then.run();
            if (taken.size() == stopsAt) {
                context.channel().config().setAutoRead(false);
            }
            if (taken.size() == fillsAt) {
                guard.isFull = true;
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            if (stopsAtTheEnd) {
                context.channel().config().setAutoRead(false);
            }
        }
    }

    private static final class Guard extends ConnectionGuard {
        private boolean isFull;
        private boolean isCut = true;

        Guard(EmbeddedChannel channel) {
            this(channel, new Breaches(new SimpleMeterRegistry()));
        }

        private Guard(EmbeddedChannel channel, Breaches breaches) {
            super(
                    new Connections(Limits.STANDARD, channel.eventLoop(), breaches),
                    breaches,
                    Limits.STANDARD,
                    TimeUnit.DAYS.toNanos(1));
        }

        @Override
        void endLate() {}

        @Override
        boolean hasUnsent() {
            return false;
        }

        @Override
        void goesOut(ByteBuf bytes) {}

        @Override
        boolean isPartial(boolean broughtMessage) {
            return false;
        }

        @Override
        boolean isFull() {
            return isFull;
        }

        @Override
        int part(ByteBuf bytes, int most) {
            return Math.min(isCut ? PART : most, bytes.readableBytes());
        }

        @Override
        void lookFurther(long nanos) {}
    }
}
