package dev.firstpass.server.asset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.security.PinnedTransport;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Servers on the list that do not stop, do not begin, or lie about their lengths: each costs what its limits say, and no more.
final class HostileWebTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final int MOST = 1 << 16;

    private final PinnedTransport transport = new PinnedTransport();
    private final RawWeb web = new RawWeb();
    private final AssetFetcher fetcher = new AssetFetcher(
            new AssetConfig(
                    List.of(Origin.parse(web.origin()).orElseThrow()),
                    List.of(),
                    AssetBuckets.NONE,
                    Optional.empty(),
                    Optional.empty(),
                    MOST),
            transport,
            InetAddress::getAllByName,
            HeldAssets.none());

    HostileWebTest() throws IOException {}

    @AfterEach
    void stop() throws IOException {
        transport.close();
        web.close();
    }

    private String fetch(String path, Duration limit) {
        Asset asset = fetcher.fetch(
                new AssetRef.Uri(web.origin() + path),
                Optional.empty(),
                "local",
                Deadline.after(limit, System::nanoTime));
        return new String(asset.bytes(), StandardCharsets.UTF_8);
    }

    private Reason refusal(String path, Duration limit) {
        long began = System.nanoTime();
        Reason reason = assertThrows(FailureException.class, () -> fetch(path, limit))
                .failure()
                .reason();
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        assertTrue(took < 10_000, () -> path + " took " + took + " ms");
        return reason;
    }

    @Test
    void endlessBodyOrHead_isGivenUpAtTheLimit() {
        String kilobyte = "x".repeat(1024);
        web.at("/chunks", (out, _) -> {
            out.write(ascii("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
            while (true) {
                out.write(ascii("400\r\n" + kilobyte + "\r\n"));
            }
        });
        web.at("/until-closed", (out, _) -> {
            out.write(ascii("HTTP/1.1 200 OK\r\n\r\n"));
            while (true) {
                out.write(ascii(kilobyte));
            }
        });
        web.at("/long", (out, _) -> {
            out.write(ascii("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"));
            while (true) {
                out.write(ascii(kilobyte));
            }
        });
        web.at("/head", (out, _) -> {
            out.write(ascii("HTTP/1.1 200 OK\r\n"));
            while (true) {
                out.write(ascii("X-More: " + kilobyte + "\r\n"));
            }
        });

        assertEquals(Reason.REQUEST_TOO_LARGE, refusal("/chunks", LONG));
        assertEquals(Reason.REQUEST_TOO_LARGE, refusal("/until-closed", LONG));
        assertEquals(Reason.REQUEST_TOO_LARGE, refusal("/long", LONG));
        assertEquals(Reason.ASSET_UNREACHABLE, refusal("/head", LONG));
        // What the system's buffers hold is sent before anybody reads it.
        assertTrue(web.written() < 100L << 20, () -> web.written() + " bytes were sent");
    }

    @Test
    void slowAnswer_isGivenUpAtTheDeadline_howeverMuchOfItComes() {
        web.at("/silent", (_, over) -> over.await());
        web.at("/head", (out, over) -> {
            out.write(ascii("HTTP/1.1 200 OK\r\n"));
            over.await();
        });
        web.at("/body", (out, over) -> {
            out.write(ascii("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx"));
            over.await();
        });
        web.at("/drops", (out, over) -> {
            out.write(ascii("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n"));
            while (!over.await(5, TimeUnit.MILLISECONDS)) {
                out.write('x');
            }
        });

        for (String path : List.of("/silent", "/head", "/body", "/drops")) {
            assertEquals(Reason.DEADLINE_EXCEEDED, refusal(path, SHORT), path);
        }
    }

    @Test
    void lengthThatIsALie_givesNoHalfImage_andNothingOfTheNextAnswer() {
        web.at("/less", (out, _) -> {
            out.write(ascii("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf"));
            throw new IOException("enough");
        });
        web.at("/cut", (out, _) -> {
            out.write(ascii("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"));
            throw new IOException("enough");
        });
        web.at("/negative", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nphoto");
        web.at("/two", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 4\r\n\r\nphoto");
        web.at("/chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nphoto\r\n0\r\n\r\n");
        web.at("/noise", "\0\0\0\0 is no HTTP\r\n\r\n");

        for (String path : List.of("/less", "/cut", "/negative", "/two", "/chunk", "/noise")) {
            assertEquals(Reason.ASSET_UNREACHABLE, refusal(path, LONG), path);
        }
    }

    @Test
    void bytesBehindAnAnswer_areNobodys() {
        web.at(
                "/more",
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nphoto",
                "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged");
        web.at("/next", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext");

        assertEquals("photo", fetch("/more", LONG));
        for (int i = 0; i < 5; i++) {
            assertEquals("photo", fetch("/more", LONG));
            assertEquals("next", fetch("/next", LONG));
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
