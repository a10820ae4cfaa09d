package dev.firstpass.server.frontend.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.server.frontend.Operations;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SmallPiecesTest {
    private static final int MANY = 60_000;

    private long nanos;
    private final EmbeddedChannel channel = new EmbeddedChannel(
            new Http1Guard(Operations.InFlight.IGNORED, 1 << 30, new Breaches(new SimpleMeterRegistry()), () -> nanos));
    private final List<HttpContent> sent = new ArrayList<>();

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
        sent.forEach(piece -> assertEquals(0, piece.refCnt(), "a piece is never released"));
    }

    private HttpContent piece(byte[] bytes) {
        HttpContent piece = new DefaultHttpContent(Unpooled.copiedBuffer(bytes));
        sent.add(piece);
        return piece;
    }

    private static HttpRequest chunked() {
        HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/v1/models");
        request.headers().set("host", "localhost").set("transfer-encoding", "chunked");
        return request;
    }

    private static HttpRequest announced(int bytes) {
        HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/v1/models");
        request.headers().set("host", "localhost").set("content-length", bytes);
        return request;
    }

    /// What has come through, and is released by that, up to the last piece of a body or the last that is there.
    private List<byte[]> received() {
        List<byte[]> pieces = new ArrayList<>();
        for (Object next = channel.readInbound(); next instanceof HttpContent piece; next = channel.readInbound()) {
            ByteBuf content = piece.content();
            byte[] bytes = new byte[content.readableBytes()];
            content.readBytes(bytes);
            piece.release();
            pieces.add(bytes);
        }
        return pieces;
    }

    @Test
    void piecesOfOneByte_inOneRead_comeInFew() {
        List<Object> read = new ArrayList<>();
        read.add(chunked());
        for (int i = 0; i < MANY; i++) {
            read.add(piece(new byte[] {(byte) i}));
        }
        read.add(new DefaultLastHttpContent());
        channel.writeInbound(read.toArray());
        channel.readInbound();
        List<byte[]> pieces = received();

        assertEquals(MANY / 8192 + 2, pieces.size(), "full ones, the rest, and the end");
        int at = 0;
        for (byte[] bytes : pieces) {
            for (byte b : bytes) {
                assertEquals((byte) at++, b);
            }
        }
        assertEquals(MANY, at);
    }

    @Test
    void piece_thatIsTheFirst_goesOnAtTheEndOfItsRead() {
        channel.writeInbound(chunked(), piece(new byte[] {1}));
        channel.readInbound();

        assertEquals(1, received().size());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void pieces_ofOneByteInManyReads_goOnOnceASecond(boolean isChunked) {
        channel.writeInbound(isChunked ? chunked() : announced(MANY));
        channel.readInbound();
        List<byte[]> pieces = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            nanos += TimeUnit.MILLISECONDS.toNanos(10);
            channel.writeInbound(piece(new byte[] {(byte) i}));
            pieces.addAll(received());
        }

        assertEquals(5, pieces.size());
        assertEquals(
                List.of(1, 100, 100, 100, 100),
                pieces.stream().map(bytes -> bytes.length).toList());
        channel.writeInbound(LastHttpContent.EMPTY_LAST_CONTENT);
        List<byte[]> rest = received();
        assertEquals(99, rest.getFirst().length);
        assertEquals(2, rest.size());
    }

    @Test
    void pieces_ofOneByteInOneSecond_goOnOnceTheyAreMany() {
        channel.writeInbound(announced(MANY));
        channel.readInbound();
        List<byte[]> pieces = new ArrayList<>();
        for (int i = 0; i < MANY - 1; i++) {
            channel.writeInbound(piece(new byte[] {(byte) i}));
            pieces.addAll(received());
        }

        assertEquals(MANY / 8192 + 1, pieces.size());
    }

    @Test
    void pieces_ofAConnectionThatEnds_areReleased() {
        var _ = channel.writeOneInbound(chunked());
        var _ = channel.writeOneInbound(piece(new byte[] {1}));
        channel.pipeline().removeFirst();

        assertEquals(0, sent.getFirst().refCnt());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void pieces_ofAnySize_inAnyReads_makeTheSameBody(long seed) {
        Random random = new Random(seed);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        channel.writeInbound(chunked());
        channel.readInbound();
        for (int i = 0; i < 500; i++) {
            byte[] bytes = new byte[1 + random.nextInt(random.nextBoolean() ? 20 : 5_000)];
            random.nextBytes(bytes);
            body.writeBytes(bytes);
            var _ = channel.writeOneInbound(piece(bytes));
            if (random.nextInt(10) == 0) {
                channel.flushInbound();
                received().forEach(got::writeBytes);
            }
        }
        channel.writeInbound(LastHttpContent.EMPTY_LAST_CONTENT);
        received().forEach(got::writeBytes);

        assertEquals(
                List.of(body.toByteArray().length, Arrays.hashCode(body.toByteArray())),
                List.of(got.size(), Arrays.hashCode(got.toByteArray())));
    }
}
