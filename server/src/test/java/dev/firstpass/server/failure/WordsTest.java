package dev.firstpass.server.failure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class WordsTest {
    private static final List<String> KNOWN = List.of("format", "geometry", "threshold", "max", "timeout");

    @Test
    void nearest_ofASlip_isWhatWasMeant() {
        assertEquals(Optional.of("threshold"), Words.nearest("treshold", KNOWN));
        assertEquals(Optional.of("geometry"), Words.nearest("geomtery", KNOWN));
        assertEquals(Optional.of("max"), Words.nearest("mx", KNOWN));
    }

    @Test
    void nearest_ofSomethingElse_isNothing() {
        assertEquals(Optional.empty(), Words.nearest("callback_url", KNOWN));
        assertEquals(Optional.empty(), Words.nearest("t".repeat(10_000), KNOWN));
    }

    @Test
    void quoted_isCutAndPlain() {
        assertEquals("'a?b??'", Words.quoted("a\nb\u202e\ud800"));
        assertEquals("'" + "x".repeat(64) + "...'", Words.quoted("x".repeat(65)));
    }

    @Property(tries = 200)
    void quoted_ofAnything_isShortAndSafeInALine(@ForAll String text) {
        String quoted = Words.quoted(text);

        assertTrue(quoted.length() <= 64 + 3 + 2, quoted);
        assertTrue(quoted.codePoints().noneMatch(Character::isISOControl), quoted);
    }
}
