package dev.firstpass.server.frontend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EncodedImagesTest {
    @Test
    void dataUri_isReadWithItsType_andBareBase64Without() {
        var uri = EncodedImages.ofDataUri("image", "data:image/png;base64,AQID");
        assertArrayEquals(new byte[] {1, 2, 3}, uri.bytes());
        assertEquals(Optional.of("image/png"), uri.mediaType());

        var bare = EncodedImages.ofDataUri("image", "AQID");
        assertArrayEquals(new byte[] {1, 2, 3}, bare.bytes());
        assertEquals(Optional.empty(), bare.mediaType());
    }

    @ParameterizedTest
    @ValueSource(strings = {"data:image/png,AQID", "data:", "data:;base64,A", "AQ ID", "A\nQID", "\u00e9"})
    void textThatIsNone_isRefusedByItsField(String text) {
        FailureException thrown =
                assertThrows(FailureException.class, () -> EncodedImages.ofDataUri("image.value", text));
        assertEquals(Reason.ARGUMENT_INVALID, thrown.failure().reason());
        assertEquals(Optional.of("image.value"), thrown.failure().field());
    }
}
