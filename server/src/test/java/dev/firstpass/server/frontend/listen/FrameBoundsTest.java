package dev.firstpass.server.frontend.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2FrameTypes;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FrameBoundsTest {
    private static final int PREFACE = 24;
    private static final int LEAST = 100;
    private static final int END_HEADERS = 4;

    private static ByteBuf empty(byte type, int flags) {
        return Unpooled.buffer().writeMedium(0).writeByte(type).writeByte(flags).writeInt(1);
    }

    private static ByteBuf frame(int length) {
        return Unpooled.buffer().writeMedium(length).writeZero(6 + length);
    }

    @ParameterizedTest
    @CsvSource({
        // three of 33 bytes have not 100, four have
        "24, 132",
        "91, 100",
        "92, 101",
        "16384, 16393",
        "0, 108",
    })
    void part_endsWithTheFrameThatHasTheLastByteAskedFor(int length, int expected) {
        ByteBuf frames = Unpooled.buffer();
        for (int i = 0; i < 50; i++) {
            frames.writeBytes(frame(length));
        }
        FrameBounds bounds = new FrameBounds(0);

        assertEquals(expected, bounds.part(frames, LEAST));
        assertEquals(expected, bounds.part(frames.skipBytes(expected), LEAST));
    }

    @Test
    void lengths_haveAllTheirBits() {
        ByteBuf large = frame(0xFFEEDD);
        assertEquals(9 + 0xFFEEDD, new FrameBounds(0).part(large.writeBytes(frame(500)), LEAST));
    }

    @Test
    void heads_thatAreContinued_areNotAtTheirEnd() {
        FrameBounds bounds = new FrameBounds(0);
        assertEquals(9, bounds.part(empty(Http2FrameTypes.HEADERS, 0), 1));
        assertTrue(bounds.isAmid());
        assertEquals(9, bounds.part(empty(Http2FrameTypes.CONTINUATION, 0), 1));
        assertTrue(bounds.isAmid());
        assertEquals(9, bounds.part(empty(Http2FrameTypes.CONTINUATION, END_HEADERS), 1));
        assertFalse(bounds.isAmid());
    }

    /// Frames at random, mostly small, in reads at random: each part ends with a frame or with the read, none is longer than one
    /// frame more than was asked for.
    @RepeatedTest(50)
    void parts_ofReadsAtRandom_cutNoFrame(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        ByteBuf all = Unpooled.buffer().writeZero(PREFACE);
        Set<Integer> ends = new HashSet<>(Set.of(PREFACE));
        int largest = PREFACE;
        for (int i = 0; i < 300; i++) {
            int length = random.nextInt(10) == 0 ? random.nextInt(20_000) : random.nextInt(30);
            largest = Math.max(largest, 9 + length);
            all.writeBytes(frame(length));
            ends.add(all.writerIndex());
        }
        FrameBounds bounds = new FrameBounds(PREFACE);
        int at = 0;
        while (at < all.writerIndex()) {
            int end = Math.min(all.writerIndex(), at + 1 + random.nextInt(random.nextBoolean() ? 12 : 4_000));
            ByteBuf read = all.slice(at, end - at);
            while (read.isReadable()) {
                int part = bounds.part(read, LEAST);
                at += part;
                assertTrue(part > 0 && part < LEAST + largest, "part: " + part);
                assertTrue(at == end || ends.contains(at), "cut at " + at);
                assertEquals(!ends.contains(at), bounds.isAmid(), "at " + at);
                assertTrue(at == end || part >= LEAST, "part: " + part);
                read.skipBytes(part);
            }
        }
    }
}
