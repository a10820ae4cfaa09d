package dev.firstpass.server.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.firstpass.server.tls.TlsWatch.Look;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TlsWatchTest {
    private final TestPki authority = new TestPki("authority");

    @TempDir
    Path temp = Path.of("");

    private static Object current(TlsWatch watch) {
        return watch.current().chain().getFirst();
    }

    @Test
    void files_thatChange_areTakenWhenTheyCanBe() throws TlsException, IOException {
        TestPki.Issued first = authority.issue("first");
        TestPki.Issued second = authority.issue("second");
        TlsFiles files = first.write(temp, "server");
        TlsWatch watch = new TlsWatch(files, InstantSource.system());
        assertEquals(Look.SAME, watch.look());

        Path key = second.write(temp, "other").key();
        Files.copy(key, files.key(), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
        assertEquals(Look.REFUSED, watch.look(), "the key alone is that of another certificate");
        assertEquals(Look.SAME, watch.look(), "what is refused is told of once");
        assertEquals(first.certificate(), current(watch));

        second.write(temp, "server");
        assertEquals(Look.RENEWED, watch.look());
        assertEquals(second.certificate(), current(watch));

        Files.delete(files.certificate());
        assertEquals(Look.REFUSED, watch.look());
        assertEquals(second.certificate(), current(watch));
        assertFalse(watch.current().toString().contains("key"));
    }

    @Test
    void certificate_thatHasExpired_isNotTakenInPlaceOfAnother() throws TlsException {
        TestPki.Issued good = authority.issue("good");
        TlsWatch watch = new TlsWatch(good.write(temp, "server"), InstantSource.system());
        Instant now = Instant.now();

        authority
                .issue("old", now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(1)))
                .write(temp, "server");

        assertEquals(Look.REFUSED, watch.look());
        assertEquals(good.certificate(), current(watch));
    }

    @Test
    void certificate_thatIsNotValidYet_isTakenOnceItIs() throws TlsException {
        Instant start = Instant.now();
        Instant[] now = {start};
        TestPki.Issued first = authority.issue("first");
        TlsWatch watch = new TlsWatch(first.write(temp, "server"), () -> now[0]);

        TestPki.Issued next = authority.issue("next", start.plusSeconds(60), start.plus(Duration.ofDays(9)));
        next.write(temp, "server");
        assertEquals(Look.REFUSED, watch.look());
        assertEquals(Look.SAME, watch.look(), "what is refused is told of once");
        assertEquals(first.certificate(), current(watch));

        now[0] = start.plusSeconds(61);
        assertEquals(Look.RENEWED, watch.look());
        assertEquals(next.certificate(), current(watch));
        assertEquals(Look.SAME, watch.look());
    }
}
