package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class KeptBytesTest {
    @Test
    void read_whatWasWrittenInAnyPieces_isTheSame() throws IOException {
        Random random = new Random(3);
        KeptBytes kept = new KeptBytes();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int length : new int[] {0, 1, 65_535, 1, 3, 200_000, 65_536, 17}) {
            byte[] bytes = new byte[length + 5];
            random.nextBytes(bytes);
            kept.write(bytes, 2, length);
            all.write(bytes, 2, length);
            kept.write(7);
            all.write(7);
            assertArrayEquals(all.toByteArray(), kept.read().readAllBytes());
        }
    }

    @Test
    void read_nothing_isEmpty() throws IOException {
        assertEquals(0, new KeptBytes().read().readAllBytes().length);
    }
}
